"""The catalogue as one customer may use it, and what was exchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.models import Account, Redemption, Reward
from loyalty.queries.accounts import spendable_points
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
    rewards = Reward.objects.on_offer(on).filter(programme=account.programme_id)
    if branch:
        rewards = rewards.filter(Q(branch__isnull=True) | Q(branch=branch))
    points = spendable_points(account.pk, on=on)
    found = [
        choice_of(reward, account, points, on=on)
        for reward in rewards.select_related("min_tier", "segment", "branch")
    ]
    mine = [choice for choice in found if choice is not None]
    return sorted(mine, key=lambda one: (not one.is_open, one.missing_points, one.reward.points))


def choice_of(reward: Reward, account: Account, points: int, *, on: date) -> Choice | None:
    """How one reward stands for an account with so many points to spend; None: it is for others."""
    if objection(reward, account, on=on):
        return None
    missing = max(reward.points - max(points, 0), 0)
    if reward.stock == 0:
        return Choice(reward, _("Out of stock"), missing)
    return Choice(reward, _("Not enough points") if missing else "", missing)


def objection(reward: Reward, account: Account, *, on: date) -> Text:
    """Why this reward is not for this customer, "" when it is; stock and points aside."""
    if reward.min_tier and (account.tier is None or account.tier.rank < reward.min_tier.rank):
        return _("it is for %(tier)s and above.") % {"tier": reward.min_tier.name}
    if reward.segment and not is_in_segment(reward.segment, account.customer_id, on=on):
        return _("it is for «%(segment)s».") % {"segment": reward.segment.name}
    return ""


def is_in_segment(segment, customer_id: int, *, on: date) -> bool:
    return segment_customers(segment, on=on).filter(pk=customer_id).exists()


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
