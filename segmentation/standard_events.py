"""What happened to a customer by the customers' own records: purchases, visits, appointments…"""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.filters import branch_choices
from customers.models import Appointment, Interaction, Sale, Treatment, Visit
from segmentation.attributes import Choice, Kind
from segmentation.events import EventDetail, EventKind, register_event
from segmentation.models import SegmentMembership
from segmentation.standard_attributes import segment_choices

APP = "segmentation"


def treatment_choices() -> list[Choice]:
    return list(Treatment.objects.order_by("name", "pk").values_list("pk", "name"))


def category_choices() -> list[Choice]:
    named = Treatment.objects.exclude(category="").order_by("category")
    return [(name, name) for name in named.values_list("category", flat=True).distinct()]


def treatments_of(categories: list[str]) -> list[int]:
    named = Treatment.objects.filter(category__in=categories).order_by("pk")
    return list(named.values_list("pk", flat=True))


def sales_that_stand() -> QuerySet[Sale]:
    """Paid sales, less those that were given back in full.

    Only a sale can have a net above 0 (a constraint of the table), so its kind is not asked: what
    else is stands in the index of purchase days.
    """
    refunds = Sale.objects.filter(refund_of__isnull=False).order_by()
    # Refunds are few: the sale of each is looked up, where a join would read all sales.
    whole = Sale.objects.filter(pk=OuterRef("refund_of")).order_by().values("net_minor")
    returned = (
        refunds.values("refund_of")
        .annotate(left=Sum("net_minor") + Subquery(whole))
        .filter(left__lte=0)
    )
    paid = Sale.objects.filter(net_minor__gt=0)
    return paid.exclude(pk__in=returned.values("refund_of"))


def appointments_missed() -> QuerySet[Appointment]:
    return Appointment.objects.filter(status=Appointment.Status.NO_SHOW)


def complaints() -> QuerySet[Interaction]:
    return Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT)


BRANCH = EventDetail("branch", _("Branch"), "branch", _(" at %(value)s"), choices=branch_choices)
TREATMENT = EventDetail(
    "treatment", _("Treatment"), "treatment", _(" for %(value)s"), choices=treatment_choices
)


def register_standard_events() -> None:
    def kind(key: str, label: Any, **more: Any) -> None:
        register_event(EventKind(key, label, APP, **more))

    kind(
        "purchase", _("Purchase"), rows=sales_that_stand, day="counts_on", counted="counts_on",
        did=_("who bought%(details)s%(times)s%(period)s"),
        did_not=_("who have not bought%(details)s%(period)s"),
        details=(
            EventDetail("treatment", _("Treatment"), "lines__treatment", _(" %(value)s"),
                        choices=treatment_choices),
            EventDetail("category", _("Category of treatments"), "lines__treatment",
                        _(" something of %(value)s"), choices=category_choices,
                        resolved=treatments_of),
            EventDetail("amount", _("Amount of the sale"), "net_minor",
                        _(" for at least %(value)s"), kind=Kind.MONEY),
            BRANCH,
        ),
    )  # fmt: skip
    kind(
        "visit", _("Visit"), rows=Visit.objects.all, day="visited_on",
        did=_("who came%(details)s%(times)s%(period)s"),
        did_not=_("who have not come%(details)s%(period)s"), details=(BRANCH,),
    )  # fmt: skip
    kind(
        "appointment", _("Appointment"), rows=Appointment.objects.all, day="starts_at",
        is_instant=True, has_future=True,
        did=_("who have an appointment%(details)s%(times)s%(period)s"),
        did_not=_("who have no appointment%(details)s%(period)s"),
        details=(
            EventDetail("status", _("Status"), "status", _(" (%(value)s)"),
                        choices=lambda: Appointment.Status.choices),
            TREATMENT, BRANCH,
        ),
    )  # fmt: skip
    kind(
        "no_show", _("Missed appointment"), rows=appointments_missed, day="starts_at",
        is_instant=True, did=_("who missed an appointment%(details)s%(times)s%(period)s"),
        did_not=_("who have missed no appointment%(details)s%(period)s"),
        details=(TREATMENT, BRANCH),
    )  # fmt: skip
    kind(
        "refund", _("Refund"), rows=lambda: Sale.objects.filter(kind=Sale.Kind.REFUND),
        day="occurred_on", did=_("who got money back%(details)s%(times)s%(period)s"),
        did_not=_("who have not got money back%(details)s%(period)s"), details=(BRANCH,),
    )  # fmt: skip
    kind(
        "contact", pgettext_lazy("event", "Contact"), rows=Interaction.objects.all,
        day="occurred_at", is_instant=True,
        did=_("who were in contact with us%(details)s%(times)s%(period)s"),
        did_not=_("who have not been in contact with us%(details)s%(period)s"),
        details=(
            EventDetail("kind", _("Kind"), "kind", _(" (%(value)s)"),
                        choices=lambda: Interaction.Kind.choices),
            EventDetail("channel", _("Channel"), "channel", _(" by %(value)s"),
                        choices=lambda: Interaction.Channel.choices),
            EventDetail("direction", _("Who began"), "direction", _(" (%(value)s)"),
                        choices=lambda: Interaction.Direction.choices),
        ),
    )  # fmt: skip
    kind(
        "complaint", _("Complaint"), rows=complaints, day="occurred_at", is_instant=True,
        did=_("who complained%(details)s%(times)s%(period)s"),
        did_not=_("who have not complained%(details)s%(period)s"),
        details=(
            EventDetail("channel", _("Channel"), "channel", _(" by %(value)s"),
                        choices=lambda: Interaction.Channel.choices),
        ),
    )  # fmt: skip
    for key, label, day, did, did_not in (
        ("entered_segment", _("Entered a segment"), "entered_at",
         _("who entered a segment%(details)s%(times)s%(period)s"),
         _("who have not entered a segment%(details)s%(period)s")),
        ("left_segment", _("Left a segment"), "left_at",
         _("who left a segment%(details)s%(times)s%(period)s"),
         _("who have not left a segment%(details)s%(period)s")),
    ):  # fmt: skip
        kind(
            key, label, rows=SegmentMembership.objects.all, day=day, is_instant=True,
            did=did, did_not=did_not,
            details=(EventDetail("segment", _("Segment"), "segment", _(" (%(value)s)"),
                                 choices=segment_choices),),
        )  # fmt: skip
