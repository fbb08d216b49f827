"""Orders of the customers' list, and pages that begin right behind the one before.

A page remembers the last row it showed, not how many rows to skip: so the thousandth page costs
what the first one does, and nobody is shown twice when somebody else comes in meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Expression, F, Func, QuerySet, Value

from customers.models import Customer
from customers.models.people import LAST_VISIT, NEVER
from customers.queries.ahead import Ahead

PAGE_SIZE = 50
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Order:
    """One sort of the list. key: never null, and an index (clinic, key, id) stands behind it.

    of: the key of a row that is already here. read: the key of the text that `str` made of it.
    """

    key: Expression | F
    is_descending: bool
    of: Any
    read: Any

    def by(self, *, backward: bool = False, hidden: bool = False) -> tuple[Expression, ...]:
        """hidden: from every index."""
        keys = (_hidden(self.key) if hidden else self.key, F("pk"))
        if self.is_descending != backward:
            return tuple(key.desc() for key in keys)
        return tuple(key.asc() for key in keys)


def _visit(customer: Customer) -> date:
    return customer.last_visit_on or NEVER


_KEYS = {
    "last_visit": (LAST_VISIT, _visit, date.fromisoformat),
    "name": (F("name"), lambda customer: customer.name, str),
    "spend": (F("spent_minor"), lambda customer: customer.spent_minor, int),
}
SORTS: dict[str, Order] = {
    f"{sign}{name}": Order(key, bool(sign), of, read)
    for name, (key, of, read) in _KEYS.items()
    for sign in ("", "-")
}
DEFAULT_SORT = "-last_visit"
LATEST_FIRST = SORTS[DEFAULT_SORT].by()


def order_of(sort: str) -> Order:
    """The order asked for; an unknown one is the default."""
    return SORTS.get(sort, SORTS[DEFAULT_SORT])


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: behind (or before) this row. index: of the page's first row (or last),
    counted from 1 as far as the reader came."""

    is_backward: bool
    index: int
    pk: int
    key: Any

    def __str__(self) -> str:
        return f"{'b' if self.is_backward else 'a'}{self.index}~{self.pk}~{self.key}"


def read_cursor(text: str, order: Order) -> Cursor | None:
    """The cursor of an address; None, the first page, where it is none of ours."""
    index, _sep, rest = text[1:].partition("~")
    pk, _sep, key = rest.partition("~")
    if text[:1] not in ("a", "b") or not (_is_number(index) and _is_number(pk)) or "\0" in key:
        return None
    try:
        value = order.read(key)
    except ValueError:
        return None
    is_too_large = int(pk) > LARGEST_ID or (isinstance(value, int) and abs(value) > LARGEST_ID)
    return None if is_too_large else Cursor(text[0] == "b", int(index), int(pk), value)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


@dataclass(frozen=True)
class Found:
    """One page of customers. previous, next: cursors for the address, "" where there is none."""

    customers: list[Customer]
    first_index: int
    previous: str
    next: str

    @property
    def last_index(self) -> int:
        return self.first_index + len(self.customers) - 1


Narrow = Callable[[Ahead, int], list[int]]


def page_of(
    customers: QuerySet[Customer],
    *,
    sort: str,
    at: str,
    size: int | None = None,
    narrow: Narrow | None = None,
) -> Found:
    """The page that a cursor asks for ("" for the first one), in one query.

    size: rows of the page. narrow: (whom the cursor leaves, n) → ids of the first n who count.
    """
    size = PAGE_SIZE if size is None else size
    order = order_of(sort)
    cursor = read_cursor(at, order)
    is_backward = bool(cursor and cursor.is_backward)
    ordered = _from(customers, order, cursor)
    if narrow:
        ahead = Ahead(
            ordered.select_related(None),
            _from(Customer.objects.all(), order, cursor),
            ordered.select_related(None).order_by(*order.by(backward=is_backward, hidden=True)),
        )
        ordered = ordered.filter(pk__in=narrow(ahead, size + 1))
    rows = list(ordered[: size + 1])
    if cursor and not rows:  # whoever stood there is gone
        return page_of(customers, sort=sort, at="", size=size, narrow=narrow)
    is_more, rows = len(rows) > size, rows[:size]
    if is_backward:
        rows.reverse()
    first = _first_index(cursor, len(rows), is_more=is_more)
    has_previous = is_more if is_backward else cursor is not None
    has_next = is_backward or is_more
    return Found(
        rows,
        first,
        _cursor_at(order, rows, 0, first - 1, is_backward=True) if has_previous else "",
        _cursor_at(order, rows, -1, first + len(rows), is_backward=False) if has_next else "",
    )


def _from(customers: QuerySet[Customer], order: Order, cursor: Cursor | None) -> QuerySet[Customer]:
    """In the order (or back through it) from the cursor on."""
    beyond = customers.filter(_beyond(order, cursor)) if cursor else customers
    return beyond.order_by(*order.by(backward=bool(cursor and cursor.is_backward)))


def _first_index(cursor: Cursor | None, n_rows: int, *, is_more: bool) -> int:
    if cursor is None:
        return 1
    if not cursor.is_backward:
        return max(cursor.index, 1)
    return max(cursor.index - n_rows + 1, 1) if is_more else 1


def _cursor_at(
    order: Order, rows: list[Customer], at: int, index: int, *, is_backward: bool
) -> str:
    if not rows:
        return ""
    return str(Cursor(is_backward, index, rows[at].pk, order.of(rows[at])))


def _beyond(order: Order, cursor: Cursor) -> Func:
    """(key, id) < (value, id), or >: one range of the index, whatever stands in the key."""
    sign = "<" if order.is_descending != cursor.is_backward else ">"
    ours = _row(order.key, F("pk"))
    theirs = _row(Value(cursor.key), Value(cursor.pk))
    return Func(
        ours,
        theirs,
        arg_joiner=f" {sign} ",
        template="%(expressions)s",
        output_field=BooleanField(),
    )


def _hidden(key: Expression | F) -> Func:
    """The same value. The planner sees through NULLIF(x, NULL) and the like, not through this."""
    return Func(key, template="GREATEST(%(expressions)s)")


def _row(*parts: Any) -> Func:
    return Func(*parts, template="(%(expressions)s)", output_field=BooleanField())
