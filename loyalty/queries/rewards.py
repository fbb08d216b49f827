"""The catalogue as one customer may use it, and what was exchanged."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.models import Account, Redemption, Reward
from loyalty.queries.accounts import spendable_points
from segmentation.models import Segment
from segmentation.queries import segment_customers
from tenancy.models import Branch

UNDO_FOR = timedelta(minutes=15)
Text = str | Promise


@dataclass(frozen=True)
class Choice:
    """A reward as it stands for one account. why_not: "" when it can be had now."""

    reward: Reward
    why_not: Text
    missing_points: int = 0

    @property
    def is_open(self) -> bool:
        return not self.why_not


def catalogue(*, today: date) -> QuerySet[Reward]:
    """Every reward with `n_given` and `last_given_at`: those of today first, retired ones last."""
    given = Q(redemptions__state__in=["claimed", "handed_over"])
    rewards = Reward.objects.select_related("branch", "min_tier", "segment")
    return rewards.annotate(
        n_given=Count("redemptions", filter=given),
        last_given_at=Max("redemptions__claimed_at", filter=given),
    ).order_by("-is_active", "points", "name", "pk")


def choices_for(account: Account, *, on: date, branch: Branch | None = None) -> list[Choice]:
    """What this account may choose from: the open ones first, then what is nearest.

    branch: where the customer stands; None: anywhere. Rewards that are for others are left out.
    """
    return choices_among([(account, spendable_points(account.pk, on=on))], on=on, branch=branch)


def choices_among(
    purses: Sequence[tuple[Account, int]], *, on: date, branch: Branch | None = None
) -> list[Choice]:
    """What one customer may choose from, whose accounts have so many points to spend.

    Two queries at most: the rewards, and which of their segments the customer is in.
    """
    if not purses:
        return []
    by_programme = {account.programme_id: (account, points) for account, points in purses}
    rewards = Reward.objects.on_offer(on).filter(programme__in=by_programme)
    if branch:
        rewards = rewards.filter(Q(branch__isnull=True) | Q(branch=branch))
    on_offer = list(rewards.select_related("min_tier", "segment", "branch", "programme"))
    customer = purses[0][0].customer_id
    segments = segments_with(customer, [one.segment for one in on_offer], on=on)
    found = [choice_of(one, *by_programme[one.programme_id], segments) for one in on_offer]
    mine = [choice for choice in found if choice is not None]
    return sorted(mine, key=lambda one: (not one.is_open, one.missing_points, one.reward.points))


def choice_of(
    reward: Reward, account: Account, points: int, segments: Collection[int]
) -> Choice | None:
    """How one reward stands for an account with so many points to spend; None: it is for others."""
    if objection(reward, account, segments):
        return None
    missing = max(reward.points - max(points, 0), 0)
    if reward.stock == 0:
        return Choice(reward, _("Out of stock"), missing)
    return Choice(reward, _("Not enough points") if missing else "", missing)


def objection(reward: Reward, account: Account, segments: Collection[int]) -> Text:
    """Why this reward is not for this customer, "" when it is; stock and points aside.

    segments: those of its segments that the customer is in (`segments_with`).
    """
    if reward.min_tier and (account.tier is None or account.tier.rank < reward.min_tier.rank):
        return _("it is for %(tier)s and above.") % {"tier": reward.min_tier.name}
    if reward.segment and reward.segment_id not in segments:
        return _("it is for «%(segment)s».") % {"segment": reward.segment.name}
    return ""


def segments_with(customer_id: int, segments: Iterable[Segment | None], *, on: date) -> set[int]:
    """Which of these segments the customer is in, in one query; None among them is passed over."""
    asked = {one.pk: one for one in segments if one is not None}
    if not asked:
        return set()
    within = {
        f"in_{pk}": Exists(segment_customers(one, on=on).order_by().filter(pk=OuterRef("pk")))
        for pk, one in asked.items()
    }
    row = Customer.objects.filter(pk=customer_id).annotate(**within).values(*within).first() or {}
    return {pk for pk in asked if row.get(f"in_{pk}")}


def is_in_segment(segment: Segment, customer_id: int, *, on: date) -> bool:
    return bool(segments_with(customer_id, [segment], on=on))


def account_of(customer: Customer | int, *, programme_id: int | None = None) -> Account | None:
    """The account of a customer in the default programme, or in this one."""
    accounts = Account.objects.select_related("programme", "tier", "customer").filter(
        customer=customer
    )
    if programme_id:
        return accounts.filter(programme=programme_id).first()
    return accounts.filter(programme__is_default=True).first()


def claims_of(customer_id: int) -> QuerySet[Redemption]:
    """What waits to be handed over, oldest first."""
    rows = Redemption.objects.filter(customer=customer_id, state=Redemption.State.CLAIMED)
    return rows.select_related("reward").order_by("claimed_at", "pk")


def may_undo(redemption: Redemption, *, at: datetime) -> bool:
    if redemption.state == Redemption.State.CLAIMED:
        return True
    handed = redemption.handed_over_at
    is_over = redemption.state != Redemption.State.HANDED_OVER or handed is None
    return not is_over and at <= handed + UNDO_FOR


def recent_redemptions(customers: QuerySet[Customer] | None = None) -> QuerySet[Redemption]:
    """The newest first; with customers only theirs."""
    rows = Redemption.objects.select_related("reward", "customer", "claimed_by__user", "branch")
    if customers is not None:
        rows = rows.filter(customer__in=customers)
    return rows.order_by("-claimed_at", "-pk")


def running_low(*, below: int = 5) -> Sequence[Reward]:
    return Reward.objects.filter(is_active=True, stock__lt=below).order_by(F("stock"), "pk")
