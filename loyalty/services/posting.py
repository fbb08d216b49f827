"""One entry on one account: locked, once a key, with its lots.

The account is locked in a statement of its own; the next one, which so sees what is true now,
writes the entry, moves balance and lots, or writes nothing: a refusal leaves nothing to undo.
For spending, which tills do all day, both stand in one function of the database.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from loyalty.exceptions import InsufficientPoints, KeyUsedOtherwise
from loyalty.models import Account, LedgerEntry
from loyalty.services.expiry import expire_points
from loyalty.services.lapsing import lapse_holds
from loyalty.services.posting_statements import CREDIT, LOCK, SPEND
from tenancy.models import Membership
from tenancy.scope import current_clinic_id

MOST_POINTS = 1_000_000_000  # above it is a slip of the keyboard
Kind = LedgerEntry.Kind


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One entry to be. points: signed, whole. on: the clinic's business day.

    rules: versions of the earn rules that decided. undoes: of a return, the redemption.
    """

    kind: LedgerEntry.Kind
    points: int
    on: date
    key: str
    actor: Membership | None = None
    reason: str = ""
    rules: Sequence[int] | None = None
    transfer_key: str = ""
    undoes: LedgerEntry | None = None


def post(
    *,
    account: Account,
    kind: LedgerEntry.Kind,
    points: int,
    on: date,
    key: str,
    actor: Membership | None,
    reason: str,
    rules: Sequence[int] | None = None,
) -> LedgerEntry:
    """Write one entry and move balance and lots with it; a repeated key returns the first entry.

    points: signed. What is due to expire by `on` expires first; pending and held points cannot be
    spent. Raises InsufficientPoints for a debit above what can be spent, KeyUsedOtherwise for a
    key that said something else before.
    """
    posting = Posting(
        kind=kind, points=points, on=on, key=key, actor=actor, reason=reason, rules=rules
    )
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        if points < 0:
            return debit(account, posting)
        lock(account.pk)
        return credit(account, posting)


def lock(*account_ids: int) -> None:
    """Hold these accounts until commit, the lowest number first."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"clinic": current_clinic_id(), "accounts": sorted(set(account_ids))})


def debit(account: Account, posting: Posting, *, freed: int = 0) -> LedgerEntry:
    """Spend, first-expiring first; the account is locked by it.

    freed: points of a hold that ends with this entry; they may be spent.
    """
    given = _given(account, posting) | {"wanted": -posting.points, "freed": freed}
    for _turn in range(3):  # once more after what was over is taken note of
        with connection.cursor() as cursor:
            cursor.execute(SPEND, given)
            entry_id, created_at, balance, spendable, is_due = cursor.fetchone()
        if entry_id:
            account.balance, account.held = balance, account.held - freed
            return _made(account, posting, entry_id, created_at)
        if earlier := same_as_before(account, posting):
            return earlier
        if is_due:
            expire_points(on=posting.on, account=account)
        elif not lapse_holds(at=timezone.now(), account=account):
            break
    raise InsufficientPoints(points=-posting.points, balance=max(spendable, 0))


def credit(account: Account, posting: Posting, *, available_on: date | None = None) -> LedgerEntry:
    """Give points that last as long as the programme says; see `credit_until`."""
    n_days = account.programme.points_expire_after_days
    expires_on = posting.on + timedelta(days=n_days) if n_days else None
    return credit_until(account, posting, expires_on=expires_on, available_on=available_on)


def credit_until(
    account: Account,
    posting: Posting,
    *,
    expires_on: date | None,
    available_on: date | None = None,
) -> LedgerEntry:
    """Give points to an account the caller has locked; what it owes is paid first.

    expires_on: they can be spent until the day before; None: for ever. available_on: pending until
    then; None: at once.
    """
    given = _given(account, posting) | {"expires_on": expires_on, "available_on": available_on}
    with connection.cursor() as cursor:
        cursor.execute(CREDIT, given)
        entry_id, created_at, balance = cursor.fetchone()
    if entry_id is None:
        earlier = same_as_before(account, posting)
        assert earlier is not None  # only the key can have refused it
        return earlier
    account.balance = balance
    return _made(account, posting, entry_id, created_at)


def post_alone(account: Account, posting: Posting) -> LedgerEntry:
    """Entry and balance only; the account is locked, and its lots are the caller's."""
    entry = LedgerEntry.objects.create(
        account=account,
        kind=posting.kind,
        points=posting.points,
        posted_on=posting.on,
        idempotency_key=posting.key,
        actor=posting.actor,
        reason=posting.reason,
        transfer_key=posting.transfer_key,
        undoes=posting.undoes,
    )
    Account.objects.filter(pk=account.pk).update(balance=F("balance") + posting.points)
    account.balance += posting.points
    return entry


def same_as_before(account: Account, posting: Posting) -> LedgerEntry | None:
    """The entry this key made before, None if it is new. Raises KeyUsedOtherwise."""
    earlier = LedgerEntry.objects.filter(idempotency_key=posting.key).first()
    if earlier is None:
        return None
    said = (earlier.account_id, earlier.kind, earlier.points)
    if said != (account.pk, posting.kind, posting.points):
        raise KeyUsedOtherwise
    return earlier


def _given(account: Account, posting: Posting) -> dict[str, Any]:
    return {
        "clinic": current_clinic_id(),
        "account": account.pk,
        "kind": str(posting.kind),
        "points": posting.points,
        "on": posting.on,
        "key": posting.key,
        "actor": posting.actor.pk if posting.actor else None,
        "reason": posting.reason,
        "rules": list(posting.rules) if posting.rules else None,
        "transfer": posting.transfer_key,
        "undoes": posting.undoes.pk if posting.undoes else None,
    }


def _made(account: Account, posting: Posting, entry_id: int, created_at) -> LedgerEntry:
    """The entry as it stands in the books now, without asking for it."""
    entry = LedgerEntry(
        pk=entry_id,
        clinic_id=current_clinic_id(),
        account=account,
        kind=posting.kind,
        points=posting.points,
        posted_on=posting.on,
        idempotency_key=posting.key,
        actor=posting.actor,
        reason=posting.reason,
        rules=list(posting.rules) if posting.rules else None,
        transfer_key=posting.transfer_key,
        undoes=posting.undoes,
        created_at=created_at,
    )
    entry._state.adding, entry._state.db = False, connection.alias
    return entry
