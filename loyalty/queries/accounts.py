"""One account: where it stands, what comes next, and its statement."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce, JSONObject

from customers.models import Sale
from customers.queries import visible_customers
from loyalty.models import Account, LadderVersion, LedgerEntry, PointLot, Tier
from loyalty.tiering import rules_from
from tenancy.models import Branch


@dataclass(frozen=True)
class Expiry:
    """Points that end on a day: they can be spent until the day before."""

    expires_on: date
    points: int


@dataclass(frozen=True)
class Standing:
    """An account as desk, profile and API show it.

    spendable_points: of the balance, what is neither pending, nor held, nor over; never below 0.
    pending_until: when the first pending points can be spent; None: none are pending.
    elsewhere: the customer's accounts in other programmes (pk, name, balance).
    spend_minor: net spend in the programme's window. next_tier: None on the top rung.
    """

    account: Account
    spendable_points: int
    pending_points: int
    pending_until: date | None
    next_expiry: Expiry | None
    spend_minor: int
    next_tier: Tier | None
    elsewhere: list[dict[str, Any]]

    @property
    def missing_minor(self) -> int:
        """Spend still missing to the next tier; 0 on the top rung."""
        return max(self.next_tier.min_spend_minor - self.spend_minor, 0) if self.next_tier else 0

    @property
    def progress_rate(self) -> float:
        """Share of the next tier's spend that is reached, 0–1."""
        if self.next_tier is None or not self.next_tier.min_spend_minor:
            return 1.0
        return min(max(self.spend_minor, 0) / self.next_tier.min_spend_minor, 1.0)

    @property
    def owed_points(self) -> int:
        return max(-self.account.balance, 0)


def accounts_in_sight(branch: Branch | None) -> QuerySet[Account]:
    """Accounts of every programme; with a branch only of customers at home there."""
    accounts = Account.objects.filter(customer__merged_into__isnull=True)
    return accounts.filter(customer__in=visible_customers(branch)) if branch else accounts


def visible_accounts(branch: Branch | None) -> QuerySet[Account]:
    """Of those in sight, the ones of the default programme."""
    return accounts_in_sight(branch).filter(programme__is_default=True)


def spendable_points(account_id: int, *, on: date) -> int:
    """What can be spent on that day: not pending, not over, not held; perhaps below zero."""
    accounts = Account.objects.filter(pk=account_id)
    account = accounts.annotate(lots_hold=Subquery(_what_lots_hold(on))).get()
    return _spendable(account.lots_hold or {"valid": 0, "over": 0}, account.held)


def _what_lots_hold(on: date) -> QuerySet[PointLot, Any]:
    """Of an outer account: points that are valid, over and pending on that day, as JSON."""
    lots = PointLot.objects.filter(account=OuterRef("pk"), remaining__gt=0).order_by()
    is_pending, is_over = Q(available_on__gt=on), Q(expires_on__lte=on)
    ready = Q(available_on__isnull=True) | Q(available_on__lte=on)
    sums = lots.values("account").annotate(
        valid=Sum("remaining", filter=ready & (Q(expires_on__isnull=True) | ~is_over), default=0),
        over=Sum("remaining", filter=ready & is_over, default=0),
        pending=Sum("remaining", filter=is_pending, default=0),
        ready_on=Min("available_on", filter=is_pending),
    )
    names = ("valid", "over", "pending", "ready_on")
    return sums.values(found=JSONObject(**{name: name for name in names}))


def _spendable(lots_hold: dict[str, Any], held: int) -> int:
    """Lots that are over are still there only as far as holds need them."""
    return lots_hold["valid"] - max(held - lots_hold["over"], 0)


def standing_of(customer_id: int, *, on: date, account_id: int | None = None) -> Standing | None:
    """A customer's standing on a local day, in two queries; None without an account.

    account_id: one of the customer's; without it that of the default programme.
    """
    accounts = accounts_in_sight(None).filter(customer=customer_id)
    which = Q(pk=account_id) if account_id else Q(programme__is_default=True)
    others = Account.objects.filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk"))
    other = JSONObject(pk="pk", name="programme__name", balance="balance")
    lots = PointLot.objects.filter(
        account=OuterRef("pk"), remaining__gt=0, expires_on__isnull=False
    )
    by_day = lots.order_by("expires_on").values("expires_on").annotate(points=Sum("remaining"))
    account = (
        accounts.filter(which)
        .select_related("programme", "tier")
        .annotate(
            first_to_go=Subquery(
                by_day.values(found=JSONObject(on="expires_on", points="points"))[:1]
            ),
            lots_hold=Subquery(_what_lots_hold(on)),
            ladder_rules=Subquery(_rules_in_force(on)),
            elsewhere=ArraySubquery(others.order_by("pk").values(found=other)),
        )
        .first()
    )
    if account is None:
        return None
    first, lots_hold = account.first_to_go, account.lots_hold or {"valid": 0, "over": 0}
    ready_on = lots_hold.get("ready_on")
    ladder = list(_ladder_with_spend(account, on))
    rank = account.tier.rank if account.tier else -1
    return Standing(
        account=account,
        spendable_points=max(_spendable(lots_hold, account.held), 0),
        pending_points=lots_hold.get("pending") or 0,
        pending_until=date.fromisoformat(ready_on) if ready_on else None,
        next_expiry=Expiry(date.fromisoformat(first["on"]), first["points"]) if first else None,
        spend_minor=ladder[0].spend_minor if ladder else 0,
        next_tier=_next_by_spend(ladder, rank, account.ladder_rules),
        elsewhere=account.elsewhere,
    )


def _rules_in_force(on: date) -> QuerySet[LadderVersion, Any]:
    """Of an outer account: the rules of its programme's ladder."""
    versions = LadderVersion.objects.filter(programme=OuterRef("programme"), effective_on__lte=on)
    return versions.order_by("-effective_on", "-number").values("rules")[:1]


def _next_by_spend(ladder: list[Tier], rank: int, rules: dict[str, Any] | None) -> Tier | None:
    """The next tier that spend leads to; not one by invitation, nor one that asks for no spend."""
    invited = {rung["tier"] for rung in (rules or {"rungs": []})["rungs"] if rung["is_invited"]}
    above = (tier for tier in ladder if tier.rank > rank and tier.pk not in invited)
    return next((tier for tier in above if tier.min_spend_minor > 0), None)


def _ladder_with_spend(account: Account, on: date) -> QuerySet[Tier]:
    from_on = on - timedelta(days=account.programme.tier_window_days - 1)
    if account.ladder_rules:
        from_on = rules_from(account.ladder_rules).window(on)[0]
    counted = Sale.objects.filter(
        customer=account.customer_id,
        counts_on__gte=from_on,
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
