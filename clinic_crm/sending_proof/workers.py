"""Workers as forked processes with connections of their own, which may die at any moment.

They do what Celery's workers and beat do, by the same services, and every nudge is lost: it is the
same as a broker that is emptied all the time. What is due they find in the database.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from multiprocessing.process import BaseProcess

from django.db import connections, transaction
from django.utils import timezone

from campaigns import faults
from campaigns.models import Message
from campaigns.services import dispatch, expansion, sweep, unknowns
from clinic_crm.sending_proof.world import World
from tenancy import queue
from tenancy.scope import clinic_scope

LOSES_NUDGES = True  # False: they go to the broker, which may be away
SLICE_SECONDS = 0.7  # of sending for one clinic before the next has its turn
OPEN = (Message.State.QUEUED, Message.State.SENDING)


def start(
    worlds: Sequence[World], *, dies_at: str = "", clock_step: timedelta = timedelta(0)
) -> BaseProcess:
    """A worker of these clinics. dies_at: a point and which time, "mid_call:3"."""
    connections.close_all()  # a connection must not be shared with a child
    fork = multiprocessing.get_context("fork")
    worker = fork.Process(target=_live, args=(worlds, dies_at, clock_step), daemon=True)
    worker.start()
    return worker


def _live(worlds: Sequence[World], dies_at: str, clock_step: timedelta) -> None:
    if LOSES_NUDGES:
        queue.send = lambda task, arguments: None
    faults._planned, faults._passed = faults._plan(dies_at), Counter()

    def now():
        return timezone.now() + clock_step

    try:
        while _work_once(worlds, now):
            time.sleep(0.05)
    except Exception:
        os._exit(1)  # a cut connection: the worker is gone, as with any other crash
    os._exit(0)


def _work_once(worlds: Sequence[World], now: Callable) -> bool:
    """A turn for each clinic; whether anything is left to do."""
    is_open = False
    for world in worlds:
        with clinic_scope(world.clinic.pk, atomic=False):
            expansion.expand(campaign_id=world.campaign_id, clinic=world.clinic, at=now())
        with clinic_scope(world.clinic.pk, atomic=False):
            dispatch.send_due(campaign_id=world.campaign_id, now=now, seconds=SLICE_SECONDS)
        with clinic_scope(world.clinic.pk):
            sweep.sweep(clinic=world.clinic, at=now())
        with clinic_scope(world.clinic.pk, atomic=False):
            unknowns.look_up_unknown(now=now)
        is_open |= n_open(world) > 0
    return is_open


def n_open(world: World) -> int:
    """Messages that wait, are under way, or of which the provider is still to be asked."""
    with clinic_scope(world.clinic.pk), transaction.atomic():
        mine = Message.objects.filter(campaign=world.campaign_id)
        n_asked = mine.filter(state=Message.State.UNKNOWN, ask_after__isnull=False).count()
        n_waiting = mine.filter(state__in=OPEN).count()
        has_any = mine.exists()
    return n_asked + n_waiting + (not has_any)
