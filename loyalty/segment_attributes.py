"""Tier and points, as segments and the customers' list may ask for them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.models import Account, LedgerEntry, Tier, TierChange
from segmentation.attributes import Attribute, Kind, OneRow, register
from segmentation.events import EventDetail, EventKind, register_event

# One account a customer and programme, and one programme is the default.
in_default_account = OneRow(lambda: Account.objects.filter(programme__is_default=True))


def tier_choices() -> list[tuple[int, str]]:
    tiers = Tier.objects.on_ladder().filter(programme__is_default=True)
    return list(tiers.values_list("pk", "name"))


def register_attributes() -> None:
    register(
        Attribute(
            "tier", _("Tier"), Kind.CHOICE, app="loyalty", field="tier",
            within=in_default_account, choices=tier_choices, in_list=True,
            phrases={
                "is": _("whose tier is %(value)s"), "is_not": _("whose tier is not %(value)s"),
            },
        )
    )  # fmt: skip
    register(
        Attribute(
            "points", _("Points balance"), Kind.NUMBER, app="loyalty", field="balance",
            within=in_default_account,
            phrases={
                "at_least": _("who have at least %(value)s points"),
                "at_most": _("who have at most %(value)s points"),
                "between": _("who have %(low)s to %(high)s points"),
                "is": _("who have exactly %(value)s points"),
            },
        )
    )  # fmt: skip


def register_events() -> None:
    def kind(key: str, label: Any, **more: Any) -> None:
        register_event(EventKind(key, label, "loyalty", customer="account__customer", **more))

    kind(
        "redemption", _("Points redeemed"), day="posted_on",
        rows=lambda: LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REDEMPTION),
        did=_("who redeemed points%(details)s%(times)s%(period)s"),
        did_not=_("who have redeemed no points%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "tier_change", _("Tier changed"), rows=TierChange.objects.all, day="changed_on",
        did=_("whose tier changed%(details)s%(times)s%(period)s"),
        did_not=_("whose tier has not changed%(details)s%(period)s"),
        details=(
            EventDetail("tier", _("New tier"), "new_tier", _(" to %(value)s"),
                        choices=tier_choices),
        ),
    )  # fmt: skip
