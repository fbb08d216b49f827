"""What the components need: icons, the look of a stage, and chart figures as a table."""

import json
import logging
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic_crm.templatetags.formats import NOTHING, money, number, percent

register = template.Library()
logger = logging.getLogger(__name__)


@cache
def _read_icons(path: Path) -> dict[str, str]:
    return json.loads(path.read_text(encoding="utf-8"))


def _icons() -> dict[str, str]:
    """Icon name → inner SVG markup, from the front-end build. Empty while it is not built."""
    try:
        return _read_icons(settings.BASE_DIR / "frontend" / "dist" / "icons.json")
    except FileNotFoundError:
        logger.warning("frontend/dist/icons.json is missing: icons stay empty. Run the build.")
        return {}


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """`{% icon "phone" %}`: a lucide icon inline; with a label it is read out, else hidden."""
    icons = _icons()
    if icons and name not in icons:
        logger.warning("There is no icon %r; see https://lucide.dev/icons for the names.", name)
    role = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" data-size="{}" {}>{}</svg>',
        size,
        mark_safe(role),  # noqa: S308 - built by format_html above or constant
        mark_safe(icons.get(name, "")),  # noqa: S308 - our own build's file
    )


@register.simple_tag
def uid(prefix: str = "id") -> str:
    """A fresh id for aria references: unique also among pieces that htmx swaps in."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class StageLook:
    label: str | Promise
    tone: str
    icon: str


STAGES = {
    "potential": StageLook(
        pgettext_lazy("lifecycle stage", "Potential"), "neutral", "circle-dashed"
    ),
    "new": StageLook(pgettext_lazy("lifecycle stage", "New"), "accent", "sprout"),
    "active": StageLook(pgettext_lazy("lifecycle stage", "Active"), "good", "circle-check"),
    "loyal": StageLook(pgettext_lazy("lifecycle stage", "Loyal"), "good", "heart"),
    "dormant": StageLook(pgettext_lazy("lifecycle stage", "Dormant"), "watch", "moon"),
    "churned": StageLook(pgettext_lazy("lifecycle stage", "Churned"), "act", "log-out"),
}
UNSCORED = StageLook(_("Not scored yet"), "neutral", "circle-dashed")

TONE_ICONS = {
    "good": "circle-check", "watch": "triangle-alert", "act": "circle-alert",
    "accent": "info", "neutral": "info",
}  # fmt: skip
# How Django's message levels speak.
MESSAGE_TONES = {"success": "good", "warning": "watch", "error": "act"}


@register.simple_tag
def stage_look(stage: str | None) -> StageLook:
    """Label, tone and icon of a lifecycle stage."""
    return STAGES.get(str(stage or ""), UNSCORED)


@register.filter
def tone_icon(tone: str) -> str:
    return TONE_ICONS.get(tone, "info")


@register.filter
def split_words(text: str) -> list[str]:
    """`{% for tone in "good watch"|split_words %}`"""
    return text.split()


# First match wins: every browser also claims to be the ones below it.
BROWSERS = {
    "MicroMessenger": "WeChat", "Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox",
    "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "Mac OS X": "macOS", "Linux": "Linux",
}  # fmt: skip


@register.filter
def browser_name(user_agent: str) -> str:
    """«Chrome · Windows» out of a user agent string."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    return " · ".join(filter(None, [browser, system])) or user_agent[:60]


@register.filter
def times(count: str | int) -> range:
    """`{% for line in "3"|times %}`"""
    return range(int(count))


@dataclass(frozen=True)
class SortState:
    aria: str  # "ascending", "descending" or "" when this column does not sort the list
    next: str  # value of ?sort= that a click asks for


@register.simple_tag(takes_context=True)
def sort_state(context: Context, column: str) -> SortState:
    """How `?sort=column` or `?sort=-column` of this request concerns one column."""
    request = context.get("request")
    current = request.GET.get("sort", "") if request else ""
    if current == column and column:
        return SortState("ascending", f"-{column}")
    if current == f"-{column}" and column:
        return SortState("descending", column)
    return SortState("", column)


@register.filter
def message_tone(level_tag: str) -> str:
    return MESSAGE_TONES.get(level_tag, "neutral")


@register.filter
def as_json(data: dict) -> str:
    """Numbers for an attribute. Not for a script element: htmx drops those from what it brings."""
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)


@register.simple_tag(takes_context=True)
def chart_table(context: Context, data: dict) -> dict:
    """The chart's numbers as text: {"head": [...], "rows": [[label, cell, ...], ...]}."""

    def cell(value) -> str:
        if value is None:
            return NOTHING
        match data.get("unit", "count"):
            case "percent":
                return percent(value, data.get("decimals", 1))
            case "money":
                return money(context, value, data.get("currency", ""), decimals=0)
            case _:
                return number(value, data.get("decimals", 0))

    if data["kind"] == "heat":
        rows = zip(data["rows"], data["values"], strict=True)
        return {"head": data["labels"], "rows": [[name, *map(cell, row)] for name, row in rows]}
    columns = [column for row in data["series"] for column in _columns(row)]
    return {
        "head": [name for name, _values in columns],
        "rows": [
            [label, *(cell(values[i]) for _name, values in columns)]
            for i, label in enumerate(data["labels"])
        ],
    }


def _columns(series: dict) -> list[tuple[str, list]]:
    columns = [(series["name"], series["values"])]
    if series.get("low") and series.get("high"):
        columns += [(_("Lower bound"), series["low"]), (_("Upper bound"), series["high"])]
    return columns
