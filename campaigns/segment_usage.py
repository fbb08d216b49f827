"""Campaigns use segments and lists: while one is open its segment keeps its rule, and for ever it
stays."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import AudiencePart, Campaign
from segmentation.models import CustomerList, Segment
from segmentation.usage import Use, register_list_usage, register_usage

OVER = (Campaign.State.FINISHED, Campaign.State.CANCELLED)


def campaigns_of(segment: Segment) -> Iterable[Use]:
    """Whose audience it is, or a part of, in or out."""
    parts = AudiencePart.objects.filter(segment=segment).values("campaign")
    return _uses(Q(segment=segment) | Q(pk__in=parts))


def campaigns_of_list(customer_list: CustomerList) -> Iterable[Use]:
    return _uses(Q(customer_list=customer_list))


def _uses(meant: Q) -> list[Use]:
    return [
        Use(
            _("the campaign"),
            campaign.name,
            reverse("campaigns:detail", args=[campaign.pk]),
            is_history=campaign.state in OVER,
        )
        for campaign in Campaign.objects.filter(meant)
    ]


def register() -> None:
    register_usage(campaigns_of)
    register_list_usage(campaigns_of_list)
