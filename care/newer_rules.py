"""When calls stand in the way of taking an import back: once somebody made them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from care.models import Task
from customers.newer_rows import register


def register_rules() -> None:
    register(Task, _("Calls made"), lambda _file: Q(done_at__isnull=False))
