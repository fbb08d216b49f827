"""Whom a draft moves, and what came of it once it was published."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from customers.queries import visible_customers
from loyalty.models import DraftMove, LadderDraft, LadderVersion, TierChange
from loyalty.tiering import rules_from
from tenancy.models import Branch

MOST_NAMED = 20
KINDS = ("rises", "falls", "returns")


def moves_of(draft: LadderDraft, kind: str, *, branch: Branch | None) -> QuerySet[DraftMove]:
    """The greatest spend first. kind: rises, falls, or returns (fell and were back in 60 days)."""
    moves = DraftMove.objects.filter(draft=draft).select_related("account__customer")
    if branch:
        moves = moves.filter(account__customer__in=visible_customers(branch))
    if kind == "returns":
        return moves.filter(n_returns__gt=0).order_by("-n_returns", "-spend_minor", "pk")
    wanted = kind if kind in KINDS else "rises"
    return moves.filter(kind=wanted).order_by("-spend_minor", "pk")


@dataclass(frozen=True)
class Happened:
    """The forecast of the first day against the changes of the first day.

    differing: changes that were not forecast so: somebody bought or was refunded in between.
    """

    n_forecast: int
    n_happened: int
    n_agree: int
    differing: list[TierChange]


def happened(
    draft: LadderDraft, version: LadderVersion, *, branch: Branch | None
) -> Happened | None:
    """None before the day has come. branch: names only of customers at home there."""
    changes = TierChange.objects.filter(
        version=version, changed_on=version.effective_on, old_tier__isnull=False
    ).select_related("account__customer", "old_tier", "new_tier")
    moves = DraftMove.objects.filter(draft=draft).exclude(at_once_rank=F("old_rank"))
    forecast = dict(moves.values_list("account", "at_once_rank"))
    rules = rules_from(version.rules)
    found = {change.account_id: change for change in changes.order_by("pk")}
    if not found and not forecast:
        return None
    agree = [
        pk for pk, change in found.items()
        if forecast.get(pk) == rules.rank_of(change.new_tier_id)
    ]  # fmt: skip
    differs = changes.exclude(account__in=agree).order_by("pk")
    if branch:
        differs = differs.filter(account__customer__in=visible_customers(branch))
    differing = list(differs[:MOST_NAMED])
    return Happened(len(forecast), len(found), len(agree), differing)
