"""What an ended campaign leaves behind: journeys end and messages are left out, batch by batch.

A claim asks the campaign first, so from its end on nothing is sent; the rows may follow in turns,
and nobody waits in the browser for a million of them.
"""

import time

from django.db import transaction

from campaigns.gates import Reason
from campaigns.models import Campaign, Enrolment, Message
from campaigns.services import dispatch
from campaigns.services.leaving import leave, leave_out
from tenancy.queue import begin, enqueue_unless_asked
from tenancy.scope import current_clinic_id

TASK = "campaigns.wind_up"
BATCH = 5_000
_WHY = {
    Campaign.State.CANCELLED: (Enrolment.Left.CANCELLED, Reason.CAMPAIGN_CANCELLED),
    Campaign.State.FINISHED: (Enrolment.Left.TOO_LATE, Reason.TOO_LATE),
}


def wind_up(*, campaign_id: int, seconds: float | None = None) -> None:
    """All that is left, or what a turn of so many seconds does. Safe to repeat.

    Needs a scope that may commit step by step.
    """
    begin(TASK, clinic_id=current_clinic_id(), campaign_id=campaign_id)
    until = None if seconds is None else time.monotonic() + seconds
    while _batch(campaign_id):
        if until is not None and time.monotonic() >= until:
            ask_to_wind_up(campaign_id)
            return


@transaction.atomic
def begin_to_wind_up(campaign_id: int) -> None:
    """The first batch at once, all of a small campaign; a worker does the rest of a large one."""
    if _batch(campaign_id):
        ask_to_wind_up(campaign_id)


@transaction.atomic
def ask_to_wind_up(campaign_id: int) -> None:
    enqueue_unless_asked(TASK, within_seconds=dispatch.ASKED_SECONDS, campaign_id=campaign_id)


def not_wound_up() -> set[int]:
    """Campaigns that ended and have journeys or messages which still wait: left by a worker that
    died, or come back to the queue since."""
    queued = Message.objects.filter(state=Message.State.QUEUED, campaign__state__in=_WHY)
    under_way = Enrolment.objects.filter(due_at__isnull=False, campaign__state__in=_WHY)
    rows = [some.order_by().values_list("campaign", flat=True) for some in (queued, under_way)]
    return {campaign_id for some in rows for campaign_id in some.distinct()}


@transaction.atomic
def _batch(campaign_id: int) -> bool:
    """Whether more may be left."""
    state = Campaign.objects.values_list("state", flat=True).get(pk=campaign_id)
    if state not in _WHY:
        return False
    left, reason = _WHY[Campaign.State(state)]
    under_way = _some(Enrolment.objects.filter(campaign=campaign_id, due_at__isnull=False))
    leave(under_way, left)
    queued = Message.objects.filter(campaign=campaign_id, state=Message.State.QUEUED)
    waiting = _some(queued)
    leave_out(queued.filter(pk__in=waiting), reason)
    return len(under_way) == BATCH or len(waiting) == BATCH


def _some(rows) -> list[int]:
    return list(rows.order_by().values_list("pk", flat=True)[:BATCH])
