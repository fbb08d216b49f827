"""What the charts of the books draw."""

from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty.liability import RolledMonth


def liability_chart(months: Sequence[RolledMonth]) -> dict[str, Any]:
    """Points that came and went each month; what left is drawn below zero."""
    moves = [month.moves for month in months]
    return {
        "kind": "stack",
        "labels": [date_format(one.month, "YEAR_MONTH_FORMAT") for one in moves],
        "series": [
            {"name": _("Issued"), "values": [one.issued for one in moves], "tone": "accent"},
            {"name": _("Redeemed"), "values": [-one.redeemed for one in moves], "tone": "good"},
            {"name": _("Expired"), "values": [-one.expired for one in moves], "tone": "neutral"},
            {"name": _("Corrected"), "values": [one.adjusted for one in moves], "tone": "watch"},
        ],
        "unit": "count",
    }


def outstanding_chart(months: Sequence[RolledMonth]) -> dict[str, Any]:
    """Points outstanding at the end of each month."""
    return {
        "kind": "line",
        "labels": [date_format(month.moves.month, "YEAR_MONTH_FORMAT") for month in months],
        "series": [
            {"name": _("Outstanding"), "values": [month.closing for month in months],
             "tone": "accent"},
        ],
        "unit": "count",
    }  # fmt: skip
