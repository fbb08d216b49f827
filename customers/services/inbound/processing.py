"""What came in is worked through, in batches; each batch commits with its effect or not at all."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import IntakeRecord, Source
from customers.services.inbound.applying import Result, apply_readings
from customers.services.inbound.mapping import Mapping
from customers.services.inbound.reading import Reading, Unreadable, read_event
from customers.services.inbound.settling import (
    Settlement,
    ignored,
    parked,
    settle_all,
    settlement_of,
    wake_waiting,
)
from tenancy.acting import acting
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

logger = logging.getLogger(__name__)

BATCH = 200
BATCHES_A_TASK = 50  # then the task asks for itself again
WORK_FOR = timedelta(minutes=5)
State = IntakeRecord.State

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Read:
    """One record with what stands in it."""

    record: IntakeRecord
    readings: list[Reading]


def process_source(*, source_id: int, now: Clock = timezone.now) -> None:
    """Work through what waits. Needs a scope that may commit step by step."""
    started_at = now()
    for _round in range(BATCHES_A_TASK):
        if not process_batch(source_id=source_id, at=now(), size=BATCH):
            return
        if now() - started_at > WORK_FOR:
            break
    with transaction.atomic():
        enqueue("customers.process_source", source_id=source_id)


def process_batch(*, source_id: int, at: datetime, size: int) -> int:
    """The oldest records that wait; the number looked at.

    A record over which our code stumbles is found by taking the batch one by one, and parked: it
    must not stop what stands behind it.
    """
    try:
        with transaction.atomic():
            return _work(source_id, at, size)
    except Exception:  # any failure at all: it is logged here, and named on the record below
        logger.exception("batch of webhooks failed", extra={"source_id": source_id, "size": size})
        if size > 1:
            return sum(process_batch(source_id=source_id, at=at, size=1) for _one in range(size))
    with transaction.atomic():
        return _park_first(source_id, at)


def _work(source_id: int, at: datetime, size: int) -> int:
    source = Source.objects.get(pk=source_id)
    wait_for_turn(f"inbound:{source.name}")
    records = list(_due(source_id)[:size])
    clinic = Clinic.objects.get(pk=current_clinic_id())
    mapping = Mapping.from_json(source.mapping)
    settled: list[Settlement] = []
    read: list[Read] = []
    for record in records:
        try:
            readings = read_event(
                bytes(record.body), mapping=mapping, clinic=clinic, received_at=record.received_at
            )
        except Unreadable as why:
            settled.append(parked(record, why.code, why.field, why.message))
            continue
        if readings:
            read.append(Read(record, readings))
        else:
            settled.append(ignored(record))
    with acting(f"source:{source.pk}", source.name):
        settled += _apply(source, read, at)
    settle_all(settled, at=at)
    wake_waiting(source, settled)
    return len(records)


def _due(source_id: int):
    return IntakeRecord.objects.filter(source_id=source_id, state=State.RECEIVED).order_by("pk")


def _apply(source: Source, read: list[Read], at: datetime) -> list[Settlement]:
    everything = [reading for one in read for reading in one.readings]
    results = apply_readings(source=source.name, readings=everything, at=at)
    settled, start = [], 0
    for one in read:
        own: list[Result] = results[start : start + len(one.readings)]
        settled.append(settlement_of(one.record, one.readings, own, source.name, at))
        start += len(one.readings)
    return settled


def _park_first(source_id: int, at: datetime) -> int:
    """The record at the head broke our own code: set aside, with what to do."""
    record = _due(source_id).first()
    if record is None:
        return 0
    message = _("Our own program stumbled over this record. The log of this moment says why.")
    settle_all([parked(record, "internal_error", "", message)], at=at)
    return 1
