from datetime import date

from loyalty.exceptions import NothingToAdjust, PointsTooMany, ReasonMissing
from loyalty.models import Account, LedgerEntry
from loyalty.services.posting import MOST_POINTS, post
from tenancy.models import Membership


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

    points: signed; given points expire as earned ones do, taken ones cannot exceed the balance.
    Raises ReasonMissing, NothingToAdjust, PointsTooMany, InsufficientPoints, KeyUsedOtherwise.
    """
    if not reason.strip():
        raise ReasonMissing
    if points == 0:
        raise NothingToAdjust
    if abs(points) > MOST_POINTS:
        raise PointsTooMany(limit=MOST_POINTS)
    return post(
        account=account,
        kind=LedgerEntry.Kind.ADJUSTMENT,
        points=points,
        on=on,
        key=f"adjustment:{idempotency_key}",
        actor=actor,
        reason=reason.strip(),
    )
