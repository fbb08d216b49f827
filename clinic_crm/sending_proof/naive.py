"""A sender as one writes it without thinking of crashes: read what waits, call the provider, repeat
what failed, note the outcome at the end of the batch. The harness must see it double messages."""

import multiprocessing
import os
import time
from multiprocessing.process import BaseProcess

from django.db import connections
from django.utils import timezone

from campaigns.channels.contract import Envelope, MessageRefused
from campaigns.models import Message
from campaigns.services.providers import Lines
from clinic_crm.sending_proof.world import World
from customers.services.timeline import Event, record_events
from tenancy import queue
from tenancy.scope import clinic_scope

BATCH = 100


def start(world: World) -> BaseProcess:
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=_live, args=(world,), daemon=True)
    worker.start()
    return worker


def _live(world: World) -> None:
    queue.send = lambda task, arguments: None
    lines = Lines()
    while _send_batch(world, lines):
        pass
    os._exit(0)


def _send_batch(world: World, lines: Lines) -> bool:
    with clinic_scope(world.clinic.pk):
        waiting = Message.objects.filter(campaign=world.campaign_id, state=Message.State.QUEUED)
        batch = list(waiting.order_by("pk")[:BATCH])
    if not batch:
        return False
    with clinic_scope(world.clinic.pk, atomic=False):
        line = lines.to("email", world.account_id)
        for message in batch:
            _send_one(line, message)
    now = timezone.now()
    with clinic_scope(world.clinic.pk):
        Message.objects.filter(pk__in=[m.pk for m in batch]).update(
            state=Message.State.SENT, sent_at=now
        )
        record_events(
            [Event("message.sent", m.customer_id, now, f"message:{m.pk}") for m in batch], at=now
        )
    return True


def _send_one(line, message: Message) -> None:
    envelope = Envelope(message.address, message.reference.hex, "Hello", "Hello")
    for _try in range(20):
        try:
            line.send(envelope)
            return
        except MessageRefused:
            return
        except Exception:  # «the network again», and once more
            time.sleep(0.01)
