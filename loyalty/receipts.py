"""The receipt of a tier change: everything that decided, so that it can be checked without us.

A receipt is plain JSON: programme, window_days, from_on, until_on, currency, spend_minor,
purchases [{sale, counts_on, net_minor}], ladder [{name, min_spend_minor}] from the lowest rung,
tier (a name or None), next {name, min_spend_minor, missing_minor} or None.
"""

from collections.abc import Mapping
from typing import Any


def spend_of(receipt: Mapping[str, Any]) -> int:
    """Net spend that counted, minor units, added up again from the purchases."""
    return sum(purchase["net_minor"] for purchase in receipt["purchases"])


def tier_of(receipt: Mapping[str, Any]) -> str | None:
    """The tier's name, worked out again from the receipt alone."""
    met = [
        rung["name"]
        for rung in receipt["ladder"] or []
        if rung["min_spend_minor"] <= max(spend_of(receipt), 0)
    ]
    return met[-1] if met else None
