"""Rules to start a segment from."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Starter:
    key: str
    name: str | Promise
    why: str | Promise
    icon: str
    rule: dict[str, Any]


def _all(*conditions: tuple[str, str, Any]) -> dict[str, Any]:
    return {
        "match": "all",
        "conditions": [
            {"attribute": attribute, "operator": operator, "value": value}
            for attribute, operator, value in conditions
        ],
    }


STARTERS: tuple[Starter, ...] = (
    Starter(
        "slipping-away", _("Slipping away, high value"),
        _("They spent a lot and are late: the calls that pay most."), "trending-down",
        _all(("stage", "is", ["active", "loyal", "dormant"]), ("m", "at_least", 4),
             ("churn", "at_least", 0.5)),
    ),
    Starter(
        "due-soon", _("Due soon"),
        _("Their usual interval ends within two weeks."), "calendar-clock",
        _all(("next_due", "in_next_days", 14)),
    ),
    Starter(
        "dormant", _("Dormant"),
        _("Late by half an interval or more, not lost yet."), "moon",
        _all(("stage", "is", ["dormant"])),
    ),
    Starter(
        "champions", _("Champions"),
        _("Recent, frequent and generous: they bring friends."), "trophy",
        _all(("r", "at_least", 4), ("f", "at_least", 4), ("m", "at_least", 4)),
    ),
    Starter(
        "birthday", _("Birthday this month"),
        _("A friendly reason to write."), "cake",
        _all(("birthday", "is", ["this_month"])),
    ),
)  # fmt: skip


def starter(key: str) -> Starter | None:
    return next((one for one in STARTERS if one.key == key), None)
