"""The story of a customer: events newest first, a page at a time, found by keyset."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerEvent, Interaction
from customers.queries.event_facts import Facts, facts_of
from customers.queries.event_words import details_of

PAGE_SIZE = 30
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
    "customer.merged": Look(_("Merged with another record"), "merge", "record"),
    "appointment.booked": Look(_("Appointment"), "calendar-plus", "visits"),
    "appointment.attended": Look(_("Came to the clinic"), "calendar-check", "visits", "good"),
    "appointment.missed": Look(_("Did not come"), "calendar-x", "visits", "watch"),
    "appointment.cancelled": Look(_("Cancelled the appointment"), "calendar-off", "visits"),
    "sale.recorded": Look(_("Bought"), "shopping-bag", "sales", "accent"),
    "sale.refunded": Look(_("Refund"), "undo-2", "sales", "watch"),
    "sale.removed": Look(_("Taken back with its import"), "undo-2", "sales", "watch"),
    "consent.given": Look(_("Gave consent"), "circle-check", "messages", "good"),
    "consent.withdrawn": Look(_("Withdrew consent"), "ban", "messages", "act"),
    "note.added": Look(_("Note"), "sticky-note", "notes"),
    "call.made": Look(_("Call"), "phone", "messages"),
    "message.sent": Look(_("Message sent"), "send", "messages"),
    "message.opted_out": Look(_("Unsubscribed"), "bell-off", "messages", "act"),
    "message.bounced": Look(_("Message could not be delivered"), "circle-x", "messages", "act"),
    "message.complained": Look(_("Reported a message as spam"), "circle-x", "messages", "act"),
    "message.opened": Look(_("Opened a message"), "mail-open", "messages"),
    "message.clicked": Look(_("Clicked a link of a message"), "link", "messages", "accent"),
    "message.replied": Look(_("Replied to a message"), "message-circle", "messages", "accent"),
    "tier.changed": Look(_("Tier changed"), "gem", "points", "accent"),
    "points.expiring": Look(_("Points end soon"), "hourglass", "points", "watch"),
    "reward.claimed": Look(_("Chose a reward"), "gift", "points"),
    "reward.redeemed": Look(_("Got a reward"), "gift", "points", "good"),
    "reward.undone": Look(_("Reward undone"), "undo-2", "points"),
    "coupon.issued": Look(_("Got a coupon"), "ticket", "points"),
    "coupon.used": Look(_("Used a coupon"), "ticket-check", "points", "good"),
    "coupon.restored": Look(_("Coupon given back after a refund"), "ticket", "points"),
    "referral.rewarded": Look(_("Rewarded for bringing a friend"), "heart-handshake", "points"),
    "feedback.given": Look(_("Gave feedback"), "message-square", "messages"),
    "interaction.recorded": Look(_("In contact"), "message-circle", "messages"),
    "package.sold": Look(_("Bought a package"), "package", "sales", "accent"),
    "package.cancelled": Look(_("Package cancelled"), "package-x", "sales", "watch"),
    "adverse_event.noted": Look(_("Adverse event noted"), "shield-alert", "visits", "act"),
    "adverse_event.closed": Look(_("Adverse event over"), "circle-check", "visits", "good"),
    "file.added": Look(_("File"), "paperclip", "files"),
}
_INTERACTIONS: dict[str, Look] = {
    kind: Look(Interaction.Kind(kind).label, icon, "messages", "act" if kind == "complaint" else "")
    for kind, icon in {
        "site_visit": "globe",
        "message": "message-circle",
        "call": "phone",
        "social_like": "heart",
        "social_comment": "message-square",
        "social_share": "share-2",
        "service_conversation": "headset",
        "complaint": "frown",
    }.items()
}
GROUPS: dict[str, Text] = {
    "sales": _("Purchases"),
    "visits": _("Visits"),
    "messages": _("Contacts"),
    "points": _("Points"),
    "notes": _("Notes"),
    "files": _("Files"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the story.

    details: short texts under the title. starts_month: a day of the month it is the first of.
    booked_for: the instant an appointment was made for. note: what its author may do with it.
    """

    kind: str
    look: Look
    at: datetime
    amount_minor: int | None
    details: list[Text]
    actor: str
    starts_month: datetime | None
    booked_for: datetime | None = None
    note: Facts | None = None


@dataclass(frozen=True)
class TimelinePage:
    entries: list[Entry]
    next_cursor: str  # "" at the end


class CursorRefused(ValueError):
    """The cursor of a timeline page was not made by us."""


def timeline_page(
    customer_id: int,
    *,
    group: str = "",
    cursor: str = "",
    zone: Any,
    sees_health: bool = False,
) -> TimelinePage:
    """The next page of the story, in at most two queries. Raises CursorRefused.

    group: a key of GROUPS, or "" for everything. zone: the clinic's, for month headers.
    sees_health: name medical files.
    """
    events = CustomerEvent.objects.filter(customer=customer_id)
    if group:
        events = events.filter(kind__in=[k for k, look in LOOKS.items() if look.group == group])
    month_before = None
    if cursor:
        at, pk = _read_cursor(cursor)
        events = events.filter(occurred_at__lte=at)  # the index begins here, however deep
        events = events.exclude(Q(occurred_at=at) & Q(pk__gte=pk))
        month_before = _month(at, zone)
    found = list(events.order_by("-occurred_at", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    facts = facts_of(shown)
    entries = []
    for event in shown:
        month = _month(event.occurred_at, zone)
        header = event.occurred_at.astimezone(zone) if month != month_before else None
        entries.append(_entry(event, facts.get(event.source_key, {}), header, sees_health))
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


def _entry(event: CustomerEvent, facts: Facts, header: datetime | None, sees_health: bool) -> Entry:
    payload = event.payload if isinstance(event.payload, dict) else {}
    look = _INTERACTIONS.get(facts.get("kind", "")) or LOOKS.get(event.kind)
    return Entry(
        kind=event.kind,
        look=look or Look(event.kind, "circle", "record"),
        at=event.occurred_at,
        amount_minor=event.amount_minor,
        details=details_of(event.payload, facts, sees_health=sees_health),
        actor=facts.get("who") or str(payload.get("by", "")),
        starts_month=header,
        booked_for=_instant(payload.get("starts_at")),
        note=facts if "text" in facts else None,
    )


def _instant(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None
