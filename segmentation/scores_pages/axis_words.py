"""Stages, layers and grades in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segmentation.models import Layer, Stage
from segmentation.scores_pages.history import NONE, UNKNOWN

AXIS_LABELS: dict[str, str | Promise] = {
    "stage": _("Stage"),
    "layer": _("Value layer"),
    "r": _("R score"),
    "f": _("F score"),
    "m": _("M score"),
}


def value_label(axis: str, value: str) -> str | Promise:
    """«Dormant», «High value», «R 5»."""
    if value == UNKNOWN:
        return _("Not known yet")
    if value == NONE:
        return pgettext_lazy("recency, frequency or spend", "Bought nothing")
    if axis == "stage":
        return Stage(value).label
    if axis == "layer":
        return Layer(value).label
    return f"{axis.upper()} {value}"
