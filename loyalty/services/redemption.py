"""Spending points, and giving spent points back."""

from datetime import date

from django.db import transaction
from django.db.models import Sum

from loyalty.exceptions import NotARedemption, PointsNotPositive, PointsTooMany, ReturnTooMany
from loyalty.models import Account, LedgerEntry, LotUse
from loyalty.services.lots import give_back, settle_lots
from loyalty.services.posting import (
    MOST_POINTS,
    Kind,
    Posting,
    lock,
    post,
    post_alone,
    same_as_before,
)
from tenancy.models import Membership

_NO_DAY = date.max  # a lot without an end outlives all others


def redeem(
    *,
    account: Account,
    points: int,
    on: date,
    idempotency_key: str,
    actor: Membership | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Spend points, first-expiring first; a repeated key returns the first entry, spends nothing.

    points: whole points to spend, > 0.
    on: business day in the clinic's time zone; what expires by then, what is pending or held on it
    cannot be spent.
    Raises InsufficientPoints when there are too few, PointsNotPositive, PointsTooMany,
    KeyUsedOtherwise.
    """
    check_points(points)
    return post(
        account=account,
        kind=Kind.REDEMPTION,
        points=-points,
        on=on,
        key=f"redemption:{idempotency_key}",
        actor=actor,
        reason=reason,
    )


def check_points(points: int) -> None:
    """Raise PointsNotPositive or PointsTooMany unless it is a sensible number to move."""
    if points <= 0:
        raise PointsNotPositive
    if points > MOST_POINTS:
        raise PointsTooMany(limit=MOST_POINTS)


@transaction.atomic
def give_points_back(
    *,
    redemption: LedgerEntry,
    on: date,
    idempotency_key: str,
    points: int | None = None,
    actor: Membership | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Undo a redemption, whole or in part: the points return to the lots they came from.

    points: how many; None: all that is not back yet. The lots that end last get theirs first. What
    has ended meanwhile expires with the next night; what the account owes is paid first.
    Raises NotARedemption, ReturnTooMany, PointsNotPositive, KeyUsedOtherwise.
    """
    if redemption.kind != Kind.REDEMPTION:
        raise NotARedemption
    account = redemption.account
    lock(account.pk)
    key = f"return:{idempotency_key}"
    if earlier := LedgerEntry.objects.filter(idempotency_key=key).first():
        same_as_before(account, _return(redemption, points or earlier.points, on, key))
        return earlier
    left = -redemption.points - redemption.undone_by.aggregate(n=Sum("points", default=0))["n"]
    points = left if points is None else points
    check_points(points)
    if points > left:
        raise ReturnTooMany(points=points, left=left)
    posting = _return(redemption, points, on, key, actor=actor, reason=reason)
    entry = post_alone(account, posting)
    lots, amounts = _where_it_came_from(redemption, points)
    give_back(entry_id=entry.pk, lots=lots, points=amounts)
    settle_lots({account.pk: entry.pk})
    return entry


def _return(redemption: LedgerEntry, points: int, on: date, key: str, **more) -> Posting:
    return Posting(kind=Kind.RETURN, points=points, on=on, key=key, undoes=redemption, **more)


def _where_it_came_from(redemption: LedgerEntry, points: int) -> tuple[list[int], list[int]]:
    """(lots, points of each) of this redemption that are not back yet, the last to end first."""
    entries = [redemption.pk, *redemption.undone_by.values_list("pk", flat=True)]
    uses = LotUse.objects.filter(entry__in=entries).values("lot_id", "lot__expires_on")
    rows = [row for row in uses.annotate(n=Sum("points")).order_by() if row["n"] > 0]
    rows.sort(key=lambda row: (row["lot__expires_on"] or _NO_DAY, row["lot_id"]), reverse=True)
    lots, amounts = [], []
    for lot_id, used in ((row["lot_id"], row["n"]) for row in rows):
        if amount := min(used, points):
            lots.append(lot_id)
            amounts.append(amount)
            points -= amount
    return lots, amounts
