"""What loyalty adds to the customers' pages: a column of the list, two places of the profile."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.columns import ListColumn, register_column
from customers.panels import ProfilePart, register_part
from customers.profile_actions import ProfileAction, register_action, to
from customers.queries import Profile
from loyalty.queries.accounts import standing_of, tiers_of


def loyalty_of(profile: Profile) -> Mapping[str, Any] | None:
    """The customer's standing, in two queries; nothing before there is an account."""
    standing = standing_of(profile.customer.pk, on=profile.today)
    return {"standing": standing} if standing else None


def register() -> None:
    register_column(
        ListColumn(
            "tier", _("Tier"), "loyalty/_tier_cell.html", found=tiers_of, order=20, is_shown=True
        )
    )
    register_part(
        ProfilePart(
            "loyalty",
            loyalty_of,
            {"badge": "loyalty/_tier_badge.html", "now": "loyalty/_points_card.html"},
            order=30,
            capability="loyalty.view",
        )
    )
    register_action(
        ProfileAction(
            "desk",
            _("Redeem at the desk"),
            "gift",
            to("loyalty:desk-customer"),
            25,
            capability="loyalty.redeem",
            is_dialog=False,
        )
    )
