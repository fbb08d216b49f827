"""What the loyalty page says of the whole programme."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from loyalty.liability import liability_minor
from loyalty.models import Account, LedgerEntry, Programme, Tier
from loyalty.queries.accounts import accounts_in_sight, visible_accounts
from loyalty.queries.programmes import tiers_of_ladder
from tenancy.models import Branch

Contra = LedgerEntry.Contra
N_FACES = 5


@dataclass(frozen=True)
class Totals:
    """Points outstanding and owed today, and what moved since the first of the month.

    liability_minor: what the outstanding points are worth, less breakage. Of the month's figures
    `redeemed` and `expired` are counted up, `corrected` keeps its sign.
    """

    n_accounts: int
    outstanding: int
    owed: int
    liability_minor: int
    issued: int
    redeemed: int
    expired: int
    corrected: int


@dataclass(frozen=True)
class Stock:
    """Accounts of one tier (None: of none yet): how many, points to their credit, points owed."""

    n: int
    outstanding: int
    owed: int


def stock_by_tier(branch: Branch | None) -> dict[int | None, Stock]:
    """One query. branch: only accounts of customers at home there."""
    sums = (
        visible_accounts(branch)
        .order_by()
        .values("tier")
        .annotate(
            n=Count("pk"),
            outstanding=Sum("balance", filter=Q(balance__gt=0), default=0),
            owed=-Sum("balance", filter=Q(balance__lt=0), default=0),
        )
    )
    return {row["tier"]: Stock(row["n"], row["outstanding"], row["owed"]) for row in sums}


def totals_of(
    programme: Programme, stock: Iterable[Stock], *, on: date, branch: Branch | None
) -> Totals:
    """One query. stock: of every tier, for the same branch."""
    tiers = list(stock)
    outstanding = sum(one.outstanding for one in tiers)
    month = LedgerEntry.objects.filter(
        account__programme=programme, posted_on__gte=on.replace(day=1), posted_on__lte=on
    )
    if branch:
        month = month.filter(account__in=visible_accounts(branch))
    # By the account against which it was posted, as the books do: what was given back is not spent.
    moved = dict(month.order_by().values_list("contra").annotate(Sum("points")))
    value, breakage = programme.point_value_minor, programme.breakage_rate
    return Totals(
        n_accounts=sum(one.n for one in tiers),
        outstanding=outstanding,
        owed=sum(one.owed for one in tiers),
        liability_minor=liability_minor(outstanding, value, breakage),
        issued=moved.get(Contra.ISSUED, 0),
        redeemed=-moved.get(Contra.REDEEMED, 0),
        expired=-moved.get(Contra.EXPIRED, 0),
        corrected=moved.get(Contra.ADJUSTED, 0) + moved.get(Contra.TRANSFERRED, 0),
    )


def ladder_of(
    programme: Programme, stock: Mapping[int | None, Stock], *, branch: Branch | None
) -> list[Tier]:
    """Tiers from the top down, two queries. Each has `n_members`, `share_rate` (0–1) of all
    members, and `faces`, the accounts that reached it last."""
    n_all = sum(one.n for one in stock.values())
    faces = _faces(visible_accounts(branch).order_by())
    tiers = list(tiers_of_ladder(programme))[::-1]
    for tier in tiers:
        tier.n_members = stock[tier.pk].n if tier.pk in stock else 0
        tier.share_rate = tier.n_members / n_all if n_all else 0.0
        tier.faces = [account for account in faces if account.tier_id == tier.pk]
    return tiers


def _faces(accounts: QuerySet[Account]) -> list[Account]:
    latest = [F("tier_since_on").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=F("tier"), order_by=latest)
    ranked = accounts.filter(tier__isnull=False).annotate(place=place)
    return list(ranked.filter(place__lte=N_FACES).select_related("customer").order_by("place"))


def newest_movements(*, branch: Branch | None) -> QuerySet[LedgerEntry]:
    """Every movement of every account, the latest day first."""
    entries = LedgerEntry.objects.select_related("account__customer", "actor__user")
    if branch:
        entries = entries.filter(account__in=accounts_in_sight(branch))
    return entries.order_by("-posted_on", "-pk")
