"""What a rule may cost: the planner is asked first, and a statement that runs on is stopped."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.queries import TooSlow, time_limit
from segmentation.rule_refusals import RuleTooCostly

LOOK_MS = 3_000  # a person waits
REFRESH_MS = 120_000  # nobody does
# In the planner's own units. Ten conditions over a million customers come to about 600,000; where
# rows would be compared with rows, one by one, it is thousands of millions.
MOST_COST = 20_000_000
# Sets of customers are hashed in memory: with the usual 4 MB the planner would walk through the
# list for every customer as soon as it holds some ten thousand. Compiling a statement of ten
# conditions (jit) takes longer than it saves.
# A page out of order costs hardly more than the next one where the tables of a clinic are in memory
# or on a disk without moving parts; with the usual 4 whole tables are read where an index says all.
SETS = {"work_mem": "64MB", "jit": "off", "random_page_cost": "1.1"}
# Of ten conditions the planner expects too few customers, and then looks each of them up, one by
# one, where reading the table once takes half the time.
WHOLE = {"enable_nestloop": "off"}


@contextmanager
def rule_limits(
    asked: QuerySet[Any], *, most_ms: int = LOOK_MS, reads_all: bool = False
) -> Iterator[None]:
    """Statements inside read `asked`. Raises RuleTooCostly in words for the person who asked.

    reads_all: they count or sum it to the end, and do not stop after a page of it.
    """
    try:
        with time_limit(most_ms), settings(SETS):
            refuse_costly(asked)
            with settings(WHOLE) if reads_all else nullcontext():
                yield
    except TooSlow:
        n_seconds = max(most_ms // 1000, 1)
        raise RuleTooCostly(
            ngettext(
                "This rule was stopped after %(n)s second. Use fewer conditions, or ask for less.",
                "This rule was stopped after %(n)s seconds. Use fewer conditions, or ask for less.",
                n_seconds,
            )
            % {"n": n_seconds}
        ) from None


def refuse_costly(asked: QuerySet[Any]) -> None:
    """Ask the planner, without reading a row. Raises RuleTooCostly."""
    if cost_of(asked) > MOST_COST:
        raise RuleTooCostly(
            _("This rule would have to read too much. Use fewer conditions, or ask for less.")
        )


def cost_of(asked: QuerySet[Any]) -> float:
    """The planner's estimate, in its own units; 0 where nobody can match anyway."""
    plan = asked.order_by().values("pk").explain(format="json")
    return float(json.loads(plan)[0]["Plan"]["Total Cost"]) if plan else 0.0


@contextmanager
def settings(wanted: Mapping[str, str]) -> Iterator[None]:
    """Postgres settings until the end of the block; a spoilt transaction undoes them by itself."""
    before = _set(wanted)
    yield
    if not connection.needs_rollback:
        _set(before)


def _set(wanted: Mapping[str, str]) -> dict[str, str]:
    """Until the transaction ends; returns what held before. Names are our own."""
    asked = [f"current_setting('{name}')" for name in wanted]
    asked += [f"set_config('{name}', %s, true)" for name in wanted]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(asked), list(wanted.values()))
        return dict(zip(wanted, cursor.fetchone()[: len(wanted)], strict=True))
