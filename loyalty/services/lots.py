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


# The accounts are laid beside their lots instead of joined: a clinic whose rows the planner has not
# counted yet is taken for empty, and such a join may take minutes.
_SETTLE = """
WITH side AS (
    SELECT account_id, id, remaining, expires_on, 0 AS balance, entry_id <> ALL (ARRAY(
        SELECT id FROM loyalty_ledgerentry
        WHERE clinic_id = %(clinic)s AND sale_id = ANY (%(sales)s::bigint[]))) AS is_later
    FROM loyalty_pointlot
    WHERE clinic_id = %(clinic)s AND remaining > 0
        AND account_id = ANY (%(accounts)s::bigint[])
    UNION ALL
    SELECT id, NULL, 0, NULL, balance, NULL FROM loyalty_account
    WHERE clinic_id = %(clinic)s AND id = ANY (%(accounts)s::bigint[])
), pool AS (
    SELECT id, remaining, sum(remaining) OVER in_turn - remaining AS taken_before,
        sum(remaining) OVER of_account - greatest(sum(balance) OVER of_account, 0) AS excess
    FROM side
    WINDOW of_account AS (PARTITION BY account_id),
        in_turn AS (PARTITION BY account_id ORDER BY is_later, expires_on NULLS LAST, id)
)
UPDATE loyalty_pointlot lot
SET remaining = lot.remaining - least(pool.remaining, pool.excess - pool.taken_before)
FROM pool
WHERE lot.clinic_id = %(clinic)s AND lot.id = pool.id AND pool.excess > pool.taken_before
"""
