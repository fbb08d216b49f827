"""Points kept for a booking in progress: made, redeemed, given up, or over by themselves."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from loyalty.exceptions import (
    HoldEnded,
    HoldTooLong,
    HoldUnknown,
    InsufficientPoints,
    KeyUsedOtherwise,
)
from loyalty.models import Account, Hold, LedgerEntry
from loyalty.queries.accounts import spendable_points
from loyalty.services.expiry import expire_points
from loyalty.services.lapsing import lapse_holds
from loyalty.services.posting import Kind, Posting, debit, lock
from loyalty.services.redemption import check_points
from tenancy.models import Membership

LONGEST = timedelta(days=7)
USUAL = timedelta(minutes=30)
State = Hold.State


@transaction.atomic
def place_hold(
    *,
    account: Account,
    points: int,
    on: date,
    at: datetime,
    idempotency_key: str,
    lasts: timedelta = USUAL,
    actor: Membership | None = None,
    reason: str = "",
) -> Hold:
    """Keep points from being spent elsewhere until `at + lasts`; a repeated key returns the first.

    Raises InsufficientPoints, PointsNotPositive, PointsTooMany, HoldTooLong, KeyUsedOtherwise.
    """
    check_points(points)
    if not timedelta(minutes=1) <= lasts <= LONGEST:
        raise HoldTooLong(limit=LONGEST // timedelta(minutes=1))
    lock(account.pk)
    if earlier := Hold.objects.filter(idempotency_key=idempotency_key).first():
        if (earlier.account_id, earlier.points) != (account.pk, points):
            raise KeyUsedOtherwise
        return earlier
    lapse_holds(at=at, account=account)
    expire_points(on=on, account=account)
    spendable = spendable_points(account.pk, on=on)
    if points > spendable:
        raise InsufficientPoints(points=points, balance=max(spendable, 0))
    Account.objects.filter(pk=account.pk).update(held=F("held") + points)
    account.held += points
    return Hold.objects.create(
        account=account, points=points, idempotency_key=idempotency_key, actor=actor,
        reason=reason, made_at=at, ends_at=at + lasts,
    )  # fmt: skip


@transaction.atomic
def capture_hold(
    *,
    idempotency_key: str,
    on: date,
    at: datetime,
    points: int | None = None,
    actor: Membership | None = None,
) -> LedgerEntry:
    """Redeem what was held, or a part of it; the rest is free again. Repeated: the first entry.

    Raises HoldUnknown, HoldEnded, InsufficientPoints when a refund took the points meanwhile.
    """
    hold = _locked(idempotency_key)
    if hold.entry is not None:  # captured, and only then
        if points is not None and hold.entry.points != -points:
            raise KeyUsedOtherwise
        return hold.entry
    if hold.state != State.OPEN or hold.ends_at <= at:
        raise HoldEnded(state=hold.get_state_display())
    points = hold.points if points is None else points
    check_points(points)
    if points > hold.points:
        raise InsufficientPoints(points=points, balance=hold.points)
    posting = Posting(
        kind=Kind.REDEMPTION, points=-points, on=on, key=f"hold:{hold.pk}", actor=actor,
        reason=hold.reason,
    )  # fmt: skip
    entry = debit(hold.account, posting, freed=hold.points)
    _end(hold, State.CAPTURED, at, entry=entry)
    return entry


@transaction.atomic
def release_hold(*, idempotency_key: str, at: datetime) -> Hold:
    """Give the points free; of a hold that ended unredeemed nothing changes.

    Raises HoldUnknown, HoldEnded when it was redeemed.
    """
    hold = _locked(idempotency_key)
    if hold.state == State.CAPTURED:
        raise HoldEnded(state=hold.get_state_display())
    if hold.state == State.OPEN:
        Account.objects.filter(pk=hold.account_id).update(held=F("held") - hold.points)
        _end(hold, State.RELEASED, at)
    return hold


def _locked(idempotency_key: str) -> Hold:
    """The hold with its account, the account locked first as everywhere."""
    found = Hold.objects.filter(idempotency_key=idempotency_key).values_list("account", flat=True)
    account_id = found.first()
    if account_id is None:
        raise HoldUnknown
    lock(account_id)
    rows = Hold.objects.select_for_update(of=("self",)).select_related("account", "entry")
    return rows.get(idempotency_key=idempotency_key)


def _end(hold: Hold, state: State, at: datetime, *, entry: LedgerEntry | None = None) -> None:
    hold.state, hold.ended_at, hold.entry = state, at, entry
    hold.save(update_fields=["state", "ended_at", "entry"])
