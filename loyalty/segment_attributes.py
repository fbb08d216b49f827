"""Tier and points, as segments and the customers' list may ask for them."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Account, Tier
from segmentation.attributes import Attribute, Kind, register


def in_default_account(q: Q) -> Q:
    """Customers whose account in the default programme meets q."""
    accounts = Account.objects.filter(q, programme__is_default=True, customer=OuterRef("pk"))
    return Q(Exists(accounts))


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
