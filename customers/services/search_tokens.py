"""Keep the search tokens of customers in step with their names, contacts and ids."""

from collections import defaultdict
from collections.abc import Collection

from django.db import connection, transaction

from customers.models import ContactPoint, Customer, Identity, SearchToken
from customers.search_words import tokens_of
from customers.services.bulk_rows import insert_columns
from tenancy.scope import current_clinic_id


@transaction.atomic
def rebuild(customer_ids: Collection[int]) -> None:
    """Bring the tokens of these customers to what they should be; unchanged ones stay untouched."""
    ids = list(customer_ids)
    if not ids:
        return
    wanted = _wanted(ids)
    current = set(
        SearchToken.objects.filter(customer_id__among=ids).values_list("customer_id", "token")
    )
    _delete(current - wanted)
    add(wanted - current)


def add(new: Collection[tuple[int, str]]) -> None:
    """Write (customer, token), of which none stands there yet."""
    if new:
        customers, tokens = zip(*new, strict=True)
        columns = {"customer_id": customers, "token": tokens}
        insert_columns(SearchToken, columns, on_conflict="DO NOTHING")


def rebuild_all(*, chunk: int = 5_000) -> int:
    """Every customer of the clinic, for a repair; the number of customers."""
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), chunk):
        rebuild(ids[start : start + chunk])
    return len(ids)


def _wanted(ids: list[int]) -> set[tuple[int, str]]:
    """(customer, token) of everything these customers shall be found by."""
    contacts: dict[tuple[int, str], list[str]] = defaultdict(list)
    for pk, kind, value in ContactPoint.objects.filter(customer_id__among=ids).values_list(
        "customer_id", "kind", "value"
    ):
        contacts[pk, kind].append(value)
    external_ids: dict[int, list[str]] = defaultdict(list)
    for pk, external_id in Identity.objects.filter(customer_id__among=ids).values_list(
        "customer_id", "external_id"
    ):
        external_ids[pk].append(external_id)
    names = Customer.objects.filter(pk__among=ids).values_list("pk", "name")
    return {
        (pk, token)
        for pk, name in names
        for token in tokens_of(
            name=name,
            phones=contacts[pk, "phone"],
            emails=contacts[pk, "email"],
            external_ids=external_ids[pk],
        )
    }


def _delete(stale: set[tuple[int, str]]) -> None:
    if not stale:
        return
    customers, tokens = zip(*stale, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM customers_searchtoken t USING unnest(%s::bigint[], %s::text[])"
            " AS stale(customer_id, token) WHERE t.clinic_id = %s"
            " AND t.customer_id = stale.customer_id AND t.token = stale.token",
            [list(customers), list(tokens), current_clinic_id()],
        )
