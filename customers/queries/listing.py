"""One page of the customers' list: the rows, and what stands beside each name."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OrderBy, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject

from customers.models import ContactPoint, Customer, CustomerTag, Sale
from customers.queries.contacts import CONTACT_FIELDS, Contact, read_contacts
from customers.queries.gathering import THIS_CUSTOMER

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
    sales = Sale.objects.filter(customer=THIS_CUSTOMER).order_by().values("customer")
    return Coalesce(Subquery(sales.annotate(net=Sum("net_minor")).values("net")), 0)


def list_page(customers: QuerySet[Customer], *, sort: str, number: int, in_clear: bool) -> ListPage:
    """Page `number` (1…LAST_PAGE) in two queries, however many customers there are.

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
    """What stands beside these names, in one query."""
    found = _beside([customer.pk for customer in customers])
    return [_row(customer, found[customer.pk], in_clear=in_clear) for customer in customers]


@dataclass
class _Beside:
    """What was found of one customer, in no order."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    net_minor: int = 0


def _row(customer: Customer, beside: _Beside, *, in_clear: bool) -> CustomerRow:
    rows = sorted(beside.contacts, key=lambda row: (not row["is_primary"], row["pk"]))
    contacts = read_contacts(rows, in_clear=in_clear)
    tags = sorted(beside.tags)
    return CustomerRow(
        customer=customer,
        phone=_first(contacts, "phone"),
        email=_first(contacts, "email"),
        tags=tags[:MOST_TAGS_SHOWN],
        n_more_tags=max(0, len(tags) - MOST_TAGS_SHOWN),
        net_minor=beside.net_minor,
    )


def _beside(customer_ids: list[int]) -> dict[int, _Beside]:
    """Contacts, tags and net spend of each customer, in one query.

    Three legs of a union and not subqueries a customer: where the planner does not know a clinic
    yet, each of those would walk through all its rows.
    """
    found: dict[int, _Beside] = defaultdict(_Beside)
    if not customer_ids:
        return found
    points, links, sales = (
        model.objects.filter(customer__in=customer_ids).order_by()
        for model in (ContactPoint, CustomerTag, Sale)
    )
    net = sales.values("customer").annotate(net=Sum("net_minor"))
    legs = [
        points.values_list("customer", Value("contact"), JSONObject(**CONTACT_FIELDS)),
        links.values_list("customer", Value("tag"), JSONObject(name="tag__name")),
        net.values_list("customer", Value("spend"), JSONObject(net_minor="net")),
    ]
    for customer_id, kind, row in legs[0].union(*legs[1:], all=True):
        beside = found[customer_id]
        if kind == "contact":
            beside.contacts.append(row)
        elif kind == "tag":
            beside.tags.append(row["name"])
        else:
            beside.net_minor = row["net_minor"]
    return found


def _first(contacts: list[Contact], kind: str) -> Contact | None:
    return next((contact for contact in contacts if contact.kind == kind), None)
