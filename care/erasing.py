"""What an erasure means to calls: nobody is to be called any more."""

from care.models import Task
from customers.erasure_steps import ErasedPerson


def drop_open_calls(person: ErasedPerson) -> None:
    Task.objects.filter(customer_id__in=person.ids, done_at__isnull=True).delete()
