"""Where a customer stands in each programme: points, tier, what is next. One query for all."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from customers.models import Sale
from loyalty.models import Account, LadderVersion, LedgerEntry, PointLot, Tier
from loyalty.queries.accounts import accounts_in_sight, left_to_spend, what_lots_hold
from loyalty.tiering import LadderRules, rules_from

N_EXPIRIES = 3


@dataclass(frozen=True)
class Expiry:
    """Points that end on a day: they can be spent until the day before."""

    expires_on: date
    points: int


@dataclass(frozen=True)
class Step:
    """A tier of the ladder that spend leads to."""

    name: str
    min_spend_minor: int


@dataclass(frozen=True)
class Standing:
    """An account as desk, profile, member page and API show it.

    spendable_points: of the balance, what is neither pending, nor held, nor over; never below 0.
    pending_until: when the first pending points can be spent; None: none are pending.
    expiries: the next days on which points end. spend_minor: net spend in the ladder's window of
    so many days; starts_anew_on: the day it starts from nothing; None: it slides.
    next_tier: None on the top rung.
    """

    account: Account
    spendable_points: int
    pending_points: int
    pending_until: date | None
    expiries: list[Expiry]
    spend_minor: int
    window_days: int
    starts_anew_on: date | None
    next_tier: Step | None

    @property
    def next_expiry(self) -> Expiry | None:
        return self.expiries[0] if self.expiries else None

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


def standings_of(customer_id: int, *, on: date) -> list[Standing]:
    """A customer's standing in every programme on a local day, the default one first."""
    accounts = accounts_in_sight(None).filter(customer=customer_id)
    return stand(accounts.order_by("-programme__is_default", "pk"), on=on)


def standing_of(customer_id: int, *, on: date) -> Standing | None:
    """The standing in the default programme; None without an account there."""
    accounts = accounts_in_sight(None).filter(customer=customer_id, programme__is_default=True)
    return next(iter(stand(accounts, on=on)), None)


def stand(accounts: QuerySet[Account], *, on: date) -> list[Standing]:
    """How these accounts stand on that day, in one query. Each account has `n_entries`."""
    found = accounts.select_related("customer", "programme", "tier").annotate(
        ending=ArraySubquery(_what_ends(on)),
        lots_hold=Subquery(what_lots_hold(on)),
        rules=Subquery(_rules_in_force(on)),
        ladder=ArraySubquery(_ladder()),
        bought=ArraySubquery(_bought(on)),
        n_entries=Subquery(_n_entries()),
    )
    return [_standing(account, on) for account in found]


def _standing(account: Account, on: date) -> Standing:
    lots_hold = account.lots_hold or {"valid": 0, "over": 0}
    ready_on = lots_hold.get("ready_on")
    rules = rules_from(account.rules) if account.rules else None
    return Standing(
        account=account,
        spendable_points=max(left_to_spend(lots_hold, account.held), 0),
        pending_points=lots_hold.get("pending") or 0,
        pending_until=date.fromisoformat(ready_on) if ready_on else None,
        expiries=[Expiry(date.fromisoformat(one["on"]), one["points"]) for one in account.ending],
        spend_minor=_spend(account, rules, on),
        window_days=rules.window_days if rules else account.programme.tier_window_days,
        starts_anew_on=rules.year.after(on) if rules and rules.year else None,
        next_tier=_next_by_spend(account, rules),
    )


def _spend(account: Account, rules: LadderRules | None, on: date) -> int:
    rules = rules or LadderRules((), window_days=account.programme.tier_window_days)
    first, _last = rules.window(on)
    return sum(one["net"] for one in account.bought if date.fromisoformat(one["on"]) >= first)


def _next_by_spend(account: Account, rules: LadderRules | None) -> Step | None:
    """The next tier that spend leads to; not one by invitation, nor one that asks for no spend."""
    rank = account.tier.rank if account.tier else -1
    invited = {rung.tier for rung in rules.rungs if rung.is_invited} if rules else set()
    above = (one for one in account.ladder if one["rank"] > rank and one["pk"] not in invited)
    step = next((one for one in above if one["spend"] > 0), None)
    return Step(step["name"], step["spend"]) if step else None


def _what_ends(on: date) -> QuerySet[PointLot, Any]:
    lots = PointLot.objects.filter(account=OuterRef("pk"), remaining__gt=0, expires_on__gt=on)
    by_day = lots.order_by("expires_on").values("expires_on").annotate(n=Sum("remaining"))
    return by_day.values(found=JSONObject(on="expires_on", points="n"))[:N_EXPIRIES]


def _rules_in_force(on: date) -> QuerySet[LadderVersion, Any]:
    versions = LadderVersion.objects.filter(programme=OuterRef("programme"), effective_on__lte=on)
    return versions.order_by("-effective_on", "-number").values("rules")[:1]


def _ladder() -> QuerySet[Tier, Any]:
    tiers = Tier.objects.on_ladder().filter(programme=OuterRef("programme")).order_by("rank")
    step = JSONObject(pk="pk", name="name", rank="rank", spend="min_spend_minor")
    return tiers.values(found=step)


def _bought(on: date) -> QuerySet[Sale, Any]:
    """Every purchase day with its net: which of them count, the ladder's window says."""
    sales = Sale.objects.filter(
        customer=OuterRef("customer"), counts_on__lte=on, occurred_on__lte=on
    ).order_by()
    by_day = sales.values("counts_on").annotate(n=Sum("net_minor"))
    return by_day.values(found=JSONObject(on="counts_on", net="n"))


def _n_entries() -> QuerySet[LedgerEntry, Any]:
    entries = LedgerEntry.objects.filter(account=OuterRef("pk")).order_by()
    return entries.values("account").annotate(n=Count("pk")).values("n")
