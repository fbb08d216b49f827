"""Our books against the booking system's, object by object and field by field."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from clinic_crm.intake_proof.history import Key
from customers.models import Appointment, Identity, IntakeRecord, Sale, Source


def differences(source: Source, wanted: dict[Key, dict[str, Any]]) -> list[str]:
    """One line an object that is missing, too much, or not as it should be. Needs a scope."""
    found = dict(_found(source.name))
    lines = [f"{kind} {key} is too much" for kind, key in sorted(set(found) - set(wanted))]
    for (kind, key), data in sorted(wanted.items()):
        if (kind, key) not in found:
            lines.append(f"{kind} {key} is missing")
            continue
        for name, value in data.items():
            ours = found[kind, key][name]
            if ours != _plain(name, value):
                lines.append(f"{kind} {key}: {name} is {ours!r}, should be {value!r}")
    return lines


def states(source: Source) -> dict[str, int]:
    """How many records are in which state; "done" is where all of them belong."""
    counted: dict[str, int] = {}
    for state in IntakeRecord.objects.filter(source=source).values_list("state", flat=True):
        counted[state] = counted.get(state, 0) + 1
    return counted


def _plain(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") else value


def _found(source: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    identities = Identity.objects.filter(source=source).select_related("customer")
    ids = {}
    for identity in identities:
        ids[identity.customer_id] = identity.external_id
        person = identity.customer
        yield ("customer", identity.external_id), {"name": person.name, "city": person.city}
    names = ("starts_at", "status", "waiting_minutes")
    for row in Appointment.objects.filter(source=source):
        said = {name: getattr(row, name) for name in names}
        said["customer_external_id"] = ids[row.customer_id]
        yield ("appointment", row.external_id), said
    for sale in Sale.objects.filter(source=source):
        yield (
            ("sale", sale.external_id),
            {
                "customer_external_id": ids[sale.customer_id],
                "occurred_at": sale.occurred_at,
                "net_minor": sale.net_minor,
            },
        )
