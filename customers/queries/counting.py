"""How many customers a list holds and what they are worth, at a bounded price."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet, Sum

from customers.models import Customer

COUNT_CAP = 10_000  # beyond, an exact count costs more than it tells
COUNT_TIMEOUT_MS = 3_000
QUERY_CANCELED = "57014"  # SQLSTATE


@dataclass(frozen=True)
class CountAndValue:
    """How many customers, and their net spend since the first sale, in minor units.

    n: None when the database could not say in time. net_minor: None when n is not exact.
    is_capped: there are more than n.
    """

    n: int | None
    net_minor: int | None
    is_capped: bool = False


def count_and_value(customers: QuerySet[Customer], *, cap: int | None = COUNT_CAP) -> CountAndValue:
    """Count customers and sum what they spent, in one query.

    cap: stop counting there; None counts to the end.
    """
    spent = customers.order_by().values("pk", "spent_minor")
    counted = spent if cap is None else spent[: cap + 1]
    found = counted.aggregate(n=Count("pk"), net=Sum("spent_minor"))
    if cap is not None and found["n"] > cap:
        return CountAndValue(cap, None, is_capped=True)
    return CountAndValue(found["n"], found["net"] or 0)


def count_and_value_in_time(
    customers: QuerySet[Customer],
    *,
    cap: int | None = COUNT_CAP,
    timeout_ms: int = COUNT_TIMEOUT_MS,
) -> CountAndValue:
    """The same for a rule that anybody may have written: gives up after `timeout_ms`, says so."""
    try:
        with time_limit(timeout_ms):
            return count_and_value(customers, cap=cap)
    except TooSlow:
        return CountAndValue(None, None)


class TooSlow(Exception):
    """A statement ran longer than its time limit and was cancelled; the transaction goes on."""


@contextmanager
def time_limit(timeout_ms: int) -> Iterator[None]:
    """Statements inside may each run this long. Raises TooSlow."""
    before = _set_statement_timeout(timeout_ms)
    try:
        with transaction.atomic():  # a cancelled statement spoils only this savepoint
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != QUERY_CANCELED:
            raise
        raise TooSlow from error
    finally:
        if not connection.needs_rollback:
            _set_statement_timeout(before)


def _set_statement_timeout(value: int | str) -> str:
    """Set the timeout until the transaction ends; returns the one that held before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(value)])
    return before
