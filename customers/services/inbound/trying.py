"""«Paste a sample, see what we would read»: the whole way of an event, and nothing is kept."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from customers.models import Source
from customers.services.inbound.applying import UPSERTS
from customers.services.inbound.fields import BY_NAME
from customers.services.inbound.mapping import Mapping
from customers.services.inbound.reading import Reading, Unreadable, read_event
from customers.services.intake import Outcome
from tenancy.models import Clinic

MAX_SHOWN = 20


@dataclass(frozen=True)
class Trial:
    """One object of the sample: our reading, field by field, and what the intake would do."""

    kind: str
    external_id: str
    version: Decimal
    values: list[tuple[Any, str]]  # (label, what was read)
    outcome: Outcome


def try_sample(
    *, source: Source, mapping: Mapping, body: bytes, clinic: Clinic, at: datetime
) -> list[Trial]:
    """What would become of this event; [] when it would be ignored. Raises Unreadable."""
    readings = read_event(body, mapping=mapping, clinic=clinic, received_at=at)
    return [_trial(source, reading, at) for reading in readings[:MAX_SHOWN]]


def _trial(source: Source, reading: Reading, at: datetime) -> Trial:
    with transaction.atomic():
        [outcome] = UPSERTS[reading.kind](source=source.name, records=[reading.record], at=at)
        transaction.set_rollback(True)  # a savepoint of its own: the request goes on
    return Trial(
        reading.kind, reading.external_id, reading.version, list(_values(reading)), outcome
    )


def _values(reading: Reading):
    labels = BY_NAME[reading.kind]
    for field in fields(reading.record):
        value = getattr(reading.record, field.name)
        if value is not None and field.name != "external_id":
            label = labels[field.name].label if field.name in labels else field.name
            yield label, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " · ".join(_shown(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


__all__ = ["Trial", "Unreadable", "try_sample"]
