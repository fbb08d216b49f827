"""What campaigns did with a customer stands in the way of taking their import back."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import Enrolment, Message
from customers.newer_rows import register


def register_rules() -> None:
    register(Enrolment, _("Customers taken into campaigns"))
    register(Message, _("Messages to customers"))
