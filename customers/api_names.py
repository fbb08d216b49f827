"""A customer by the name another system gave them, as every API view looks one up."""

from rest_framework.exceptions import NotFound

from customers.models import Customer, Identity


def customer_id_or_not_found(source: str, external_id: str) -> int:
    """Raises NotFound, for a foreign id as for an unknown one."""
    if not (source + external_id).isprintable():
        raise NotFound  # NUL is no text to Postgres
    known = Identity.objects.filter(source=source, external_id=external_id)
    customer_id = known.values_list("customer", flat=True).first()
    if customer_id is None:
        raise NotFound
    return customer_id


def customer_or_not_found(source: str, external_id: str) -> Customer:
    """The same, with the row: two queries."""
    customer = Customer.objects.filter(pk=customer_id_or_not_found(source, external_id)).first()
    if customer is None:
        raise NotFound
    return customer
