"""What an address of the customers' list asks for: `?q=wang&stage=dormant&where={…}&sort=-spend`.

Page, count, bulk work and export read it in this one place, so they mean the same customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from customers import filters
from customers.models import Customer
from customers.queries import TextSearch, count_and_value, read_search, visible_customers
from customers.queries.counting import CountAndValue
from customers.queries.paging import DEFAULT_SORT, SORTS
from tenancy.models import Branch

MOST_CONDITIONS = 20
NOT_KEPT = frozenset({"q", "page"})


@dataclass(frozen=True)
class ListAddress:
    """refused: conditions that cannot be read, each with the reason. columns: [] for the usual."""

    text: str
    mentioned: list[filters.ChosenFilter]
    conditions: list[filters.Condition]
    refused: list[str]
    sort: str
    columns: list[str]
    view: int | None
    kept: list[tuple[str, str]]

    @property
    def is_filtered(self) -> bool:
        return bool(self.mentioned or self.conditions)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.is_filtered)

    @property
    def saved(self) -> Mapping[str, Any]:
        """As a saved view keeps it: {"filters": {key: values}, "columns": […], "sort": …}."""
        asked: dict[str, list[str]] = {}
        for key, value in self.kept:
            if key not in {"sort", "column", "view"}:
                asked.setdefault(key, []).append(value)
        return {"filters": asked, "columns": self.columns, "sort": self.sort}


@dataclass(frozen=True)
class Asked:
    """The customers of an address. text: None where nobody is searched for."""

    address: ListAddress
    filtered: QuerySet[Customer]
    text: TextSearch | None
    is_of_branch: bool = False

    @property
    def customers(self) -> QuerySet[Customer]:
        return self.filtered if self.text is None else self.text.among(self.filtered)

    @property
    def totals(self) -> CountAndValue | None:
        """How many and what they spent; None where a search finds too many to count by the way."""
        if self.text is None or self.text.is_rare:
            return count_and_value(self.customers)
        return None


def read_address(query: QueryDict, *, on: date, currency: str) -> ListAddress:
    """Whatever nobody offers is left out and told; nothing in an address is an error."""
    conditions, refused = filters.read_conditions(
        query.getlist("where")[:MOST_CONDITIONS], on=on, currency=currency, query=query
    )
    sort, view = query.get("sort", ""), query.get("view", "")
    return ListAddress(
        text=query.get("q", "").strip(),
        mentioned=filters.read_filters(query),
        conditions=conditions,
        refused=refused,
        sort=sort if sort in SORTS else DEFAULT_SORT,
        columns=query.getlist("column"),
        view=int(view) if view.isascii() and view.isdigit() and len(view) < 19 else None,
        kept=[
            (key, value) for key, values in query.lists() if key not in NOT_KEPT for value in values
        ],
    )


def customers_of(
    address: ListAddress, *, branch: Branch | None, by_number: bool, on: date
) -> Asked:
    """The customers whom the reader may see and the address means.

    by_number: the reader may see phones. on: the clinic's today.
    """
    condition = filters.condition_of(address.mentioned, on=on)
    for one in address.conditions:
        condition &= one.condition
    found = visible_customers(branch).filter(condition)
    text = read_search(address.text, by_number=by_number) if address.text else None
    return Asked(address, found, text, branch is not None)
