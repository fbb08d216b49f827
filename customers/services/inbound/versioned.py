"""Upserts of the API that say their version: an older one never overwrites a newer one.

The same rule and the same memory as for webhooks: of one source, whichever way it speaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Appointment, Identity, Interaction, Sale
from customers.services.inbound.applying import UPSERTS, Result, apply_readings
from customers.services.inbound.reading import Reading
from customers.services.intake import Outcome

_KNOWN: Mapping[str, tuple[Any, str]] = {
    "customer": (Identity, "customer_id"),
    "appointment": (Appointment, "pk"),
    "sale": (Sale, "pk"),
    "interaction": (Interaction, "pk"),
}
Versioned = tuple[Any, Decimal | None]  # a record, and its version if it says one


@transaction.atomic
def upsert_versioned(
    *, kind: str, source: str, records: Sequence[Versioned], at: datetime
) -> list[Outcome]:
    """One outcome a record, in order. One older than our books is unchanged, with a remark."""
    outcomes: dict[int, Outcome] = {}
    plain = [index for index, (_record, version) in enumerate(records) if version is None]
    if plain:
        found = UPSERTS[kind](source=source, records=[records[i][0] for i in plain], at=at)
        outcomes |= {i: replace(one, index=i) for i, one in zip(plain, found, strict=True)}
    dated = [index for index in range(len(records)) if index not in outcomes]
    readings = [_reading(kind, *records[index]) for index in dated]
    results = apply_readings(source=source, readings=readings, at=at) if readings else []
    ids = _ids_of_older(kind, source, readings, results)
    for index, reading, result in zip(dated, readings, results, strict=True):
        outcomes[index] = _outcome(index, result, ids.get(reading.external_id))
    return [outcomes[index] for index in range(len(records))]


def _reading(kind: str, record: Any, version: Decimal | None) -> Reading:
    assert version is not None  # the others went another way
    return Reading(kind, record.external_id.strip(), version, record)


def _outcome(index: int, result: Result, pk: int | None) -> Outcome:
    if result.outcome is not None:
        return replace(result.outcome, index=index)
    message = _("A newer version of this record is here already, so nothing was changed.")
    return Outcome(index, "unchanged", pk, "version", "older_version", message)


def _ids_of_older(
    kind: str, source: str, readings: Sequence[Reading], results: Sequence[Result]
) -> dict[str, int]:
    """External id → our id, of those that were left as they are."""
    wanted = [r.external_id for r, got in zip(readings, results, strict=True) if not got.outcome]
    if not wanted:
        return {}
    model, column = _KNOWN[kind]
    rows = model.objects.filter(source=source, external_id__in=wanted)
    return dict(rows.values_list("external_id", column))
