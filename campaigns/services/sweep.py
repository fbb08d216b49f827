"""Finds what a lost nudge or a dead worker left behind. One clinic at a time; safe to repeat."""

from datetime import datetime, timedelta

from django.db import transaction

from campaigns.gates import Reason
from campaigns.models import Campaign, Message
from campaigns.queries.facts import is_window_over
from campaigns.services import control
from tenancy.models import Clinic
from tenancy.queue import enqueue

STALE_AFTER = timedelta(minutes=10)
LAUNCH_STALE_AFTER = timedelta(minutes=2)


@transaction.atomic
def sweep(*, clinic: Clinic, at: datetime) -> None:
    """Reap stale claims, end campaigns whose window is over, nudge what is due."""
    reap_stale_claims(at=at)
    for campaign in Campaign.objects.filter(state__in=["running", "paused"]):
        if is_window_over(campaign, clinic, at):
            control.finish(campaign_id=campaign.pk)
    _leave_out_what_returned_to_an_ended_campaign()
    _nudge(at)


def reap_stale_claims(*, at: datetime) -> tuple[int, int]:
    """(back to the queue, unknown): by whether the provider may have heard of it."""
    stale = Message.objects.filter(state=Message.State.SENDING, claimed_at__lte=at - STALE_AFTER)
    n_unknown = stale.filter(handed_at__isnull=False).update(
        state=Message.State.UNKNOWN, error="worker lost after hand-over"
    )
    n_back = stale.filter(handed_at__isnull=True).update(
        state=Message.State.QUEUED, claimed_at=None, due_at=at
    )
    return n_back, n_unknown


def _leave_out_what_returned_to_an_ended_campaign() -> None:
    reasons = {
        Campaign.State.CANCELLED: Reason.CAMPAIGN_CANCELLED,
        Campaign.State.FINISHED: Reason.TOO_LATE,
    }
    queued = Message.objects.filter(state=Message.State.QUEUED, campaign__state__in=reasons)
    for campaign_id, state in (
        queued.order_by().values_list("campaign", "campaign__state").distinct()
    ):
        control.leave_out_the_rest(campaign_id=campaign_id, reason=reasons[state])


def _nudge(at: datetime) -> None:
    due = (
        Message.objects.filter(
            state=Message.State.QUEUED, due_at__lte=at, campaign__state=Campaign.State.RUNNING
        )
        .order_by()
        .values_list("campaign_id", flat=True)
        .distinct()
    )
    for campaign_id in due:
        enqueue("campaigns.send_due", campaign_id=campaign_id)
    launching = Campaign.objects.filter(
        state=Campaign.State.LAUNCHING, job__created_at__lte=at - LAUNCH_STALE_AFTER
    )
    for campaign_id in launching.values_list("pk", flat=True):
        enqueue("campaigns.launch", campaign_id=campaign_id)
