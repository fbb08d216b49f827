"""Where a merged customer's id leads."""

from customers.models import Customer


def resolve(customer_id: int) -> int | None:
    """The customer who now stands for this id: itself, who it was merged into, None if unknown."""
    found = Customer.with_merged.filter(pk=customer_id).values_list("pk", "merged_into_id").first()
    return None if found is None else found[1] or found[0]


def ids_that_led_to(customer_id: int) -> list[int]:
    """The ids of everybody who was merged into this customer."""
    rows = Customer.with_merged.filter(merged_into=customer_id).order_by("pk")
    return list(rows.values_list("pk", flat=True))
