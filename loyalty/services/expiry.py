from datetime import date
from typing import Any

from django.db import connection, transaction

from loyalty.models import Account
from loyalty.services.turn import wait_for_ledger
from tenancy.scope import current_clinic_id


@transaction.atomic
def expire_points(*, on: date, account: Account | None = None) -> int:
    """Book out what is left of lots that end by `on`, on the day they end; the number of lots.

    account: only this one, which the caller has locked; None: every account, in one statement.
    Points that open holds need stay until the hold ends. Safe to repeat: a lot expires once, under
    the key `expiry:<lot>`.
    """
    given: dict[str, Any] = {
        "clinic": current_clinic_id(),
        "on": on,
        "account": account.pk if account else None,
    }
    if account is None:
        wait_for_ledger()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, given)  # a statement of its own: the next one sees what they hold now
        cursor.execute(_EXPIRE, given)
        (n_lots,) = cursor.fetchone()
    return n_lots


_DUE = """
    lot.clinic_id = %(clinic)s AND lot.remaining > 0 AND lot.expires_on <= %(on)s
    AND (%(account)s::bigint IS NULL OR lot.account_id = %(account)s)
"""

_LOCK = f"""
SELECT FROM loyalty_account WHERE clinic_id = %(clinic)s
    AND id IN (SELECT lot.account_id FROM loyalty_pointlot lot WHERE {_DUE})
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 our own text

# Rows are updated by their id alone, row security adds the clinic: see accrual.py.
# kept: of accounts with holds, the first lots that together cover them.
_EXPIRE = f"""
WITH holding AS MATERIALIZED (
    SELECT id, held FROM loyalty_account WHERE clinic_id = %(clinic)s AND held > 0
        AND (%(account)s::bigint IS NULL OR id = %(account)s)
), kept AS MATERIALIZED (
    SELECT id FROM (
        SELECT lot.id, holding.held, sum(lot.remaining) OVER (PARTITION BY lot.account_id
            ORDER BY lot.expires_on, lot.id) - lot.remaining AS before
        FROM loyalty_pointlot lot JOIN holding ON holding.id = lot.account_id WHERE {_DUE}
            AND (lot.available_on IS NULL OR lot.available_on <= %(on)s)
    ) AS first_ones WHERE before < held
), due AS MATERIALIZED (
    SELECT nextval('loyalty_ledgerentry_id_seq') AS entry_id,
        lot.id, lot.account_id, lot.remaining, lot.expires_on
    FROM loyalty_pointlot lot WHERE {_DUE} AND lot.id NOT IN (SELECT id FROM kept)
), entry AS (
    INSERT INTO loyalty_ledgerentry
        (id, clinic_id, account_id, kind, points, posted_on, idempotency_key, reason, created_at)
    SELECT entry_id, %(clinic)s, account_id, 'expiry', -remaining, expires_on, 'expiry:' || id,
        '', now()
    FROM due
), used AS (
    INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
    SELECT %(clinic)s, id, entry_id, remaining FROM due
), emptied AS (
    UPDATE loyalty_pointlot lot SET remaining = 0 FROM due WHERE lot.id = due.id
), moved AS MATERIALIZED (
    SELECT account_id, -sum(remaining) AS points FROM due GROUP BY account_id
), balance AS (
    UPDATE loyalty_account account SET balance = account.balance + moved.points
    FROM moved WHERE account.id = moved.account_id
)
SELECT count(*) FROM due
"""  # noqa: S608 our own text
