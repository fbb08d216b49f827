"""Readings into our books: the newest of each object wins, in whatever order they came.

Used for webhooks and for what was polled. One turn a source: two workers cannot both believe to
hold the newest version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db import transaction

from customers.services.inbound.reading import Reading
from customers.services.inbound.versions import Key, note_versions, versions_of
from customers.services.intake import (
    Outcome,
    upsert_appointments,
    upsert_customers,
    upsert_sales,
)
from customers.services.interactions import record_interactions
from tenancy.turns import wait_for_turn

# In this order: an appointment may name a customer of the same batch.
UPSERTS: dict[str, Callable[..., list[Outcome]]] = {
    "customer": upsert_customers,
    "appointment": upsert_appointments,
    "sale": upsert_sales,
    "interaction": record_interactions,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one reading. outcome: None when an equal or newer one stood already."""

    state: Literal["applied", "older", "refused"]
    outcome: Outcome | None = None


@transaction.atomic
def apply_readings(*, source: str, readings: Sequence[Reading], at: datetime) -> list[Result]:
    """Write what is newer than our books; one result a reading, in order.

    Of several readings of one object the newest that the intake accepts wins: when it refuses one,
    the next newest has its turn.
    """
    wait_for_turn(f"inbound:{source}")
    results: dict[int, Result] = {}
    while open_places := [place for place in range(len(readings)) if place not in results]:
        known = versions_of(source, {_key(readings[place]) for place in open_places})
        newest: dict[Key, int] = {}
        for place in open_places:
            reading, key = readings[place], _key(readings[place])
            if key in known and reading.version < known[key]:
                results[place] = Result("older")
            elif key not in newest or reading.version >= readings[newest[key]].version:
                newest[key] = place
        _apply_once(source, readings, list(newest.values()), at, results)
    return [results[place] for place in range(len(readings))]


def _apply_once(
    source: str,
    readings: Sequence[Reading],
    places: list[int],
    at: datetime,
    results: dict[int, Result],
) -> None:
    """Hand one reading an object to the intake; what it accepts becomes the known version."""
    applied = {}
    for kind, upsert in UPSERTS.items():
        mine = [place for place in places if readings[place].kind == kind]
        records = [readings[place].record for place in mine]
        outcomes = upsert(source=source, records=records, at=at) if records else []
        for place, outcome in zip(mine, outcomes, strict=True):
            if outcome.state == "refused":
                results[place] = Result("refused", outcome)
            else:
                results[place] = Result("applied", replace(outcome, index=place))
                applied[_key(readings[place])] = readings[place].version
    note_versions(source, applied)
    for place, reading in enumerate(readings):
        if place not in results and _key(reading) in applied:
            results[place] = Result("older")  # the newest of this batch is in


def _key(reading: Reading) -> Key:
    return reading.kind, reading.external_id
