"""What an erasure means to campaigns: what still waits is left out, the address is forgotten."""

from campaigns.gates import Reason
from campaigns.models import Message, Suppression
from campaigns.services.leaving import leave_out as leave_out_messages
from customers.erasure_steps import ErasedPerson


def leave_out(person: ErasedPerson) -> None:
    waiting = Message.objects.filter(customer_id__in=person.ids, state=Message.State.QUEUED)
    leave_out_messages(waiting, Reason.ERASED)
    addresses = [*person.phones, *(email.lower() for email in person.emails), *person.emails]
    Suppression.objects.filter(address__in=addresses).delete()
