"""Who is known already by a phone, e-mail, card or WeChat id that is being typed in."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from customers.models import ContactPoint, Customer, Identity
from customers.queries.search import visible_customers
from tenancy.models import Branch

MOST_SHOWN = 5


@dataclass
class KnownPerson:
    """by: what they share with what was typed, in the order it was asked for."""

    customer: Customer
    by: list[str] = field(default_factory=list)


def known_people(
    *,
    phones: Collection[str] = (),
    emails: Collection[str] = (),
    identities: Iterable[tuple[str, str]] = (),
    branch: Branch | None,
    without: int | None = None,
) -> list[KnownPerson]:
    """At most MOST_SHOWN people whom this reader may see; values as they are stored.

    identities: (source, external id). without: the customer who is being edited.
    """
    found: dict[int, list[str]] = {}
    contact = Q(kind="phone", value__in=phones) | Q(kind="email", value__in=emails)
    if phones or emails:
        points = ContactPoint.objects.filter(contact).values_list("customer_id", "value")
        for pk, value in points[: 10 * MOST_SHOWN]:
            found.setdefault(pk, []).append(value)
    for source, external_id in identities:
        rows = Identity.objects.filter(source=source, external_id=external_id)
        for pk in rows.values_list("customer_id", flat=True):
            found.setdefault(pk, []).append(external_id)
    found.pop(without or 0, None)
    if not found:
        return []
    people = visible_customers(branch).filter(pk__in=found).select_related("home_branch")
    return [KnownPerson(one, found[one.pk]) for one in people.order_by("pk")[:MOST_SHOWN]]
