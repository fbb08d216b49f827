"""The story of a customer: events newest first, a page at a time, found by keyset."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerEvent, Note

PAGE_SIZE = 30
MOST_ITEMS = 5
Text = str | Promise


@dataclass(frozen=True)
class Look:
    """How one kind of event is shown; `group` is the filter chip it belongs to."""

    title: Text
    icon: str
    group: str
    tone: str = ""


LOOKS: dict[str, Look] = {
    "customer.created": Look(_("Became known to the clinic"), "user-plus", "record"),
    "customer.imported": Look(_("Came in with a file"), "file-down", "record"),
    "appointment.booked": Look(_("Appointment"), "calendar-plus", "visits"),
    "appointment.attended": Look(_("Came to the clinic"), "calendar-check", "visits", "good"),
    "appointment.missed": Look(_("Did not come"), "calendar-x", "visits", "watch"),
    "appointment.cancelled": Look(_("Cancelled the appointment"), "calendar-off", "visits"),
    "sale.recorded": Look(_("Bought"), "shopping-bag", "sales", "accent"),
    "sale.refunded": Look(_("Refund"), "undo-2", "sales", "watch"),
    "consent.given": Look(_("Gave consent"), "circle-check", "messages", "good"),
    "consent.withdrawn": Look(_("Withdrew consent"), "ban", "messages", "act"),
    "note.added": Look(_("Note"), "sticky-note", "notes"),
    "call.made": Look(_("Call"), "phone", "messages"),
    "message.sent": Look(_("Message sent"), "send", "messages"),
    "message.opted_out": Look(_("Unsubscribed"), "bell-off", "messages", "act"),
    "tier.changed": Look(_("Tier changed"), "gem", "points", "accent"),
    "feedback.given": Look(_("Gave feedback"), "message-square", "messages"),
}
GROUPS: dict[str, Text] = {
    "sales": _("Purchases"),
    "visits": _("Visits"),
    "messages": _("Contacts"),
    "points": _("Points"),
    "notes": _("Notes"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the story. details: short texts under the title. month: first day, local."""

    kind: str
    look: Look
    at: datetime
    amount_minor: int | None
    details: list[Text]
    actor: str
    starts_month: datetime | None


@dataclass(frozen=True)
class TimelinePage:
    entries: list[Entry]
    next_cursor: str  # "" at the end


class CursorRefused(ValueError):
    """The cursor of a timeline page was not made by us."""


def timeline_page(
    customer_id: int, *, group: str = "", cursor: str = "", zone: Any
) -> TimelinePage:
    """The next page of the story, in at most two queries. Raises CursorRefused.

    group: a key of GROUPS, or "" for everything. zone: the clinic's, for month headers.
    """
    events = CustomerEvent.objects.filter(customer=customer_id)
    if group:
        events = events.filter(kind__in=[k for k, look in LOOKS.items() if look.group == group])
    month_before = None
    if cursor:
        at, pk = _read_cursor(cursor)
        events = events.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk))
        month_before = _month(at, zone)
    found = list(events.order_by("-occurred_at", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    notes = _notes(shown)
    entries = []
    for event in shown:
        month = _month(event.occurred_at, zone)
        header = event.occurred_at.astimezone(zone) if month != month_before else None
        entries.append(_entry(event, notes, header))
        month_before = month
    more = len(found) > PAGE_SIZE
    return TimelinePage(entries, make_cursor(shown[-1]) if more else "")


def make_cursor(event: CustomerEvent) -> str:
    text = f"{event.occurred_at.isoformat()} {event.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, pk = base64.urlsafe_b64decode(padded.encode()).decode().rsplit(" ", 1)
        when, number = datetime.fromisoformat(at), int(pk)
    except (ValueError, binascii.Error):
        raise CursorRefused(cursor[:80]) from None
    if when.tzinfo is None or not 0 < number < 2**63:
        raise CursorRefused(cursor[:80])
    return when, number


def _month(at: datetime, zone: Any) -> tuple[int, int]:
    local = at.astimezone(zone)
    return local.year, local.month


def _notes(events: list[CustomerEvent]) -> dict[str, Note]:
    """{source key: note} of the note events among these."""
    keys = [event.source_key for event in events if event.kind == "note.added"]
    ids = [int(key.removeprefix("note:")) for key in keys if key.removeprefix("note:").isdigit()]
    if not ids:
        return {}
    notes = Note.objects.filter(pk__in=ids).select_related("author__user")
    return {f"note:{note.pk}": note for note in notes}


def _entry(event: CustomerEvent, notes: dict[str, Note], header: datetime | None) -> Entry:
    look = LOOKS.get(event.kind) or Look(event.kind, "circle", "record")
    note = notes.get(event.source_key)
    return Entry(
        kind=event.kind,
        look=look,
        at=event.occurred_at,
        amount_minor=event.amount_minor,
        details=[note.text] if note else _details(event.payload),
        actor=_actor(event, note),
        starts_month=header,
    )


def _actor(event: CustomerEvent, note: Note | None) -> str:
    if note:
        return str(note.author or "")
    return str(event.payload.get("by", "")) if isinstance(event.payload, dict) else ""


# What a payload may say, in the order it is shown. Sources add freely; the rest stays unshown.
_SHOWN = ("treatment", "items", "campaign", "subject", "tier", "outcome", "csat", "reason")
_CALL_OUTCOMES = {
    "reached": _("Reached"),
    "no_answer": _("No answer"),
    "booked": _("Booked"),
    "declined": _("Does not want to come"),
}


def _details(payload: Any) -> list[Text]:
    if not isinstance(payload, dict):
        return []
    shown = [_shown(key, payload[key], payload) for key in _SHOWN if payload.get(key)]
    return [text for text in shown if text]


def _shown(key: str, value: Any, payload: dict[str, Any]) -> Text:
    match key:
        case "tier" if payload.get("old_tier"):
            return f"{payload['old_tier']} → {value}"
        case "outcome":
            return _CALL_OUTCOMES.get(str(value), str(value))
        case "csat":
            return gettext("%(n)s of 5") % {"n": value}
        case _ if isinstance(value, list):
            return ", ".join(str(one) for one in value[:MOST_ITEMS])
    return str(value)
