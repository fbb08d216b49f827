"""Holds whose time is over end by themselves."""

from datetime import datetime
from typing import Any

from django.db import connection

from loyalty.models import Account
from tenancy.scope import current_clinic_id


def lapse_holds(*, at: datetime, account: Account | None = None) -> int:
    """End the holds whose time is over; how many. account: only of this one, locked by the caller.

    In a transaction of the caller's.
    """
    given: dict[str, Any] = {
        "clinic": current_clinic_id(), "at": at, "account": account.pk if account else None
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_HOLDERS, given)
        cursor.execute(_LAPSE, given)
        (n_lapsed,) = cursor.fetchone()
    if account and n_lapsed:
        account.refresh_from_db(fields=["held"])
    return n_lapsed


_OVER = """
    clinic_id = %(clinic)s AND state = 'open' AND ends_at <= %(at)s
    AND (%(account)s::bigint IS NULL OR account_id = %(account)s)
"""
_LOCK_HOLDERS = f"""
SELECT FROM loyalty_account WHERE clinic_id = %(clinic)s
    AND id IN (SELECT account_id FROM loyalty_hold WHERE {_OVER})
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 our own text
_LAPSE = f"""
WITH lapsed AS (
    UPDATE loyalty_hold SET state = 'lapsed', ended_at = ends_at WHERE {_OVER}
    RETURNING account_id, points
), freed AS (
    UPDATE loyalty_account account SET held = held - gone.points
    FROM (SELECT account_id, sum(points) AS points FROM lapsed GROUP BY account_id) gone
    WHERE account.clinic_id = %(clinic)s AND account.id = gone.account_id
)
SELECT count(*) FROM lapsed
"""  # noqa: S608 our own text
