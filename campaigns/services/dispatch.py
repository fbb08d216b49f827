"""The outbox: claim, judge, hand over, note the outcome. Each step commits by itself.

A crash loses nothing and doubles nothing: what was claimed but not handed over returns to the queue
(`sweep`); what was handed over without an answer is repeated where the provider drops repetitions,
asked for where it can be asked (`unknowns`), and otherwise shown to a person.

    claiming   what is due, judged and composed      handing    intent, call
    outcomes   what became of it                     unknowns   what nobody knows yet
"""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from campaigns import faults
from campaigns.services import claiming
from campaigns.services.claiming import Chunk, Claimed, claim
from campaigns.services.handing import about_to_hand, hand_over_all, release
from campaigns.services.outcomes import MAX_TRIES, mark_sent, wait_before_try
from campaigns.services.outgoing import Composer
from campaigns.services.providers import Lines
from tenancy.queue import begin, enqueue_unless_asked
from tenancy.scope import current_clinic_id

Clock = Callable[[], datetime]
TASK_SECONDS = 10.0  # of a launch, too; then whoever waits in the queue has their turn
ASKED_SECONDS = 90  # a task of a campaign that waits longer counts as lost
TASK = "campaigns.send_due"

__all__ = [
    "MAX_TRIES", "Chunk", "Claimed", "Lines", "about_to_hand", "ask", "claim", "hand_over_all",
    "mark_sent", "release", "send_due", "wait_before_try",
]  # fmt: skip


def send_due(*, campaign_id: int, now: Clock = timezone.now, seconds: float = TASK_SECONDS) -> None:
    """Send what is due of a running campaign. Needs a scope that may commit step by step.

    While more is due than one claim takes, one further task of the campaign waits in the queue, for
    a free worker or for the next turn, and never two: a million delays nobody by more than the
    turns of those who wait.
    """
    begin(TASK, clinic_id=current_clinic_id(), campaign_id=campaign_id)
    lines = Lines()
    composers: dict[int, Composer] = {}
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            chunk = claim(campaign_id=campaign_id, at=now(), composers=composers)
            faults.point("after_claim")
            if chunk.n_seen >= claiming.CHUNK:
                ask(campaign_id)
            if not chunk.n_seen or not hand_over_all(chunk, lines, now):
                return
    finally:
        lines.close()
    ask(campaign_id)


@transaction.atomic
def ask(campaign_id: int) -> None:
    """A turn for the campaign, unless one waits already."""
    enqueue_unless_asked(TASK, within_seconds=ASKED_SECONDS, campaign_id=campaign_id)
