"""What care adds to segments: calls that were made."""

from django.utils.translation import gettext_lazy as _

from care.models import Task
from segmentation.events import EventDetail, EventKind, register_event


def register_events() -> None:
    register_event(
        EventKind(
            "call", _("Call made"), "care", day="done_at", is_instant=True,
            rows=lambda: Task.objects.filter(done_at__isnull=False),
            did=_("whom we called%(details)s%(times)s%(period)s"),
            did_not=_("whom we have not called%(details)s%(period)s"),
            details=(
                EventDetail("outcome", _("Outcome"), "outcome", _(" (%(value)s)"),
                            choices=lambda: Task.Outcome.choices),
            ),
        )
    )  # fmt: skip
