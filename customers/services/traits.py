"""What the staff say about a customer's leanings; it wins over what the purchases tell."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, CustomerTrait
from tenancy.models import Membership
from tenancy.services.audit import record


@transaction.atomic
def say(*, customer: Customer, aspect: str, value: str, by: Membership, at: datetime) -> None:
    """Set one aspect by hand; value "" leaves it to the purchases again."""
    if value:
        CustomerTrait.objects.update_or_create(
            customer=customer,
            aspect=aspect,
            defaults={"value": value, "said_by": by, "said_at": at},
        )
    else:
        CustomerTrait.objects.filter(customer=customer, aspect=aspect).delete()
    detail = {"aspect": aspect, "value": value}
    record(action="customer.trait_said", by=by, subject=customer, detail=detail)
