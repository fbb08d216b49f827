"""What can be done with a customer, as the menu of the profile offers it; apps above add theirs.

register_action(ProfileAction("plan-call", _("Plan a call"), "phone-outgoing", plan_call_address))
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.queries.profile import Profile


@dataclass(frozen=True)
class ProfileAction:
    """address: profile → where it leads, "" to leave it out. order: smaller stands first.

    is_dialog: htmx fetches the address into a dialog. is_outside: another site, in a new tab.
    """

    key: str
    label: str | Promise
    icon: str
    address: Callable[[Profile], str]
    order: int = 50
    capability: str = "customers.edit"
    is_dialog: bool = True
    is_outside: bool = False


_actions: dict[str, ProfileAction] = {}


def register_action(action: ProfileAction) -> None:
    _actions[action.key] = action


def actions_of(profile: Profile, capabilities: frozenset[str]) -> list[tuple[ProfileAction, str]]:
    """(action, its address), in order, of those this reader may do."""
    offered = [
        (action, action.address(profile))
        for action in sorted(_actions.values(), key=lambda one: (one.order, one.key))
        if action.capability in capabilities
    ]
    return [(action, address) for action, address in offered if address]


def to(name: str, query: str = "") -> Callable[[Profile], str]:
    """The address of a page about the customer, by its name."""

    def address(profile: Profile) -> str:
        return reverse(name, args=[profile.customer.pk]) + query

    return address


def _first(profile: Profile, kind: str) -> str:
    """The first number or e-mail that works and is not masked."""
    for contact in profile.contacts:
        if contact.kind == kind and contact.is_valid and not contact.is_masked:
            return contact.value
    return ""


def _opens(scheme: str, kind: str) -> Callable[[Profile], str]:
    """The reader's own program for calls or messages."""

    def address(profile: Profile) -> str:
        value = _first(profile, kind)
        return f"{scheme}:{quote(value, safe='+@')}" if value else ""

    return address


def _book(profile: Profile) -> str:
    """The clinic's booking page with the customer's merge fields, each one quoted."""
    customer = profile.customer
    fields = {"id": str(customer.pk), "name": customer.name, "phone": _first(profile, "phone")}
    return re.sub(
        r"{(id|name|phone)}",
        lambda found: quote(fields[found[1]], safe=""),
        profile.clinic.booking_url,
    )


def register_own_actions() -> None:
    own: Any = (
        ProfileAction("dial", _("Call now"), "phone", _opens("tel", "phone"), 10, is_dialog=False),
        ProfileAction("call", _("Log a call"), "phone-call", to("customers:log", "?kind=call"), 12),
        ProfileAction(
            "sms",
            _("Write an SMS"),
            "message-square",
            _opens("sms", "phone"),
            13,
            is_dialog=False,
        ),
        ProfileAction(
            "email", _("Write an e-mail"), "mail", _opens("mailto", "email"), 13, is_dialog=False
        ),
        ProfileAction(
            "message",
            _("Log a message"),
            "message-circle",
            to("customers:log", "?kind=message"),
            14,
        ),
        ProfileAction(
            "book", _("Book a visit"), "calendar-plus", _book, 20, is_dialog=False, is_outside=True
        ),
        ProfileAction("package", _("Sell a package"), "package", to("customers:package-sell"), 30),
        ProfileAction(
            "adverse-event",
            _("Note an adverse event"),
            "shield-alert",
            to("customers:adverse-event-new"),
            35,
        ),
        ProfileAction("file", _("Add a file"), "paperclip", to("customers:file-add"), 40),
        ProfileAction(
            "edit", _("Edit details"), "pencil", to("customers:edit"), 60, is_dialog=False
        ),
        ProfileAction(
            "merge",
            _("Merge with another record"),
            "merge",
            to("customers:duplicate-pick"),
            70,
            is_dialog=False,
        ),
        ProfileAction(
            "rights",
            _("Rights of the person"),
            "shield",
            to("customers:rights"),
            90,
            capability="customers.erase",
            is_dialog=False,
        ),
    )
    for action in own:
        register_action(action)
