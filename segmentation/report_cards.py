"""A run's report card in words: what was said beside what came, by tenth and by kind of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from segmentation.services.score_card import AGE_BANDS, DAY_BANDS
from tenancy.models import Branch

CALLED_FROM = 0.5
GROUPED_BY: dict[str, str | Promise] = {
    "branch": lazy("By branch"),
    "age": lazy("By age"),
    "days": lazy("By purchase days on record"),
}


@dataclass(frozen=True)
class Tenth:
    """place: 1 for the likeliest to leave. lift: rate of leaving ÷ that of everybody."""

    place: int
    n: int
    said: float
    away: float
    lift: float


@dataclass(frozen=True)
class GroupRow:
    label: str
    n: int
    auc: float | None
    said: float
    away: float


@dataclass(frozen=True)
class ReportCard:
    """tenths: the likeliest to leave first. groups: (title, rows) of each way to group."""

    n: int
    base_rate: float
    calibration_error: float
    tenths: list[Tenth]
    groups: list[tuple[str | Promise, list[GroupRow]]]

    @property
    def calibration_points(self) -> float:
        """The calibration error in percentage points."""
        return 100 * self.calibration_error

    @property
    def of_hundred_called(self) -> int | None:
        """Of 100 in the tenths that were called likelier to leave than not, how many left."""
        called = [tenth for tenth in self.tenths if tenth.said >= CALLED_FROM]
        n = sum(tenth.n for tenth in called)
        return round(100 * sum(tenth.n * tenth.away for tenth in called) / n) if n else None

    @property
    def chart(self) -> dict[str, Any]:
        """What was said beside what came, by tenth."""
        said = [tenth.said for tenth in self.tenths]
        away = [tenth.away for tenth in self.tenths]
        return {
            "kind": "bar",
            "labels": [str(tenth.place) for tenth in self.tenths],
            "series": [
                {"name": _("Said to leave"), "values": said, "tone": "neutral"},
                {"name": _("Did leave"), "values": away, "tone": "accent"},
            ],
            "unit": "percent",
        }

    @property
    def of_hundred(self) -> int:
        """Of 100 customers at the top of the list, how many did stay away."""
        return round(100 * self.tenths[0].away)

    @property
    def of_hundred_at_random(self) -> int:
        return round(100 * self.base_rate)


def card_in(report: Mapping[str, Any]) -> ReportCard | None:
    """None for a run without a tested day, or of old."""
    card = report.get("card")
    if not card:
        return None
    rate = card["base_rate"] or 1.0
    tenths = [
        Tenth(place, n, said, away, away / rate)
        for place, (n, said, away) in enumerate(reversed(card["bins"]), start=1)
    ]
    labels = _labels(card["groups"])
    groups = [
        (title, [_row(labels[name], *figures) for figures in card["groups"][name]])
        for name, title in GROUPED_BY.items()
        if len(card["groups"].get(name, [])) > 1
    ]
    return ReportCard(card["n"], card["base_rate"], card["calibration_error"], tenths, groups)


def _row(
    labels: Mapping[int, str], key: int, n: int, auc: float | None, brier: float, *rates: float
) -> GroupRow:
    return GroupRow(labels.get(key, "–"), n, auc, *rates)


def _labels(groups: Mapping[str, list[list[Any]]]) -> dict[str, dict[int, str]]:
    branch_ids = [figures[0] for figures in groups.get("branch", [])]
    named = Branch.objects.filter(pk__in=branch_ids).values_list("pk", "name")
    return {
        "branch": dict(named),
        "age": _band_labels(
            AGE_BANDS, _("under %(to)s") % {"to": AGE_BANDS[0]}, _("%(start)s or older")
        ),
        "days": _band_labels(DAY_BANDS, "1", _("%(start)s or more")),
    }


def _band_labels(starts: tuple[int, ...], first: str, last: str) -> dict[int, str]:
    bounds = pairwise(starts)
    between = [_("%(start)s to %(to)s") % {"start": start, "to": to - 1} for start, to in bounds]
    return dict(enumerate([first, *between, last % {"start": starts[-1]}]))
