"""What the clock sets off: scheduled starts, waves, triggers, and who is due on a journey.

Everything due stands in Postgres, so a tick that was lost or killed is made good by the next.
"""

from datetime import datetime

from django.db import transaction

from campaigns.exceptions import CampaignRefused
from campaigns.models import Campaign, Enrolment
from campaigns.queries.journeys import journey_of
from campaigns.services.audience import audience_of
from campaigns.services.dispatch import ASKED_SECONDS
from campaigns.services.enrolling import enrol
from campaigns.services.expansion import ask_to_expand
from campaigns.services.freezing import take_snapshot
from campaigns.services.launch import start
from campaigns.services.schedules import next_wave_after
from campaigns.services.triggers import fulfilled
from segmentation.rules import RuleRefused
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.queue import enqueue_unless_asked

State, Schedule = Campaign.State, Campaign.Schedule


def tick(*, clinic: Clinic, at: datetime) -> None:
    """One look at the clock. Needs a scope that may commit step by step; each step is safe."""
    due = Campaign.objects.filter(state=State.SCHEDULED, starts_at__lte=at)
    for campaign_id in _ids(due):
        start_scheduled(campaign_id=campaign_id, clinic=clinic, at=at)
    running = Campaign.objects.filter(state=State.RUNNING)
    for campaign_id in _ids(running.filter(schedule=Schedule.RECURRING, next_wave_at__lte=at)):
        send_wave(campaign_id=campaign_id, clinic=clinic, at=at)
    nudge_journeys(at=at)


def follow_triggers(*, clinic: Clinic, at: datetime) -> None:
    """Enrol whoever fulfils a trigger now. Asked more seldom: some triggers read every account."""
    running = Campaign.objects.filter(state=State.RUNNING, schedule=Schedule.TRIGGER)
    for campaign_id in _ids(running):
        enrol_fulfilled(campaign_id=campaign_id, clinic=clinic, at=at)
    nudge_journeys(at=at)


def _ids(campaigns) -> list[int]:
    with transaction.atomic():
        return list(campaigns.order_by("pk").values_list("pk", flat=True))


def _lock(campaign_id: int, **still) -> Campaign | None:
    """The campaign in our hands, if it still is as it was found; another worker was faster."""
    rows = Campaign.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.filter(pk=campaign_id, **still).first()


@transaction.atomic
def start_scheduled(*, campaign_id: int, clinic: Clinic, at: datetime) -> None:
    campaign = _lock(campaign_id, state=State.SCHEDULED)
    if campaign is not None:
        start(campaign, clinic, at=at, by=campaign.owner)


@transaction.atomic
def send_wave(*, campaign_id: int, clinic: Clinic, at: datetime) -> None:
    """Freeze the audience of today under the wave's own day, and set the next wave."""
    campaign = _lock(campaign_id, state=State.RUNNING, next_wave_at__lte=at)
    if campaign is None or campaign.next_wave_at is None:
        return
    wave_on = local_day(clinic.zone, at)
    if campaign.ends_on is None or wave_on <= campaign.ends_on:
        take_snapshot(campaign=campaign, at=at, occasion=wave_on.isoformat())
        ask_to_expand(campaign.pk)
    campaign.next_wave_at = next_wave_after(campaign, clinic, at)
    campaign.save(update_fields=["next_wave_at"])


@transaction.atomic
def enrol_fulfilled(*, campaign_id: int, clinic: Clinic, at: datetime) -> int:
    """Enrol whoever newly fulfils the trigger, once on each occasion; how many."""
    campaign = _lock(campaign_id, state=State.RUNNING)
    today = local_day(clinic.zone, at)
    if campaign is None or (campaign.ends_on is not None and today > campaign.ends_on):
        return 0
    try:
        people = audience_of(campaign).values("pk").query.sql_with_params()
        occasions = fulfilled(campaign, clinic, on=today)
    except (RuleRefused, CampaignRefused):
        return 0  # the segment's page and the review say what is wrong with it
    if occasions is None:
        return 0
    sql, params = occasions
    within = (
        f"SELECT DISTINCT ON (found.id, found.occasion) found.id, found.occasion"  # noqa: S608
        f" FROM ({sql}) AS found (id, occasion)"
        f" WHERE found.id IN ({people[0]}) ORDER BY found.id, found.occasion"
    )
    return enrol(
        campaign=campaign,
        journey=journey_of(campaign),
        clinic=clinic,
        audience=(within, [*params, *people[1]]),
        at=at,
    ).n


def nudge_journeys(*, at: datetime) -> None:
    """Ask for a walk of each running campaign on whose journey somebody is due."""
    with transaction.atomic():
        due = Enrolment.objects.filter(due_at__lte=at, campaign__state=State.RUNNING)
        for campaign_id in due.order_by().values_list("campaign", flat=True).distinct():
            enqueue_unless_asked(
                "campaigns.advance", within_seconds=ASKED_SECONDS, campaign_id=campaign_id
            )
