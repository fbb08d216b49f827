"""What a rule may cost: the planner is asked first, and a statement that runs on is stopped."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
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
# Sets of customers are hashed in memory. With the usual 4 MB the planner would walk through the
# list for every customer as soon as it holds some ten thousand.
# Compiling a statement of ten conditions (jit) takes longer than it saves.
SORT_MEMORY = "64MB"


@contextmanager
def rule_limits(asked: QuerySet[Any], *, most_ms: int = LOOK_MS) -> Iterator[None]:
    """Statements inside read `asked`. Raises RuleTooCostly in words for the person who asked."""
    try:
        with time_limit(most_ms), _memory():
            refuse_costly(asked)
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
def _memory() -> Iterator[None]:
    """Until the end of the block; a spoilt transaction takes it back by itself."""
    before = _set(SORT_MEMORY, "off")
    yield
    if not connection.needs_rollback:
        _set(*before)


def _set(work_mem: str, jit: str) -> tuple[str, str]:
    """Until the transaction ends; returns what held before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('work_mem'), current_setting('jit'),"
            " set_config('work_mem', %s, true), set_config('jit', %s, true)",
            [work_mem, jit],
        )
        return cursor.fetchone()[:2]
