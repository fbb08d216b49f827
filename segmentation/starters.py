"""Rules to start a segment from: the clinic's everyday groups, and the eleven of the RFM map.

The eleven follow the usual map of recency against frequency and leave nobody out: each of its 25
fields belongs to exactly one of them (a test counts).
"""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segmentation.rule_formats import FORMAT

Text = str | Promise
EVERYDAY, RFM = _("Every day"), _("The RFM map: everybody is in one of these")


@dataclass(frozen=True)
class Starter:
    key: str
    name: Text
    why: Text
    icon: str
    rule: dict[str, Any]
    group: Text = EVERYDAY


def _all(*conditions: dict[str, Any] | tuple[str, str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "match": "all",
        "conditions": [
            one
            if isinstance(one, dict)
            else {"attribute": one[0], "operator": one[1], "value": one[2]}
            for one in conditions
        ],
    }


def _event(key: str, count: tuple[str, int], period: tuple[str, int] | None) -> dict[str, Any]:
    said: dict[str, Any] = {"event": key, "count": {"operator": count[0], "value": count[1]}}
    if period:
        said["period"] = {"operator": period[0], "value": period[1]}
    return said


def _on_map(
    key: str, name: Text, why: Text, icon: str, r: tuple[int, int], f: tuple[int, int]
) -> Starter:
    """One group of the map: from and to, both counted."""
    return Starter(key, name, why, icon, _all(_scored("r", *r), _scored("f", *f)), RFM)


def _scored(key: str, low: int, high: int) -> tuple[str, str, Any]:
    return (key, "is", low) if low == high else (key, "between", [low, high])


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
        "due-month", _("Due this month, nothing booked"),
        _("Due within 30 days and without an appointment."), "calendar-plus",
        _all(("next_due", "in_next_days", 30),
             {"event": "appointment", "count": {"operator": "never"},
              "period": {"operator": "in_next_days", "value": 60},
              "where": {"status": ["booked", "confirmed"]}}),
    ),
    Starter(
        "birthday", _("Birthday this month"),
        _("A friendly reason to write."), "cake",
        _all(("birthday", "is", ["this_month"])),
    ),
    Starter(
        "came-once", _("Lapsed after the first visit"),
        _("Came once, half a year to two years ago, and not again."), "footprints",
        _all(_event("visit", ("is", 1), None),
             _event("visit", ("at_least", 1), ("between_days_ago", [180, 730]))),
    ),
    Starter(
        "next-tier", _("One treatment short of the next tier"),
        _("A last treatment lifts them up: tell them."), "award",
        _all(("to_next_tier", "at_most", 200_000)),
    ),
    Starter(
        "dormant", _("Dormant"),
        _("Late by half an interval or more, not lost yet."), "moon",
        _all(("stage", "is", ["dormant"])),
    ),
    Starter(
        "missed", _("Missed two appointments"),
        _("Twice within a year they did not come: confirm by phone."), "calendar-x",
        _all(_event("no_show", ("at_least", 2), ("in_last_days", 365))),
    ),
    _on_map("champions", _("Champions"), _("Bought lately and often: they bring friends."),
            "trophy", (5, 5), (4, 5)),
    _on_map("loyal", _("Loyal customers"), _("Come often, and not long ago."),
            "heart", (3, 4), (4, 5)),
    _on_map("potential-loyalists", _("Potential loyalists"),
            _("Here lately, more than once: offer a course."), "sprout", (4, 5), (2, 3)),
    _on_map("new-customers", _("New customers"), _("Bought once, just now: make them welcome."),
            "sparkles", (5, 5), (1, 1)),
    _on_map("promising", _("Promising"), _("Bought once, not long ago."),
            "star", (4, 4), (1, 1)),
    _on_map("need-attention", _("Need attention"),
            _("In the middle of everything: a reminder decides."), "bell", (3, 3), (3, 3)),
    _on_map("about-to-sleep", _("About to sleep"), _("Seldom here, and a while ago."),
            "bed", (3, 3), (1, 2)),
    _on_map("at-risk", _("At risk"), _("Used to come often, long ago: call."),
            "triangle-alert", (1, 2), (3, 4)),
    _on_map("cannot-lose", _("Cannot lose them"),
            _("Were among the most frequent and stay away."), "life-buoy", (1, 2), (5, 5)),
    _on_map("hibernating", _("Hibernating"), _("Few purchases, long ago."),
            "snowflake", (2, 2), (1, 2)),
    _on_map("lost", _("Lost"), _("Few purchases, longest ago."), "ghost", (1, 1), (1, 2)),
)  # fmt: skip


def starter(key: str) -> Starter | None:
    return next((one for one in STARTERS if one.key == key), None)


def starter_groups() -> list[tuple[Text, list[Starter]]]:
    return [(group, [one for one in STARTERS if one.group == group]) for group in (EVERYDAY, RFM)]
