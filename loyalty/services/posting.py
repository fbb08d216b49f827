"""One entry on one account, from the desk: locked, once a key, with its lot."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F

from loyalty.exceptions import InsufficientPoints, KeyUsedOtherwise
from loyalty.models import Account, LedgerEntry
from loyalty.services.expiry import expire_points
from loyalty.services.lots import add_lot, settle_lots
from tenancy.models import Membership

MOST_POINTS = 1_000_000_000  # above it is a slip of the keyboard


@transaction.atomic
def post(
    *,
    account: Account,
    kind: LedgerEntry.Kind,
    points: int,
    on: date,
    key: str,
    actor: Membership | None,
    reason: str,
) -> LedgerEntry:
    """Write one entry and move balance and lots with it; a repeated key returns the first entry.

    points: signed. What is due to expire by `on` expires first.
    Raises InsufficientPoints for a debit above the balance, KeyUsedOtherwise for a key that said
    something else before.
    """
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # one at a time
    if earlier := LedgerEntry.objects.filter(idempotency_key=key).first():
        return _same(earlier, account=account, kind=kind, points=points)
    expire_points(on=on, account=account)
    _move_balance(account, points)
    try:
        with transaction.atomic():
            entry = LedgerEntry.objects.create(
                account=account,
                kind=kind,
                points=points,
                posted_on=on,
                idempotency_key=key,
                actor=actor,
                reason=reason,
            )
    except IntegrityError:  # the key was taken on another account a moment ago
        raise KeyUsedOtherwise from None
    if points > 0:
        add_lot(entry)
    settle_lots([account.pk])
    return entry


def _move_balance(account: Account, points: int) -> None:
    covering = Account.objects.filter(pk=account.pk)
    if points < 0:
        covering = covering.filter(balance__gte=-points)
    moved = covering.update(balance=F("balance") + points)
    account.refresh_from_db(fields=["balance"])
    if not moved:
        raise InsufficientPoints(points=-points, balance=account.balance)


def _same(earlier: LedgerEntry, *, account: Account, kind: str, points: int) -> LedgerEntry:
    if (earlier.account_id, earlier.kind, earlier.points) != (account.pk, kind, points):
        raise KeyUsedOtherwise
    return earlier
