"""What members of a demo clinic have and do: rights by tier, rewards fetched, posts shared."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from loyalty.models import Account, Programme, Redemption, Reward
from loyalty.services.activities import approve, refuse
from loyalty.services.benefits import AskedBenefit, add_benefit
from loyalty.services.member_claims import claim_as_member
from loyalty.services.rewards import Exchange, exchange
from loyalty.services.rules import Asked, add_rule
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.roles import Role

EACH = 8  # times every reward was fetched, at most
EVERY_DAYS = 5
DISCOUNTED = 2  # the height from which a tier has a discount, more by as much each step
DISCOUNT = Decimal("0.03")
POINTS = {"survey": 50, "review": 100, "sharing": 80, "profile": 50}
CLAIMS = {  # what, which post, what became of it
    "en": (
        ("review", "https://reviews.example/harley-rose/218", "approved"),
        ("sharing", "https://photos.example/p/9ac1", "approved"),
        ("review", "https://reviews.example/harley-rose/231", "refused"),
        ("sharing", "https://photos.example/p/77b0", "waiting"),
        ("review", "https://reviews.example/harley-rose/240", "waiting"),
    ),
    "zh-hans": (
        ("review", "https://dianping.example/review/218", "approved"),
        ("sharing", "https://xiaohongshu.example/p/9ac1", "approved"),
        ("review", "https://dianping.example/review/231", "refused"),
        ("sharing", "https://xiaohongshu.example/p/77b0", "waiting"),
        ("review", "https://dianping.example/review/240", "waiting"),
    ),
}
WHY_NOT = {"en": "The page cannot be opened", "zh-hans": "链接打不开"}


def live(*, language: str, today: date, at: datetime) -> None:
    """Everything once; a clinic where something was fetched keeps what it has."""
    if Redemption.objects.exists():
        return
    _rights_by_tier()
    _fetch_rewards(at)
    _do_for_points(language, today, at)


def _rights_by_tier() -> None:
    """From the second tier up: a birthday gift, then a discount, then priority at the top."""
    programme = Programme.objects.get(is_default=True)
    for height, tier in enumerate(programme.tiers.on_ladder().order_by("rank")):
        kinds = [AskedBenefit("birthday", tier=tier, cost_minor=3_000)] if height else []
        if height >= DISCOUNTED:
            off = DISCOUNT * (height - DISCOUNTED + 1)
            kinds += [AskedBenefit("discount", tier=tier, discount_rate=off)]
            kinds += [AskedBenefit("priority", tier=tier)]
        for asked in kinds:
            add_benefit(programme=programme, asked=asked)


def _fetch_rewards(at: datetime) -> None:
    """The richest fetch, some days apart; one waits at the desk for who claimed it at home."""
    for reward in Reward.objects.order_by("points"):
        owners = Account.objects.filter(
            programme=reward.programme_id,
            balance__gte=2 * reward.points,
            customer__merged_into=None,
        )
        accounts = owners.select_related("customer").order_by("-balance", "pk")[: 3 * EACH : 3]
        for number, account in enumerate(accounts):
            asked = Exchange(
                account.customer,
                f"demo:{reward.pk}:{number}",
                at - timedelta(days=EVERY_DAYS * number, hours=number % 5),
                door=Redemption.Door.DESK if number else Redemption.Door.MEMBER,
                is_handed_over=bool(number),
            )
            _if_allowed(reward, asked)


def _if_allowed(reward: Reward, asked: Exchange) -> None:
    try:
        exchange(reward=reward, asked=asked)
    except DomainError:  # that day the points were still pending, or the last piece was gone
        return


def _do_for_points(language: str, today: date, at: datetime) -> None:
    programme = Programme.objects.get(is_default=True)
    for activity, points in POINTS.items():
        asked = Asked(kind="fixed", effective_on=today, activity=activity, points=points)
        add_rule(programme=programme, asked=asked, today=today, by=None)
    by = Membership.objects.filter(role=Role.OWNER).order_by("pk").first()
    accounts = Account.objects.filter(programme=programme, customer__merged_into=None)
    members = accounts.select_related("customer", "programme").order_by("-balance", "pk")
    for (activity, post, becomes), account in zip(CLAIMS[language], members, strict=False):
        made = claim_as_member(account=account, activity=activity, on=today, proof=post)
        if becomes == "approved" and by:
            approve(claim_id=made.pk, by=by, at=at)
        elif becomes == "refused" and by:
            refuse(claim_id=made.pk, reason=WHY_NOT[language], by=by, at=at)
