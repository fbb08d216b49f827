"""From a frozen audience to a running campaign, in turns: a million delays nobody else's hundred.

Each step is a transaction of its own: the snapshot, every batch, the start. A turn does steps for
some seconds, then asks for the next turn and leaves the worker to whoever waits.
"""

import time
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from campaigns.models import Campaign, Enrolment, FrozenBatch, Message
from campaigns.services import dispatch
from campaigns.services.freezing import take_in_next, take_snapshot
from tenancy.clock import local_day
from tenancy.models import Clinic, Job
from tenancy.queue import begin, enqueue_unless_asked
from tenancy.scope import current_clinic_id
from tenancy.statistics import refresh_statistics
from tenancy.turns import try_turn

TASK = "campaigns.launch"
State = Campaign.State
MAY_EXPAND = (State.LAUNCHING, State.RUNNING, State.PAUSED)  # paused, it is taken in, not sent


def ask_to_expand(campaign_id: int) -> None:
    """A turn for the campaign when the transaction commits, unless one waits already."""
    enqueue_unless_asked(TASK, within_seconds=dispatch.ASKED_SECONDS, campaign_id=campaign_id)


def is_unfinished(campaign: Campaign) -> bool:
    """Whether its launch was begun and is not through, though it may be paused."""
    is_open = campaign.job is not None and campaign.job.is_open
    return campaign.state == State.LAUNCHING or (campaign.state == State.PAUSED and is_open)


def expand(*, campaign_id: int, clinic: Clinic, at: datetime, seconds: float | None = None) -> None:
    """Go on with what is frozen, or to be frozen, of a campaign; where none is, do nothing.

    Needs a scope that may commit step by step. seconds: of this turn; None: to the end.
    """
    begin(TASK, clinic_id=current_clinic_id(), campaign_id=campaign_id)
    until = None if seconds is None else time.monotonic() + seconds
    while _step(campaign_id, clinic, at):
        if until is not None and time.monotonic() >= until:
            with transaction.atomic():
                ask_to_expand(campaign_id)
            return


@transaction.atomic
def _step(campaign_id: int, clinic: Clinic, at: datetime) -> bool:
    """Whether another may follow. The lock makes a person's «pause» wait for one batch at most."""
    if not try_turn(f"expand:{campaign_id}"):
        return False  # another worker is at it
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True)
    campaign = rows.filter(pk=campaign_id, state__in=MAY_EXPAND).first()
    if campaign is None:
        return False  # cancelled meanwhile, or a draft again
    if is_unfinished(campaign) and campaign.launched_at is None:
        _freeze(campaign, clinic, at)
        return True
    if n := take_in_next(campaign=campaign, clinic=clinic):
        _count(campaign, n, at)
        return True
    if is_unfinished(campaign):
        _start(campaign, at)
    elif campaign.state == State.RUNNING:  # a wave's last batch is in
        dispatch.ask(campaign_id)
    return False


def _freeze(campaign: Campaign, clinic: Clinic, at: datetime) -> None:
    n = take_snapshot(campaign=campaign, at=at)
    campaign.launched_at, campaign.launched_on = at, local_day(clinic.zone, at)
    campaign.save(update_fields=["launched_at", "launched_on"])
    _of_launch(campaign).update(state=Job.State.RUNNING, n_total=n, heartbeat_at=at)


def _count(campaign: Campaign, n: int, at: datetime) -> None:
    """On the launch's page how far it is; a wave's messages may go out already."""
    if is_unfinished(campaign):
        _of_launch(campaign).update(n_done=F("n_done") + n, heartbeat_at=at)
    elif campaign.state == State.RUNNING:
        dispatch.ask(campaign.pk)


def _start(campaign: Campaign, at: datetime) -> None:
    """Everybody is in: messages may go out, unless it was paused. Nobody to treat: a draft."""
    enrolments = Enrolment.objects.filter(campaign=campaign)
    if not enrolments.filter(arm=Enrolment.Arm.TREATED).exists():  # emptied since it was confirmed
        _back_to_draft(campaign, at)
        return
    if campaign.state == State.LAUNCHING:
        campaign.state = State.RUNNING
        campaign.save(update_fields=["state"])
    n = enrolments.count()
    _of_launch(campaign).update(state=Job.State.DONE, n_done=n, n_total=n, finished_at=at)
    refresh_statistics(Enrolment, Message, n_rows=n)  # or sending is planned for a handful
    dispatch.ask(campaign.pk)


def _back_to_draft(campaign: Campaign, at: datetime) -> None:
    campaign.enrolments.all().delete()
    campaign.state, campaign.launched_at, campaign.launched_on = State.DRAFT, None, None
    campaign.save(update_fields=["state", "launched_at", "launched_on"])
    _of_launch(campaign).update(
        state=Job.State.FAILED, n_done=0, n_total=0, error="nobody_to_treat", finished_at=at
    )


def stop(campaign: Campaign) -> None:
    """Cancelled: who is not taken in yet will not be."""
    FrozenBatch.objects.filter(campaign=campaign).delete()
    _of_launch(campaign).filter(finished_at=None).update(
        state=Job.State.FAILED, error="cancelled", finished_at=Now()
    )


def ask_for_unfinished() -> None:
    """A turn for every launch and wave that is not through, in case its worker died."""
    is_behind = Q(state=State.LAUNCHING) | Q(state=State.PAUSED, job__finished_at=None, job__gt=0)
    begun = Campaign.objects.filter(is_behind).order_by().values_list("pk", flat=True)
    frozen = FrozenBatch.objects.filter(campaign__state__in=MAY_EXPAND).order_by()
    for campaign_id in {*begun, *frozen.values_list("campaign", flat=True).distinct()}:
        ask_to_expand(campaign_id)


def _of_launch(campaign: Campaign) -> QuerySet[Job]:
    return Job.objects.filter(pk=campaign.job_id)
