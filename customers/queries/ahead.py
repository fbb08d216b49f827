"""The next few of those who fit, when nobody knows where in an order they stand.

Walking the order and asking each customer finds a page at once where many fit, and walks for
seconds where those who fit stand at its other end: the churned in a list of the latest visits. So
the next few thousand of the order are asked first, whoever they are; where they do not fill the
page, all who fit are gathered and sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet

from customers.models import Customer
from customers.search_words import token_range
from tenancy.scope import current_clinic_id

REACH = 3_000  # customers asked one by one
HASH_MEMORY = "64MB"


@dataclass(frozen=True)
class Ahead:
    """Customers behind a place of an order, each in that order.

    fitting: those asked for. everybody: of the clinic. gathered: those asked for, by a key that
    no index knows, so that the planner cannot but find them first.
    """

    fitting: QuerySet[Customer]
    everybody: QuerySet[Customer]
    gathered: QuerySet[Customer]


@dataclass(frozen=True)
class Near:
    """ids: of the first n who fit, within reach. is_all: nobody stands beyond the reach."""

    ids: list[int]
    is_all: bool


def near_or_gathered(ahead: Ahead, n: int) -> list[int]:
    """Ids of the first n who fit."""
    near = look_near(ahead, n)
    if near.is_all or len(near.ids) == n:
        return near.ids
    raise_hash_memory()
    return list(ahead.gathered.values_list("pk", flat=True)[:n])


def look_near(ahead: Ahead, n: int, words: Sequence[str] = ()) -> Near:
    """Those who fit among the next REACH of the order, in one query. words: typed; all must match.

    The lateral joins keep the order, and stop at the n-th.
    """
    window, window_values = ahead.everybody.values("pk")[:REACH].query.sql_with_params()
    fitting, values = ahead.fitting.filter(_is_near()).values("pk").query.sql_with_params()
    hits, ranges = [], []
    for number, word in enumerate(words):
        hits.append(
            "CROSS JOIN LATERAL (SELECT FROM customers_searchtoken t WHERE t.clinic_id = %s"
            " AND t.customer_id = fits.id AND t.token || '' >= %s AND t.token || '' < %s"
            f" LIMIT 1) AS hit_{number}"
        )
        ranges += [current_clinic_id(), *token_range(word)]
    statement = (
        f"WITH near(id) AS MATERIALIZED ({window}) SELECT (SELECT count(*) FROM near) < %s,"  # noqa: S608
        f" ARRAY(SELECT fits.id FROM ({fitting}) AS fits(id) {' '.join(hits)} LIMIT %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*window_values, REACH, *values, *ranges, n])
        is_all, ids = cursor.fetchone()
    return Near(ids, is_all)


def raise_hash_memory() -> None:
    """Until the transaction ends: a hash that does not fit is asked row by row, for minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [HASH_MEMORY])


def _is_near() -> Func:
    return Func(
        F("pk"),
        template="%(expressions)s = ANY (ARRAY(SELECT id FROM near))",
        output_field=BooleanField(),
    )
