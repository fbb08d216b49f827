"""Points of two records of one person come together, and apart again.

The merged customer's account keeps its history. What it holds goes to the survivor's account: one
debit there, one credit here for each day on which points end, so that no point lives longer.
Pending points stay pending, and open holds go with the points they keep.
Where only one of the two has an account there is nothing to do: it simply changes hands.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from customers.merge_steps import MergeContext, MergeStep, register_step
from loyalty.models import Account, Hold, LedgerEntry, PointLot
from loyalty.services.lots import give_back, settle_lots
from loyalty.services.posting import Posting, post_alone
from loyalty.services.turn import wait_for_ledger
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

Days = tuple[date | None, date | None]  # expires_on, available_on


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
        _move_holds(Hold.objects.open().filter(pk__in=one.get("holds", [])), merged)
        if one["points"]:
            _give_back(context, one, survivor, merged)
        for account, side in ((survivor, "survivor_tier"), (merged, "merged_tier")):
            before, after = one[side]
            Account.objects.filter(pk=account.pk, tier=after).update(tier=before)


def _give_back(
    context: MergeContext, one: dict[str, Any], survivor: Account, merged: Account
) -> None:
    points, key = one["points"], f"{context.key}:{merged.programme_id}:undo"
    out = _post(context, survivor, -points, f"{key}:out", _("Merge undone"), key)
    back = _post(context, merged, points, f"{key}:in", _("Merge undone"), key)
    made = PointLot.objects.filter(pk__in=one["lots_made"], remaining__gt=0)
    ids, left = _columns(made.order_by("pk").values_list("pk", "remaining"))
    give_back(entry_id=out.pk, lots=ids, points=[-points for points in left])
    room = {lot.pk: lot.points - lot.remaining for lot in PointLot.objects.filter(
        pk__in=[pk for pk, _taken in one["lots_taken"]])}  # fmt: skip
    ids, taken = _columns(pair for pair in one["lots_taken"] if pair[1] <= room[pair[0]])
    give_back(entry_id=back.pk, lots=ids, points=taken)
    settle_lots({survivor.pk: out.pk, merged.pk: back.pk})


def _columns(pairs: Iterable[Sequence[int]]) -> tuple[list[int], list[int]]:
    rows = list(pairs)
    return [row[0] for row in rows], [row[1] for row in rows]


def _move_points(context: MergeContext, *, survivor: Account, merged: Account) -> dict[str, Any]:
    key, points = f"{context.key}:{merged.programme_id}", merged.balance
    before = _open_lots(survivor, merged)
    ends: dict[Days, int] = defaultdict(int)
    for lot in before.values():
        if lot.account_id == merged.pk:
            ends[lot.expires_on, lot.available_on] += lot.remaining
    causes: dict[int, int] = {}
    made: list[int] = []
    if points:
        words = _("Moved to the merged customer")
        causes[merged.pk] = _post(context, merged, -points, f"{key}:out", words, key).pk
    words = _("Taken over from a merged record")
    if points < 0:
        causes[survivor.pk] = _post(context, survivor, points, f"{key}:in", words, key).pk
    for n, (days, n_points) in enumerate(sorted(ends.items(), key=str)):
        entry = _post(context, survivor, n_points, f"{key}:in:{n}", words, key)
        made.append(_lot(entry, days).pk)
        causes[survivor.pk] = entry.pk
    settle_lots(causes)
    after = dict(PointLot.objects.filter(pk__in=before).values_list("pk", "remaining"))
    taken = [[pk, lot.remaining - after[pk]] for pk, lot in sorted(before.items())]
    return {
        "survivor": survivor.pk,
        "merged": merged.pk,
        "points": points,
        "lots_made": made,
        "lots_taken": [pair for pair in taken if pair[1]],
        "holds": _move_holds(Hold.objects.open().filter(account=merged), survivor),
        **_move_tier(survivor, merged),
    }


def _lot(entry: LedgerEntry, days: Days) -> PointLot:
    expires_on, available_on = days
    return PointLot.objects.create(
        entry=entry, account=entry.account, points=entry.points, remaining=entry.points,
        expires_on=expires_on, available_on=available_on,
    )  # fmt: skip


def _move_holds(holds: QuerySet[Hold], account: Account) -> list[int]:
    """Open holds go with the points they keep; their ids."""
    moved = list(holds.exclude(account=account).order_by("pk"))
    for hold in moved:
        Account.objects.filter(pk=hold.account_id).update(held=F("held") - hold.points)
        Account.objects.filter(pk=account.pk).update(held=F("held") + hold.points)
    Hold.objects.filter(pk__in=[hold.pk for hold in moved]).update(account=account)
    return [hold.pk for hold in moved]


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
    context: MergeContext, account: Account, points: int, key: str, reason: str, transfer_key: str
) -> LedgerEntry:
    """One entry with its balance; the lots are the caller's."""
    zone = Clinic.objects.get(pk=current_clinic_id()).zone
    posting = Posting(
        kind=LedgerEntry.Kind.TRANSFER, points=points, on=local_day(zone, context.at), key=key,
        actor=context.by, reason=reason, transfer_key=transfer_key,
    )  # fmt: skip
    return post_alone(account, posting)
