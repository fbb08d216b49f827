"""A new draft like an old campaign: for what may not be changed any more, or to do it again."""

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import AudiencePart, Campaign, Step, Variant
from tenancy.models import Membership

NAME_LENGTH = Campaign._meta.get_field("name").max_length

# What is the copy's own. It loses its schedule: nobody should find that a copy was sent.
FRESH = {
    "state": Campaign.State.DRAFT,
    "schedule": Campaign.Schedule.ONCE,
    "starts_at": None,
    "repeats_every_days": None,
    "next_wave_at": None,
    "ends_on": None,
    "trigger": "",
    "trigger_days": 0,
    "trigger_detail": "",
    "flow_key": "",
    "approved_by": None,
    "approved_at": None,
    "stopped_by_budget_at": None,
    "job": None,
    "launched_at": None,
    "launched_on": None,
}


@transaction.atomic
def copy(*, campaign: Campaign, by: Membership | None) -> Campaign:
    """A draft with the same audience, journey and words, owned by whoever copied it."""
    original = Campaign.objects.get(pk=campaign.pk)
    made = Campaign.objects.get(pk=campaign.pk)
    made.pk, made._state.adding = None, True
    made.name = (_("Copy of %(name)s") % {"name": original.name})[:NAME_LENGTH]
    made.owner = by
    for name, value in FRESH.items():
        setattr(made, name, value)
    made.save()
    AudiencePart.objects.bulk_create(
        AudiencePart(campaign=made, segment_id=part.segment_id, is_excluded=part.is_excluded)
        for part in original.audience_parts.all()
    )
    for step in original.steps.all():
        _copy_step(step, made)
    return made


def _copy_step(step: Step, campaign: Campaign) -> None:
    variants = list(step.variants.all())
    step.pk, step._state.adding, step.campaign = None, True, campaign
    step.save()
    for variant in variants:
        variant.pk, variant._state.adding, variant.step = None, True, step
    Variant.objects.bulk_create(variants)
