"""One page of the customers' list: the rows, and what stands beside each name."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import JSONObject

from customers.models import ContactPoint, Customer, CustomerTag
from customers.queries.ahead import near_or_gathered
from customers.queries.contacts import CONTACT_FIELDS, Contact, read_contacts
from customers.queries.paging import (
    DEFAULT_SORT,
    LATEST_FIRST,
    PAGE_SIZE,
    SORTS,
    Found,
    page_of,
)
from customers.queries.search import TextSearch

__all__ = [
    "DEFAULT_SORT",
    "LATEST_FIRST",
    "PAGE_SIZE",
    "SORTS",
    "CustomerRow",
    "Found",
    "list_page",
    "rows_of",
]

MOST_TAGS_SHOWN = 3
Legs = Mapping[str, Callable[[list[int]], QuerySet[Any]]]


@dataclass(frozen=True)
class CustomerRow:
    """A customer as the list shows them. found: what the legs brought, by the leg's key."""

    customer: Customer
    phone: Contact | None
    email: Contact | None
    tags: list[str]
    n_more_tags: int
    found: Mapping[str, Any]

    @property
    def net_minor(self) -> int:
        """Spent since the first sale, less refunds."""
        return self.customer.spent_minor


def list_page(
    customers: QuerySet[Customer],
    *,
    sort: str,
    at: str,
    text: TextSearch | None = None,
    is_filtered: bool = False,
) -> Found:
    """The page that a cursor of `page_of` asks for, in one query for any number of customers.

    text: only those it finds; takes a second query where it finds very many. is_filtered: who fits
    may stand anywhere in the order; takes a second query, or a third where they stand far away.
    """
    found = customers.select_related("home_branch", "consultant__user")
    if text is None:
        return page_of(found, sort=sort, at=at, narrow=near_or_gathered if is_filtered else None)
    return text.page(found, sort=sort, at=at, size=PAGE_SIZE, is_narrowed=is_filtered)


def rows_of(
    customers: list[Customer],
    *,
    in_clear: bool,
    legs: Legs | None = None,
    n_tags: int | None = MOST_TAGS_SHOWN,
) -> list[CustomerRow]:
    """What stands beside these names, in one query.

    in_clear: the reader may see phones and e-mails.
    legs: key → (ids → values_list("customer", JSON)), for what other tables say of them.
    """
    found = _beside([customer.pk for customer in customers], legs or {})
    return [
        _row(customer, found[customer.pk], in_clear=in_clear, n_tags=n_tags)
        for customer in customers
    ]


@dataclass
class _Beside:
    """What was found of one customer, in no order."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    legs: dict[str, Any] = field(default_factory=dict)


def _row(customer: Customer, beside: _Beside, *, in_clear: bool, n_tags: int | None) -> CustomerRow:
    rows = sorted(beside.contacts, key=lambda row: (not row["is_primary"], row["pk"]))
    contacts = read_contacts(rows, in_clear=in_clear)
    tags = sorted(beside.tags)
    return CustomerRow(
        customer=customer,
        phone=_first(contacts, "phone"),
        email=_first(contacts, "email"),
        tags=tags[:n_tags],
        n_more_tags=len(tags[n_tags:]) if n_tags is not None else 0,
        found=beside.legs,
    )


def _beside(customer_ids: list[int], legs: Legs) -> dict[int, _Beside]:
    """Contacts, tags and the legs' facts of each customer, in one query.

    Legs of a union and not subqueries a customer: where the planner does not know a clinic yet,
    each of those would walk through all its rows.
    """
    found: dict[int, _Beside] = defaultdict(_Beside)
    if not customer_ids:
        return found
    points, links = (
        model.objects.filter(customer__in=customer_ids).order_by()
        for model in (ContactPoint, CustomerTag)
    )
    first = points.values_list("customer", Value("contact"), JSONObject(**CONTACT_FIELDS))
    more = [links.values_list("customer", Value("tag"), JSONObject(cell="tag__name"))]
    for key, leg in legs.items():
        more.append(_leg(key, leg(customer_ids)))
    for customer_id, kind, row in first.union(*more, all=True):
        beside = found[customer_id]
        if kind == "contact":
            beside.contacts.append(row)
        elif kind == "tag":
            beside.tags.append(row["cell"])
        else:
            beside.legs[kind.removeprefix("leg:")] = row["cell"]
    return found


def _leg(key: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """rows: annotated with `cell`, one a customer."""
    return rows.order_by().values_list("customer", Value(f"leg:{key}"), JSONObject(cell="cell"))


def _first(contacts: list[Contact], kind: str) -> Contact | None:
    return next((contact for contact in contacts if contact.kind == kind), None)
