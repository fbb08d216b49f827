from datetime import date

from loyalty.exceptions import PointsNotPositive, PointsTooMany
from loyalty.models import Account, LedgerEntry
from loyalty.services.posting import MOST_POINTS, post
from tenancy.models import Membership


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
    on: business day in the clinic's time zone; what expires by then cannot be spent.
    Raises InsufficientPoints when the balance is too small, PointsNotPositive, PointsTooMany,
    KeyUsedOtherwise.
    """
    if points <= 0:
        raise PointsNotPositive
    if points > MOST_POINTS:
        raise PointsTooMany(limit=MOST_POINTS)
    return post(
        account=account,
        kind=LedgerEntry.Kind.REDEMPTION,
        points=-points,
        on=on,
        key=f"redemption:{idempotency_key}",
        actor=actor,
        reason=reason,
    )
