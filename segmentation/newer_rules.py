"""Scores and memberships never stand in the way of taking an import back: they are made anew."""

from django.utils.translation import gettext_lazy as _

from customers.newer_rows import never, register
from segmentation.models import CustomerListEntry, CustomerScore, SegmentMembership


def register_rules() -> None:
    register(CustomerScore, CustomerScore._meta.verbose_name_plural or "", never)
    register(SegmentMembership, _("Segments"), never)
    register(CustomerListEntry, _("Lists"), never)  # a name on a list goes with its customer
