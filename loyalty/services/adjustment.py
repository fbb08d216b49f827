"""Points given or taken by hand: with a reason, and above the programme's limit by two people."""

from datetime import date, datetime

from django.db import transaction

from loyalty.exceptions import (
    KeyUsedOtherwise,
    NeedsSecondPerson,
    NothingToAdjust,
    OwnRequest,
    PointsTooMany,
    ReasonMissing,
    RequestDecided,
)
from loyalty.models import Account, AdjustmentRequest, LedgerEntry, Programme
from loyalty.services.posting import MOST_POINTS, post
from tenancy.models import Membership

State = AdjustmentRequest.State


def adjust(
    *,
    account: Account,
    points: int,
    on: date,
    reason: str,
    idempotency_key: str,
    actor: Membership | None = None,
) -> LedgerEntry:
    """Give or take points by hand, with a reason; a repeated key returns the first entry.

    points: signed; given points expire as earned ones do, taken ones cannot exceed what can be
    spent. Raises ReasonMissing, NothingToAdjust, PointsTooMany, InsufficientPoints,
    KeyUsedOtherwise, and NeedsSecondPerson above the programme's limit where a person asks.
    """
    _check(points, reason)
    if actor and exceeds_limit(account.programme, points):
        raise NeedsSecondPerson(limit=account.programme.adjust_limit_points)
    return _post(account, points, on, reason, f"adjustment:{idempotency_key}", actor)


def exceeds_limit(programme: Programme, points: int) -> bool:
    """Does so large an adjustment need a second person?"""
    limit = programme.adjust_limit_points
    return limit is not None and abs(points) > limit


@transaction.atomic
def ask_adjustment(
    *,
    account: Account,
    points: int,
    reason: str,
    idempotency_key: str,
    asked_by: Membership,
    at: datetime,
) -> AdjustmentRequest:
    """Write down an adjustment for a second person to decide; nothing is posted yet.

    Raises ReasonMissing, NothingToAdjust, PointsTooMany, KeyUsedOtherwise.
    """
    _check(points, reason)
    said = {"account": account, "points": points, "reason": reason.strip(), "asked_by": asked_by}
    request, is_new = AdjustmentRequest.objects.get_or_create(
        idempotency_key=idempotency_key, defaults={**said, "asked_at": at}
    )
    if not is_new and any(getattr(request, name) != value for name, value in said.items()):
        raise KeyUsedOtherwise
    return request


@transaction.atomic
def approve_adjustment(
    *, request: AdjustmentRequest, by: Membership, on: date, at: datetime
) -> LedgerEntry:
    """The second person agrees: the adjustment is posted now, in the name of who asked.

    Raises OwnRequest, RequestDecided, InsufficientPoints.
    """
    waiting = _waiting(request, by)
    key = f"adjustment:request:{waiting.pk}"
    entry = _post(waiting.account, waiting.points, on, waiting.reason, key, waiting.asked_by)
    _decide(waiting, State.APPROVED, by, at, entry)
    return entry


@transaction.atomic
def refuse_adjustment(*, request: AdjustmentRequest, by: Membership, at: datetime) -> None:
    """The second person does not agree. Raises OwnRequest, RequestDecided."""
    _decide(_waiting(request, by), State.REFUSED, by, at, None)


def _waiting(request: AdjustmentRequest, by: Membership) -> AdjustmentRequest:
    """The request, locked, if this person may decide it now."""
    if request.asked_by_id == by.pk:
        raise OwnRequest
    rows = AdjustmentRequest.objects.select_for_update(of=("self",), no_key=True)
    waiting = rows.select_related("account__programme", "asked_by").get(pk=request.pk)
    if waiting.state != State.WAITING:
        raise RequestDecided
    return waiting


def _decide(
    request: AdjustmentRequest,
    state: State,
    by: Membership,
    at: datetime,
    entry: LedgerEntry | None,
) -> None:
    request.state, request.decided_by, request.decided_at, request.entry = state, by, at, entry
    request.save(update_fields=["state", "decided_by", "decided_at", "entry"])


def _check(points: int, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    if points == 0:
        raise NothingToAdjust
    if abs(points) > MOST_POINTS:
        raise PointsTooMany(limit=MOST_POINTS)


def _post(
    account: Account, points: int, on: date, reason: str, key: str, actor: Membership | None
) -> LedgerEntry:
    return post(
        account=account,
        kind=LedgerEntry.Kind.ADJUSTMENT,
        points=points,
        on=on,
        key=key,
        actor=actor,
        reason=reason.strip(),
    )
