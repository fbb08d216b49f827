"""Points of two records of one person come together, and apart again.

The merged customer's account keeps its history. What it holds goes to the survivor's account: one
debit there, one credit here for each day on which points end, so that no point lives longer.
Where only one of the two has an account there is nothing to do: it simply changes hands.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from customers.merge_steps import MergeContext, MergeStep, register_step
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services.lots import settle_lots
from loyalty.services.turn import wait_for_ledger
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id


def register() -> None:
    register_step(MergeStep("points", merge=bring_together, undo=take_apart))


def bring_together(context: MergeContext) -> list[dict[str, Any]]:
    """Move what the merged customer's accounts hold; for each pair of accounts, what was where."""
    wait_for_ledger()
    kept = []
    for merged in _accounts(context.merged_id):
        survivor = _accounts(context.survivor_id).filter(programme=merged.programme_id).get()
        kept.append(_move_points(context, survivor=survivor, merged=merged))
    return kept


def take_apart(context: MergeContext, kept: list[dict[str, Any]]) -> None:
    """Give back what was moved; where it has been spent since, the survivor's account owes it."""
    wait_for_ledger()
    for one in kept:
        survivor, merged = (_accounts_by_id(one[side]) for side in ("survivor", "merged"))
        points, key = one["points"], f"{context.key}:{merged.programme_id}:undo"
        if points:
            _post(context, survivor, -points, f"{key}:out", _("Merge undone"))
            _post(context, merged, points, f"{key}:in", _("Merge undone"))
        PointLot.objects.filter(pk__in=one["lots_made"]).update(remaining=0)
        for pk, taken in one["lots_taken"]:
            lot = PointLot.objects.filter(pk=pk, remaining__lte=F("points") - taken)
            lot.update(remaining=F("remaining") + taken)
        settle_lots([survivor.pk, merged.pk])
        for account, side in ((survivor, "survivor_tier"), (merged, "merged_tier")):
            before, after = one[side]
            Account.objects.filter(pk=account.pk, tier=after).update(tier=before)


def _move_points(context: MergeContext, *, survivor: Account, merged: Account) -> dict[str, Any]:
    key, points = f"{context.key}:{merged.programme_id}", merged.balance
    before = _open_lots(survivor, merged)
    ends: dict[date | None, int] = defaultdict(int)
    for lot in before.values():
        if lot.account_id == merged.pk:
            ends[lot.expires_on] += lot.remaining
    made: list[int] = []
    if points:
        _post(context, merged, -points, f"{key}:out", _("Moved to the merged customer"))
    if points < 0:
        _post(context, survivor, points, f"{key}:in", _("Taken over from a merged record"))
    for n, (expires_on, n_points) in enumerate(sorted(ends.items(), key=str)):
        entry = _post(
            context, survivor, n_points, f"{key}:in:{n}", _("Taken over from a merged record")
        )
        lot = PointLot.objects.create(
            entry=entry,
            account=survivor,
            points=n_points,
            remaining=n_points,
            expires_on=expires_on,
        )
        made.append(lot.pk)
    settle_lots([survivor.pk, merged.pk])
    after = dict(PointLot.objects.filter(pk__in=before).values_list("pk", "remaining"))
    taken = [[pk, lot.remaining - after[pk]] for pk, lot in sorted(before.items())]
    return {
        "survivor": survivor.pk,
        "merged": merged.pk,
        "points": points,
        "lots_made": made,
        "lots_taken": [pair for pair in taken if pair[1]],
        **_move_tier(survivor, merged),
    }


def _move_tier(survivor: Account, merged: Account) -> dict[str, list[int | None]]:
    """The higher of the two, until the next night judges the sales of both together."""
    tiers = [account.tier for account in (survivor, merged) if account.tier]
    highest = max(tiers, key=lambda tier: tier.rank, default=None)
    Account.objects.filter(pk=survivor.pk).update(tier=highest)
    Account.objects.filter(pk=merged.pk).update(tier=None)
    return {
        "survivor_tier": [survivor.tier_id, highest.pk if highest else None],
        "merged_tier": [merged.tier_id, None],
    }


def _accounts(customer_id: int):
    rows = Account.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    return rows.select_related("tier").filter(customer=customer_id)


def _accounts_by_id(pk: int) -> Account:
    return Account.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _open_lots(*accounts: Account) -> dict[int, PointLot]:
    return PointLot.objects.filter(account__in=accounts, remaining__gt=0).in_bulk()


def _post(
    context: MergeContext, account: Account, points: int, key: str, reason: str
) -> LedgerEntry:
    """One entry with its balance; the lots are the caller's."""
    zone = Clinic.objects.get(pk=current_clinic_id()).zone
    entry = LedgerEntry.objects.create(
        account=account,
        kind=LedgerEntry.Kind.ADJUSTMENT,
        points=points,
        posted_on=local_day(zone, context.at),
        idempotency_key=key,
        actor=context.by,
        reason=reason,
    )
    Account.objects.filter(pk=account.pk).update(balance=F("balance") + points)
    return entry
