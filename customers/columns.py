"""The columns of the customers' list: which there are, which somebody chose, and what they show.

Apps above add theirs in `AppConfig.ready()`:

    register_column(ListColumn("tier", _("Tier"), "loyalty/_tier_cell.html", found=tiers_of))

Whatever columns are chosen, one query brings the cells of a page: each `found` is one leg of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.queries.listing import MOST_TAGS_SHOWN, CustomerRow, rows_of

Text = str | Promise


@dataclass(frozen=True)
class ListColumn:
    """A column between the name and the end of the row; not drawn where its cell is None.

    template: finds the cell as `cell`; "" prints it.
    found: ids of one page → rows with `customer`, annotated with `cell`; a leg of the one union.
    of: row → cell, for what the row knows already. Give one of the two.
    sort: the name of its order. is_shown: also for somebody who chose no columns.
    is_hidden_on_phone: a card holds only what is needed to tell people apart.
    plain: cell → what an exported file says.
    """

    key: str
    label: Text
    template: str = ""
    found: Callable[[list[int]], QuerySet[Any]] | None = None
    of: Callable[[CustomerRow], Any] | None = None
    order: int = 50
    sort: str = ""
    align: str = ""
    is_shown: bool = False
    is_hidden_on_phone: bool = False
    plain: Callable[[Any], object] | None = None


_columns: dict[str, ListColumn] = {}


def register_column(column: ListColumn) -> None:
    """Add a column to the list; a second one of the same key takes the first one's place."""
    _columns[column.key] = column


def columns() -> list[ListColumn]:
    """Every column there is, in the order of the list."""
    return sorted(_columns.values(), key=lambda column: (column.order, column.key))


def chosen_columns(keys: Iterable[str] = ()) -> list[ListColumn]:
    """The columns named, in the order of the list; those shown to everybody where none is known."""
    wanted = set(keys)
    chosen = [column for column in columns() if column.key in wanted]
    return chosen or [column for column in columns() if column.is_shown]


def lines_of(
    customers: list[Customer],
    *,
    chosen: list[ListColumn] | None = None,
    in_clear: bool,
    n_tags: int | None = MOST_TAGS_SHOWN,
) -> Mapping[str, Any]:
    """What `customers/_table.html` draws, in one query: columns, each row with its cells in order.

    in_clear: the reader may see phones and e-mails. n_tags: beside the name; None for all.
    """
    drawn = chosen_columns() if chosen is None else chosen
    legs = {column.key: column.found for column in drawn if column.found}
    rows = rows_of(customers, in_clear=in_clear, legs=legs, n_tags=n_tags)
    return {
        "columns": drawn,
        "lines": [(row, [(column, _cell(column, row)) for column in drawn]) for row in rows],
    }


def _cell(column: ListColumn, row: CustomerRow) -> Any:
    return column.of(row) if column.of else row.found.get(column.key)


def _own(key: str, label: Text, of: Callable[[CustomerRow], Any], **more: Any) -> None:
    register_column(ListColumn(key, label, of=of, **more))


def register_own_columns() -> None:
    """What the customers' own records say."""
    _own(
        "last_visit", _("Last visit"), lambda row: row.customer, order=30, sort="last_visit",
        template="customers/cells/last_visit.html", is_shown=True,
    )  # fmt: skip
    _own(
        "contact", _("Phone or e-mail"), lambda row: row.phone or row.email, order=31,
        template="customers/cells/contact.html", is_shown=True,
    )  # fmt: skip
    _own(
        "phone",
        _("Phone"),
        lambda row: row.phone,
        order=32,
        template="customers/cells/contact.html",
    )
    _own(
        "email",
        _("E-mail"),
        lambda row: row.email,
        order=33,
        template="customers/cells/contact.html",
    )
    _own(
        "branch", _("Branch"), lambda row: row.customer.home_branch, order=34, is_shown=True,
        is_hidden_on_phone=True,
    )  # fmt: skip
    _own(
        "consultant", _("Consultant"), lambda row: row.customer.consultant, order=35,
        is_shown=True, is_hidden_on_phone=True,
    )  # fmt: skip
    _own("gender", _("Gender"), lambda row: row.customer.get_gender_display() or None, order=40)
    _own(
        "birth_on", _("Date of birth"), lambda row: row.customer.birth_on, order=41,
        template="customers/cells/day.html",
    )  # fmt: skip
    _own("city", _("City"), lambda row: row.customer.city or None, order=42)
    _own("source", _("Source"), lambda row: row.customer.acquisition_source or None, order=43)
    _own(
        "known_since", _("Known since"), lambda row: row.customer.known_since_on, order=44,
        template="customers/cells/day.html",
    )  # fmt: skip
    _own(
        "spend", _("Net spend"), lambda row: row.customer.spent_minor, order=90, sort="spend",
        align="end", template="customers/cells/money.html", is_shown=True,
    )  # fmt: skip
