"""Keeping what campaigns did: a row a day while the window is open, one final row after it."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from analytics.models import ReadOut
from analytics.queries.read_outs import count_read_outs
from campaigns.models import Campaign
from campaigns.services import clinic_holdouts
from tenancy.clock import NIGHT_STARTS, finished_day
from tenancy.models import Clinic, NightlySlot

SLOT = "analytics.measure"
_FIELDS = [
    "is_final", "n_treated", "n_holdout", "n_treated_returned", "n_holdout_returned",
    "treated_net_minor", "holdout_net_minor", "cost_minor", "detail",
]  # fmt: skip


def measure(campaign: Campaign, on: date) -> ReadOut:
    """Count what the campaign did by the end of a day and keep it; repeated, it is counted anew.

    A closed window is measured at its last day. Once the row is final it stays as it is.
    Raises ValueError for a campaign that was never launched.
    """
    if campaign.launched_on is None:
        raise ValueError(f"Campaign {campaign.pk} was never launched: there is nothing to measure.")
    return measure_all([campaign], on)[0]


@transaction.atomic
def measure_all(campaigns: list[Campaign], on: date) -> list[ReadOut]:
    """`measure` for many launched campaigns, in a fixed number of queries."""
    kept = {row.campaign_id: row for row in _final_rows(campaigns)}
    counted = count_read_outs([c for c in campaigns if c.pk not in kept], on=on)
    ReadOut.objects.bulk_create(
        counted.values(),
        update_conflicts=True,
        unique_fields=["clinic", "campaign", "measured_on"],
        update_fields=_FIELDS,
    )
    every = kept | counted
    return [every[campaign.pk] for campaign in campaigns]


def _final_rows(campaigns: list[Campaign]) -> list[ReadOut]:
    return list(ReadOut.objects.filter(campaign__in=campaigns, is_final=True))


def is_due(clinic: Clinic, *, at: datetime) -> bool:
    """Whether this night's measuring is still to be done. In the scope of the clinic."""
    if at.astimezone(clinic.zone).time() < NIGHT_STARTS:
        return False  # the evening's last sales may still be on their way
    slot_on = finished_day(clinic.zone, at)
    return not NightlySlot.objects.filter(job=SLOT, slot_on=slot_on).exists()


@transaction.atomic
def measure_night(clinic: Clinic, *, at: datetime) -> list[ReadOut]:
    """Measure every campaign whose result may still change, once a night."""
    day = finished_day(clinic.zone, at)
    _slot, is_ours = NightlySlot.objects.get_or_create(job=SLOT, slot_on=day)
    if is_ours:
        clinic_holdouts.end_due(on=day)
    return measure_all(_unsettled(day), day) if is_ours else []


def _unsettled(day: date) -> list[Campaign]:
    """Launched by that day and without a final read-out."""
    final = ReadOut.objects.filter(campaign=OuterRef("pk"), is_final=True)
    launched = Campaign.objects.filter(launched_on__lte=day)
    return list(launched.exclude(Exists(final)).order_by("pk"))
