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
from campaigns.services.claiming import Chunk, Claimed, claim
from campaigns.services.handing import about_to_hand, hand_over_all, release
from campaigns.services.outcomes import MAX_TRIES, mark_sent, wait_before_try
from campaigns.services.outgoing import Composer
from campaigns.services.providers import Lines
from tenancy.queue import enqueue

Clock = Callable[[], datetime]
TASK_SECONDS = 20.0  # then the task asks for itself again, behind whoever waits in the queue

__all__ = [
    "MAX_TRIES", "Chunk", "Claimed", "Lines", "about_to_hand", "claim", "hand_over_all",
    "mark_sent", "release", "send_due", "wait_before_try",
]  # fmt: skip


def send_due(*, campaign_id: int, now: Clock = timezone.now, seconds: float = TASK_SECONDS) -> None:
    """Send what is due of a running campaign. Needs a scope that may commit step by step."""
    lines = Lines()
    composers: dict[int, Composer] = {}
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            chunk = claim(campaign_id=campaign_id, at=now(), composers=composers)
            faults.point("after_claim")
            if not chunk.n_seen or not hand_over_all(chunk, lines, now):
                return
    finally:
        lines.close()
    with transaction.atomic():
        enqueue("campaigns.send_due", campaign_id=campaign_id)
