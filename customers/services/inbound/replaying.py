"""Second chances: parked records on request, waiting ones from time to time."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from customers.models import IntakeRecord, Source
from customers.services.inbound.settling import WAIT_AT_MOST
from tenancy.queue import enqueue

KEEP_DONE_FOR = timedelta(days=90)
MAX_FORGOTTEN_AT_ONCE = 5000
State = IntakeRecord.State


@transaction.atomic
def replay(*, records: QuerySet[IntakeRecord], source: Source) -> int:
    """Have these records read anew, with today's mapping; the number. Done ones stay done."""
    held_up = records.filter(source=source, state__in=[State.PARKED, State.WAITING])
    n_changed = held_up.update(state=State.RECEIVED, try_at=None)
    if n_changed:
        enqueue("customers.process_source", source_id=source.pk)
    return n_changed


@transaction.atomic
def sweep(*, at: datetime) -> None:
    """Find what a lost nudge left behind, try what waits, park what waited too long."""
    waiting = IntakeRecord.objects.filter(state=State.WAITING)
    waiting.filter(received_at__lte=at - WAIT_AT_MOST).update(state=State.PARKED)
    waiting.filter(try_at__lte=at).update(state=State.RECEIVED)
    for source_id in _sources_with_work():
        enqueue("customers.process_source", source_id=source_id)


def _sources_with_work() -> list[int]:
    rows = IntakeRecord.objects.filter(state=State.RECEIVED).order_by()
    return list(rows.values_list("source_id", flat=True).distinct())


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Delete what was done long ago, some at a time; the number. What is held up stays."""
    rows = IntakeRecord.objects.filter(state=State.DONE, received_at__lte=at - KEEP_DONE_FOR)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:MAX_FORGOTTEN_AT_ONCE])
    IntakeRecord.objects.filter(pk__in=ids).delete()
    return len(ids)
