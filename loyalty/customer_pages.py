"""What loyalty adds to the customers' pages: a column of the list, two places of the profile."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.columns import ListColumn, register_column
from customers.panels import ProfilePart, register_part
from customers.profile_actions import ProfileAction, register_action, to
from customers.queries import Profile
from loyalty.queries.accounts import tiers_of
from loyalty.queries.standings import standings_of


def loyalty_of(profile: Profile) -> Mapping[str, Any] | None:
    """How the customer stands in each programme, in one query; nothing before there is one."""
    standings = standings_of(profile.customer.pk, on=profile.today)
    return {"standings": standings} if standings else None


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
