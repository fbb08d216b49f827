"""One account: where it stands, what comes next, and its statement."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, JSONObject

from customers.models import Sale
from customers.queries import visible_customers
from loyalty.models import Account, LedgerEntry, PointLot, Tier
from tenancy.models import Branch


@dataclass(frozen=True)
class Expiry:
    """Points that end on a day: they can be spent until the day before."""

    expires_on: date
    points: int


@dataclass(frozen=True)
class Standing:
    """An account as desk, profile and API show it.

    spend_minor: net spend in the programme's window. next_tier: None on the top rung.
    """

    account: Account
    next_expiry: Expiry | None
    spend_minor: int
    next_tier: Tier | None

    @property
    def missing_minor(self) -> int:
        """Spend still missing to the next tier; 0 on the top rung."""
        return max(self.next_tier.min_spend_minor - self.spend_minor, 0) if self.next_tier else 0

    @property
    def progress_rate(self) -> float:
        """Share of the next tier's spend that is reached, 0–1."""
        if self.next_tier is None:
            return 1.0
        return min(max(self.spend_minor, 0) / self.next_tier.min_spend_minor, 1.0)

    @property
    def owed_points(self) -> int:
        return max(-self.account.balance, 0)


def visible_accounts(branch: Branch | None) -> QuerySet[Account]:
    """Accounts of the default programme; with a branch only of customers at home there."""
    accounts = Account.objects.filter(
        programme__is_default=True, customer__merged_into__isnull=True
    )
    return accounts.filter(customer__in=visible_customers(branch)) if branch else accounts


def spendable_points(account_id: int, *, on: date) -> int:
    """What can be spent on that day: not pending, not ended, not held; perhaps below zero.

    Lots that ended are still there only as far as holds need them.
    """
    ready = Q(available_on__isnull=True) | Q(available_on__lte=on)
    is_over = Q(expires_on__lte=on)
    told = PointLot.objects.filter(ready, account=account_id, remaining__gt=0).aggregate(
        valid=Sum("remaining", filter=Q(expires_on__isnull=True) | ~is_over, default=0),
        over=Sum("remaining", filter=is_over, default=0),
        held=Max(Subquery(Account.objects.filter(pk=account_id).values("held"))),
    )
    return told["valid"] - max((told["held"] or 0) - told["over"], 0)


def standing_of(customer_id: int, *, on: date) -> Standing | None:
    """A customer's standing on a local day, in two queries; None without an account."""
    lots = PointLot.objects.filter(
        account=OuterRef("pk"), remaining__gt=0, expires_on__isnull=False
    )
    by_day = lots.order_by("expires_on").values("expires_on").annotate(points=Sum("remaining"))
    account = (
        visible_accounts(None)
        .filter(customer=customer_id)
        .select_related("programme", "tier")
        .annotate(
            first_to_go=Subquery(
                by_day.values(found=JSONObject(on="expires_on", points="points"))[:1]
            )
        )
        .first()
    )
    if account is None:
        return None
    first = account.first_to_go
    ladder = list(_ladder_with_spend(account, on))
    rank = account.tier.rank if account.tier else -1
    return Standing(
        account=account,
        next_expiry=Expiry(date.fromisoformat(first["on"]), first["points"]) if first else None,
        spend_minor=ladder[0].spend_minor if ladder else 0,
        next_tier=next((tier for tier in ladder if tier.rank > rank), None),
    )


def _ladder_with_spend(account: Account, on: date) -> QuerySet[Tier]:
    counted = Sale.objects.filter(
        customer=account.customer_id,
        counts_on__gt=on - timedelta(days=account.programme.tier_window_days),
        counts_on__lte=on,
        occurred_on__lte=on,
    )
    total = counted.order_by().values("customer").annotate(net=Sum("net_minor")).values("net")
    tiers = Tier.objects.on_ladder().filter(programme=account.programme_id)
    return tiers.annotate(spend_minor=Coalesce(Subquery(total), 0))


def statement_of(account: Account) -> QuerySet[LedgerEntry]:
    """Every movement, newest first, each with the balance after it as `balance_after`."""
    order = ["posted_on", "pk"]
    running = Window(Sum("points"), order_by=[F(name).asc() for name in order])
    entries = LedgerEntry.objects.filter(account=account).annotate(balance_after=running)
    return entries.select_related("actor__user", "sale").order_by("-posted_on", "-pk")


def tiers_of(customer_ids: list[int]) -> QuerySet[Account]:
    """The name of each one's tier as `cell`; who has none is left out."""
    accounts = visible_accounts(None).filter(customer__in=customer_ids, tier__isnull=False)
    return accounts.annotate(cell=F("tier__name"))
