"""Where the designer shows elsewhere: the profile's menu, and who uses a segment."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.profile_actions import ProfileAction, register_action, to
from loyalty.models import Benefit, Programme
from segmentation.models import Segment
from segmentation.usage import Use, register_usage


def programmes_of(segment: Segment) -> Iterable[Use]:
    """While a programme or a benefit is for a segment, it stays as it is."""
    page = reverse("loyalty:programmes")
    for programme in Programme.objects.filter(eligible_segment=segment):
        is_over = programme.closed_on is not None
        yield Use(_("the programme"), programme.name, page, is_history=is_over)
    page = reverse("loyalty:benefits")
    for benefit in Benefit.objects.filter(segment=segment):
        is_over = benefit.retired_on is not None
        yield Use(_("the benefit"), str(benefit), page, is_history=is_over)


def register() -> None:
    register_usage(programmes_of)
    register_action(
        ProfileAction(
            "enrol", _("Make a member"), "gem", to("loyalty:enrol"), order=45,
            capability="loyalty.redeem",
        )
    )  # fmt: skip
