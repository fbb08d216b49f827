"""Lots follow the balance: they hold max(balance, 0) points together, first-expiring go first."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection

from loyalty.models import LedgerEntry, PointLot
from tenancy.scope import current_clinic_id


def add_lot(entry: LedgerEntry) -> PointLot:
    """The lot of a credit given on its posting day."""
    n_days = entry.account.programme.points_expire_after_days
    return PointLot.objects.create(
        entry=entry,
        account=entry.account,
        points=entry.points,
        remaining=entry.points,
        expires_on=entry.posted_on + timedelta(days=n_days) if n_days else None,
    )


def settle_lots(account_ids: Sequence[int], *, first_of_sales: Sequence[int] = ()) -> None:
    """Take from the accounts' lots what their balances no longer cover.

    The caller has changed the balances in this transaction and so holds the accounts' rows.
    first_of_sales: lots that these sales brought give before all others (a refund takes back its
    own points first).
    """
    if not account_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "clinic": current_clinic_id(),
                "accounts": list(account_ids),
                "sales": list(first_of_sales),
            },
        )


_SETTLE = """
WITH pool AS (
    SELECT lot.id, lot.remaining,
        sum(lot.remaining) OVER in_turn - lot.remaining AS taken_before,
        sum(lot.remaining) OVER (PARTITION BY lot.account_id) - greatest(account.balance, 0)
            AS excess
    FROM loyalty_pointlot lot
    JOIN loyalty_account account
        ON account.clinic_id = lot.clinic_id AND account.id = lot.account_id
    JOIN loyalty_ledgerentry entry
        ON entry.clinic_id = lot.clinic_id AND entry.id = lot.entry_id
    WHERE lot.clinic_id = %(clinic)s AND lot.remaining > 0
        AND lot.account_id = ANY (%(accounts)s::bigint[])
    WINDOW in_turn AS (PARTITION BY lot.account_id ORDER BY
        entry.sale_id IS NULL OR entry.sale_id <> ALL (%(sales)s::bigint[]),
        lot.expires_on NULLS LAST, lot.id)
)
UPDATE loyalty_pointlot lot
SET remaining = lot.remaining - least(pool.remaining, pool.excess - pool.taken_before)
FROM pool
WHERE lot.clinic_id = %(clinic)s AND lot.id = pool.id AND pool.excess > pool.taken_before
"""
