"""Lots follow the balance: they hold max(balance, 0) points together, first-expiring go first.

Whatever leaves a lot or comes back to it is noted as a LotUse of the entry that caused it.
"""

from collections.abc import Mapping, Sequence

from django.db import connection

from tenancy.scope import current_clinic_id


def settle_lots(entries: Mapping[int, int], *, first_of_sales: Sequence[int] = ()) -> None:
    """Take from the accounts' lots what their balances no longer cover.

    entries: account → the entry under which it is noted. The caller has changed the balances in
    this transaction and so holds the accounts' rows.
    first_of_sales: lots that these sales brought give before all others (a refund takes back its
    own points first).
    """
    if not entries:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "clinic": current_clinic_id(),
                "accounts": list(entries),
                "entries": list(entries.values()),
                "sales": list(first_of_sales),
            },
        )


def give_back(*, entry_id: int, lots: Sequence[int], points: Sequence[int]) -> None:
    """Put points back into lots they were taken from, under this entry; the balance is not moved.

    lots, points: of one length; no lot gets more than was taken from it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _GIVE_BACK,
            {
                "clinic": current_clinic_id(),
                "entry": entry_id,
                "lots": list(lots),
                "points": list(points),
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
    SELECT id, account_id, remaining, sum(remaining) OVER in_turn - remaining AS taken_before,
        sum(remaining) OVER of_account - greatest(sum(balance) OVER of_account, 0) AS excess
    FROM side
    WINDOW of_account AS (PARTITION BY account_id),
        in_turn AS (PARTITION BY account_id ORDER BY is_later, expires_on NULLS LAST, id)
), taken AS MATERIALIZED (
    SELECT id, account_id, least(remaining, excess - taken_before)::bigint AS points
    FROM pool WHERE id IS NOT NULL AND excess > taken_before
), emptied AS (
    UPDATE loyalty_pointlot lot SET remaining = lot.remaining - taken.points
    FROM taken WHERE lot.id = taken.id  -- row security adds the clinic: see accrual.py
)
INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
SELECT %(clinic)s, taken.id, cause.entry_id, taken.points FROM taken
JOIN unnest(%(accounts)s::bigint[], %(entries)s::bigint[]) AS cause(account_id, entry_id)
    USING (account_id)
"""

_GIVE_BACK = """
WITH back AS (
    SELECT * FROM unnest(%(lots)s::bigint[], %(points)s::bigint[]) AS back(lot_id, points)
), filled AS (
    UPDATE loyalty_pointlot lot SET remaining = lot.remaining + back.points
    FROM back WHERE lot.clinic_id = %(clinic)s AND lot.id = back.lot_id
)
INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
SELECT %(clinic)s, lot_id, %(entry)s, -points FROM back
"""
