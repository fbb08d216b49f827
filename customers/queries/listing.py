"""One page of the customers' list: the rows, and what stands beside each name."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OrderBy, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from customers.models import Customer, CustomerTag, Sale
from customers.queries.contacts import Contact, contacts_of

PAGE_SIZE = 50
LAST_PAGE = 200  # deeper, narrowing down is quicker for everybody than turning pages
MOST_TAGS_SHOWN = 3


@dataclass(frozen=True)
class CustomerRow:
    """A customer as the list shows them. net_minor: spent since the first sale, less refunds."""

    customer: Customer
    phone: Contact | None
    email: Contact | None
    tags: list[str]
    n_more_tags: int
    net_minor: int


@dataclass(frozen=True)
class ListPage:
    """Rows of one page; the number of all pages is not known and not needed."""

    rows: list[CustomerRow]
    number: int
    has_next: bool
    is_last_reachable: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def first_index(self) -> int:
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last_index(self) -> int:
        return self.first_index + len(self.rows) - 1

    @property
    def next_number(self) -> int:
        return self.number + 1

    @property
    def previous_number(self) -> int:
        return self.number - 1


# Both directions of a sort walk one index the two ways.
SORTS: dict[str, tuple[OrderBy | str, ...]] = {
    "-last_visit": (F("last_visit_on").desc(nulls_last=True), "-pk"),
    "last_visit": (F("last_visit_on").asc(nulls_first=True), "pk"),
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "-spend": ("-spent_minor", "-pk"),
    "spend": ("spent_minor", "pk"),
}
DEFAULT_SORT = "-last_visit"


def sorted_customers(customers: QuerySet[Customer], sort: str) -> QuerySet[Customer]:
    """In the order asked for; an unknown order is the default one."""
    keys = SORTS.get(sort, SORTS[DEFAULT_SORT])
    if sort in ("spend", "-spend"):
        customers = customers.annotate(spent_minor=_spent())
    return customers.order_by(*keys)


def _spent() -> Coalesce:
    sales = Sale.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
    return Coalesce(Subquery(sales.annotate(net=Sum("net_minor")).values("net")), 0)


def list_page(customers: QuerySet[Customer], *, sort: str, number: int, in_clear: bool) -> ListPage:
    """Page `number` (1…LAST_PAGE) in four queries, however many customers there are.

    in_clear: the reader may see phones and e-mails.
    """
    number = min(max(number, 1), LAST_PAGE)
    start = (number - 1) * PAGE_SIZE
    ordered = sorted_customers(customers, sort).select_related("home_branch", "consultant__user")
    found = list(ordered[start : start + PAGE_SIZE + 1])
    rows = rows_of(found[:PAGE_SIZE], in_clear=in_clear)
    has_more = len(found) > PAGE_SIZE
    return ListPage(rows, number, has_more and number < LAST_PAGE, has_more)


def rows_of(customers: list[Customer], *, in_clear: bool) -> list[CustomerRow]:
    """What stands beside these names, in three queries."""
    ids = [customer.pk for customer in customers]
    contacts = contacts_of(ids, in_clear=in_clear) if ids else {}
    tags = _tags(ids) if ids else {}
    spent = net_spend(ids) if ids else {}
    return [
        CustomerRow(
            customer=customer,
            phone=_first(contacts.get(customer.pk, []), "phone"),
            email=_first(contacts.get(customer.pk, []), "email"),
            tags=tags.get(customer.pk, [])[:MOST_TAGS_SHOWN],
            n_more_tags=max(0, len(tags.get(customer.pk, [])) - MOST_TAGS_SHOWN),
            net_minor=spent.get(customer.pk, 0),
        )
        for customer in customers
    ]


def net_spend(customer_ids: list[int]) -> Mapping[int, int]:
    """{customer: net of all sales and refunds, minor units}; who never bought is left out."""
    sales = Sale.objects.filter(customer__in=customer_ids).order_by().values("customer")
    return {row["customer"]: row["net"] for row in sales.annotate(net=Sum("net_minor"))}


def _tags(customer_ids: list[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    links: Any = CustomerTag.objects.filter(customer__in=customer_ids).order_by("tag__name")
    for customer_id, name in links.values_list("customer", "tag__name"):
        names[customer_id].append(name)
    return names


def _first(contacts: list[Contact], kind: str) -> Contact | None:
    return next((contact for contact in contacts if contact.kind == kind), None)
