"""A draft begun from a template for a segment or for named customers, as other systems ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused
from campaigns.library import Ready
from campaigns.models import Campaign, Step, Template, Variant
from campaigns.services.draft import save_draft
from campaigns.services.plan_rules import Plan
from segmentation.models import CustomerList, Segment
from segmentation.services.customer_lists import create_list
from tenancy.clock import local_day
from tenancy.models import Clinic, Membership

LONGEST_NAME = 80  # of a list, beside its day and hour


@dataclass(frozen=True)
class Wish:
    """external_ids: of customers, where there is no segment. The rest is as in `Plan`."""

    name: str
    words: Template | Ready
    segment: Segment | None = None
    external_ids: Sequence[str] = ()
    holdout_percent: int | None = None  # None: the clinic's
    no_holdout_reason: str = ""
    outcome_window_days: int | None = None  # None: the clinic's
    more: dict = field(default_factory=dict)  # further fields of Plan


@transaction.atomic
def begin(*, wish: Wish, clinic: Clinic, by: Membership | None, at: datetime) -> Campaign:
    """Nothing is sent before it is launched.

    Raises CampaignRefused for the plan, DomainError where nobody is found by the ids.
    """
    if wish.words.channel == Template.Channel.PHONE:
        raise CampaignRefused(
            _("This is a script for a call. Begin with a message."), field="template"
        )
    if (wish.segment is None) == (not wish.external_ids):
        raise CampaignRefused(
            _("Say whom it is for: a segment or external ids, one of both."), field="segment"
        )
    listed = _list_of(wish, clinic, by, at) if wish.external_ids else None
    holdout, window = wish.holdout_percent, wish.outcome_window_days
    plan = Plan(
        name=wish.name,
        segment=wish.segment,
        customer_list=listed,
        subject=wish.words.subject or wish.name,
        body=wish.words.body,
        holdout_percent=clinic.holdout_percent if holdout is None else holdout,
        no_holdout_reason=wish.no_holdout_reason,
        outcome_window_days=window or clinic.outcome_window_days,
        **wish.more,
    )
    campaign = save_draft(plan=plan, by=by)
    if wish.words.channel != Template.Channel.EMAIL:
        step = Step.objects.create(
            campaign=campaign, number=1, kind=Step.Kind.MESSAGE, channel=wish.words.channel
        )
        Variant.objects.create(step=step, subject="", body=wish.words.body)
    return campaign


def _list_of(wish: Wish, clinic: Clinic, by: Membership | None, at: datetime) -> CustomerList:
    stamp = f"{local_day(clinic.zone, at)} {at.astimezone(clinic.zone):%H:%M:%S}"
    return create_list(
        name=f"{wish.name.strip()[:LONGEST_NAME]} {stamp}",
        lines=list(dict.fromkeys(wish.external_ids)),
        branch=None,
        by=by,
    )
