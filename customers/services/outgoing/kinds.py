"""What we tell of each event: ids and facts, never a name, an address or anything of health.

A payload is {"type", "timestamp", "data"}; `data` has `customer_id`, the id of what it tells of,
and the facts named here. What is not named here is not told, whatever the timeline knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class OutgoingKind:
    """subject: name of the id in `data`. facts: keys taken over from the event, with an example."""

    label: Promise
    subject: str
    facts: Mapping[str, Any]
    has_amount: bool = False


OUTGOING: dict[str, OutgoingKind] = {
    "customer.created": OutgoingKind(_("A customer is new"), "customer_id", {"source": "booking"}),
    "customer.imported": OutgoingKind(
        _("A customer came in with a file"), "customer_id", {"source": "file"}
    ),
    "customer.merged": OutgoingKind(
        _("Two records of one customer were merged"), "merge_id", {"merged": 1043}
    ),
    "appointment.booked": OutgoingKind(
        _("An appointment was booked or moved"),
        "appointment_id",
        {"starts_at": "2026-05-04T06:00:00+00:00"},
    ),
    "appointment.attended": OutgoingKind(_("A customer came"), "appointment_id", {}),
    "appointment.missed": OutgoingKind(_("A customer did not come"), "appointment_id", {}),
    "appointment.cancelled": OutgoingKind(_("An appointment was cancelled"), "appointment_id", {}),
    "sale.recorded": OutgoingKind(_("A sale"), "sale_id", {}, has_amount=True),
    "sale.refunded": OutgoingKind(_("A refund"), "sale_id", {}, has_amount=True),
    "consent.given": OutgoingKind(
        _("A consent was given"), "consent_id", {"purpose": "marketing", "channel": "sms"}
    ),
    "consent.withdrawn": OutgoingKind(
        _("A consent was withdrawn"), "consent_id", {"purpose": "marketing", "channel": "sms"}
    ),
    "tier.changed": OutgoingKind(
        _("A tier changed"),
        "tier_change_id",
        {"old_tier": "Silver", "tier": "Gold", "is_up": True},
    ),
    "message.sent": OutgoingKind(_("A message was sent"), "message_id", {"campaign_id": 3}),
    "message.opted_out": OutgoingKind(
        _("A customer opted out"), "message_id", {"campaign_id": 3, "channel": "email"}
    ),
    "call.made": OutgoingKind(_("A call was made"), "task_id", {"outcome": "reached"}),
}


def payload(
    *,
    kind: str,
    customer_id: int,
    source_key: str,
    occurred_at: datetime,
    amount_minor: int | None,
    currency: str,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """What is sent. source_key: what the event tells of, such as "sale:12"."""
    told = OUTGOING[kind]
    data: dict[str, Any] = {"customer_id": customer_id}
    subject_id = source_key.split(":")[1] if ":" in source_key else source_key
    data[told.subject] = int(subject_id) if subject_id.isdecimal() else subject_id
    if told.has_amount:
        data |= {"amount_minor": amount_minor, "currency": currency}
    data |= {name: facts[name] for name in told.facts if name in facts}
    timestamp = occurred_at.astimezone(UTC).isoformat()
    return {"type": kind, "timestamp": timestamp, "data": data}


def example(kind: str) -> dict[str, Any]:
    """A payload as the documentation shows it."""
    told = OUTGOING[kind]
    return payload(
        kind=kind,
        customer_id=1042,
        source_key="x:1042" if told.subject == "customer_id" else "x:77",
        occurred_at=datetime(2026, 5, 3, 8, 30, tzinfo=UTC),
        amount_minor=-20000 if kind == "sale.refunded" else 128000,
        currency="CNY",
        facts=told.facts,
    )
