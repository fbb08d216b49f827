"""Finds what a lost nudge or a dead worker left behind. One clinic at a time; safe to repeat."""

from datetime import datetime

from django.db import transaction

from campaigns.models import Campaign, Message
from campaigns.queries.facts import is_window_over
from campaigns.services import control
from campaigns.services.dispatch import ask
from campaigns.services.expansion import ask_for_unfinished
from campaigns.services.providers import stale_after
from campaigns.services.unknowns import reap_stale_claims
from campaigns.services.winding_up import begin_to_wind_up, not_wound_up
from tenancy.models import Clinic
from tenancy.queue import enqueue


@transaction.atomic
def sweep(*, clinic: Clinic, at: datetime) -> None:
    """Reap stale claims, end campaigns whose window is over, nudge what is due."""
    reap_stale_claims(at=at, older_than=stale_after())
    for campaign in Campaign.objects.filter(state__in=["running", "paused"]):
        if is_window_over(campaign, clinic, at):
            control.finish(campaign_id=campaign.pk)
    for campaign_id in not_wound_up():
        begin_to_wind_up(campaign_id)
    _nudge(at)


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
        ask(campaign_id)
    unknown = Message.objects.filter(state=Message.State.UNKNOWN, ask_after__lte=at)
    if unknown.exists():
        enqueue("campaigns.look_up")
    ask_for_unfinished()
