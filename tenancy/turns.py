"""One at a time: work of a clinic that must not run twice at once takes a turn.

A turn is a transaction-level advisory lock: it ends with the transaction, also with a killed one.
"""

from django.db import connection

from tenancy.scope import current_clinic_id


def wait_for_turn(work: str) -> None:
    """Wait until nobody else does this work for the current clinic; hold it until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_name(work)])


def try_turn(work: str) -> bool:
    """Take the turn if it is free; False when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_name(work)])
        (taken,) = cursor.fetchone()
    return taken


def _name(work: str) -> str:
    return f"{work}:{current_clinic_id()}"
