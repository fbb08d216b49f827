"""What campaigns add to segments."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from campaigns.gates import CAP_DAYS
from campaigns.models import Campaign, Message, Receipt, Step
from customers.models import CustomerEvent
from segmentation.attributes import EVERYBODY, Attribute, Choice, Kind, register
from segmentation.events import EventDetail, EventKind, register_event
from tenancy.clock import start_of_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id


def register_attributes() -> None:
    register(
        Attribute(
            "messages_30_days",
            _("Messages in the last 30 days"),
            Kind.NUMBER,
            app="campaigns",
            build=_messaged,
            minimum=0,
            phrases={
                "at_least": _("who got at least %(value)s messages in 30 days"),
                "at_most": _("who got at most %(value)s messages in 30 days"),
            },
        )
    )


def _messaged(operator: str, value: Any, on: date) -> Q:
    """By the number of messages that went out in the last 30 days, of all campaigns."""
    low, high = {
        "at_least": lambda: (value, None),
        "at_most": lambda: (0, value),
        "is": lambda: (value, value),
        "between": lambda: tuple(value),
    }[operator]()
    condition = EVERYBODY
    if low > 0:
        condition &= _got_at_least(low, on)
    if high is not None:
        condition &= ~_got_at_least(high + 1, on)
    return condition


def _got_at_least(n_messages: int, on: date) -> Q:
    zone = Clinic.objects.get(pk=current_clinic_id()).zone
    rows = (
        Message.objects.filter(
            state=Message.State.SENT,
            sent_at__gte=start_of_day(zone, on - timedelta(days=CAP_DAYS)),
        )
        .order_by()
        .values("customer")
        .annotate(n=Count("pk"))
        .filter(n__gte=n_messages)
    )
    return Q(pk__in=rows.values("customer"))


def register_events() -> None:
    _register_sent()
    _register_reported()
    register_event(
        EventKind(
            "opt_out", _("Opted out"), "campaigns", day="occurred_at", is_instant=True,
            rows=lambda: CustomerEvent.objects.filter(kind="message.opted_out"),
            did=_("who opted out%(details)s%(times)s%(period)s"),
            did_not=_("who have not opted out%(details)s%(period)s"),
        )
    )  # fmt: skip


def _register_sent() -> None:
    register_event(
        EventKind(
            "message", _("Message sent"), "campaigns", day="sent_at", is_instant=True,
            rows=lambda: Message.objects.filter(state=Message.State.SENT),
            did=_("who got a message%(details)s%(times)s%(period)s"),
            did_not=_("who have got no message%(details)s%(period)s"),
            details=_narrowed_by(""),
        )
    )  # fmt: skip


def _register_reported() -> None:
    """What providers and our own pages report of messages; a mail scanner opens for nobody."""

    def kind(key: str, label: Any, reported: Receipt.Kind, did: Any, did_not: Any) -> None:
        rows = Receipt.objects.filter
        register_event(
            EventKind(
                key, label, "campaigns", day="occurred_at", is_instant=True, counted="message",
                rows=lambda: rows(kind=reported, is_machine=False, customer__isnull=False),
                did=did, did_not=did_not, details=_narrowed_by("message__"),
            )
        )  # fmt: skip

    kind(
        "message_delivered", _("Message delivered"), Receipt.Kind.DELIVERED,
        _("to whom a message was delivered%(details)s%(times)s%(period)s"),
        _("to whom no message was delivered%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "message_opened", _("Message opened"), Receipt.Kind.OPENED,
        _("who opened a message%(details)s%(times)s%(period)s"),
        _("who have opened no message%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "message_clicked", _("Link in a message clicked"), Receipt.Kind.CLICKED,
        _("who clicked in a message%(details)s%(times)s%(period)s"),
        _("who have clicked in no message%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "message_replied", _("Message answered"), Receipt.Kind.REPLIED,
        _("who answered a message%(details)s%(times)s%(period)s"),
        _("who have answered no message%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "message_complained", _("Message reported as spam"), Receipt.Kind.COMPLAINED,
        _("who reported a message as spam%(details)s%(times)s%(period)s"),
        _("who have reported no message as spam%(details)s%(period)s"),
    )  # fmt: skip


def _narrowed_by(path: str) -> tuple[EventDetail, ...]:
    """path: from the row to its message."""
    return (
        EventDetail("campaign", _("Campaign"), f"{path}campaign", _(" of %(value)s"),
                    choices=campaign_choices),
        EventDetail("channel", _("Channel"), f"{path}channel", _(" by %(value)s"),
                    choices=channel_choices),
    )  # fmt: skip


def channel_choices() -> list[Choice]:
    return list(Step.Channel.choices)


def campaign_choices() -> list[tuple[int, str]]:
    return list(Campaign.objects.values_list("pk", "name"))
