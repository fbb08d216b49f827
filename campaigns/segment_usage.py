"""Campaigns use segments: while one is open its segment keeps its rule, and for ever it stays."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from segmentation.models import Segment
from segmentation.usage import Use, register_usage

OVER = (Campaign.State.FINISHED, Campaign.State.CANCELLED)


def campaigns_of(segment: Segment) -> Iterable[Use]:
    return [
        Use(_("the campaign"), campaign.name, reverse("campaigns:detail", args=[campaign.pk]),
            is_history=campaign.state in OVER)
        for campaign in Campaign.objects.filter(segment=segment)
    ]  # fmt: skip


def register() -> None:
    register_usage(campaigns_of)
