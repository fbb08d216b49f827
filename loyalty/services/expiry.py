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
    Safe to repeat: a lot expires once, under the key `expiry:<lot>`.
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

_EXPIRE = f"""
WITH due AS (
    SELECT lot.id, lot.account_id, lot.remaining, lot.expires_on
    FROM loyalty_pointlot lot WHERE {_DUE}
), entry AS (
    INSERT INTO loyalty_ledgerentry
        (clinic_id, account_id, kind, points, posted_on, idempotency_key, reason, created_at)
    SELECT %(clinic)s, account_id, 'expiry', -remaining, expires_on, 'expiry:' || id, '', now()
    FROM due ORDER BY id
    RETURNING account_id, points
), emptied AS (
    UPDATE loyalty_pointlot lot SET remaining = 0 FROM due
    WHERE lot.clinic_id = %(clinic)s AND lot.id = due.id
), balance AS (
    UPDATE loyalty_account account SET balance = account.balance + moved.points
    FROM (SELECT account_id, sum(points) AS points FROM entry GROUP BY account_id) moved
    WHERE account.clinic_id = %(clinic)s AND account.id = moved.account_id
)
SELECT count(*) FROM entry
"""  # noqa: S608 our own text
