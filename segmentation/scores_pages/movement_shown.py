"""What the page of movement shows: the chart of stages, and the matrix as rows of cells."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

from segmentation.models import ScoreRun, Stage
from segmentation.scores_pages.axis_words import value_label
from segmentation.scores_pages.history import AXES, UNKNOWN, Moved

Text = str | Promise
# From those who stay to those who left; one colour a stage, the same as everywhere.
STAGE_TONES = {
    Stage.LOYAL: "good", Stage.ACTIVE: "second", Stage.NEW: "accent", Stage.POTENTIAL: "neutral",
    Stage.DORMANT: "watch", Stage.CHURNED: "act",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """url: of the people. level: 0 (nobody) to 4 (most who moved), for the shade."""

    n: int
    url: str
    level: int
    is_same: bool
    is_up: bool


@dataclass(frozen=True)
class Row:
    label: Text
    cells: list[Cell]
    total: int
    url: str


@dataclass(frozen=True)
class StageLine:
    """change: customers more or fewer than in the earlier run; None without one."""

    stage: str
    n: int
    change: int | None
    url: str


def stages_chart(ends: list[ScoreRun], counts: Mapping[int, Counter[str]]) -> dict[str, Any]:
    """Customers by stage at each month's end, as a stack."""
    return {
        "kind": "stack",
        "labels": [run.as_of.strftime("%Y-%m") for run in ends],
        "series": [
            {
                "name": str(stage.label),
                "values": [counts[run.pk][stage] for run in ends],
                "tone": tone,
            }
            for stage, tone in STAGE_TONES.items()
        ],
        "unit": "count",
    }


def stage_lines(
    now: Counter[str], before: Counter[str] | None, moved: Moved | None
) -> list[StageLine]:
    """Every stage with its customers now and how that changed."""
    return [
        StageLine(
            stage,
            now[stage],
            None if before is None else now[stage] - before[stage],
            people_url(moved, after=stage)
            if moved
            else f"{reverse('customers:list')}?stage={stage}",
        )
        for stage in STAGE_TONES
    ]


def matrix_rows(found: Counter[tuple[str, str]], moved: Moved) -> list[Row]:
    """From (rows, also who was not known) to (columns), best first; rows of nobody are left out."""
    values = [str(value) for value in reversed(AXES[moved.axis])]
    most = max((n for (before, after), n in found.items() if before != after), default=0)
    rows = []
    for before in (*values, UNKNOWN):
        total = sum(found[before, after] for after in values)
        if total:
            cells = [_cell(found, moved, before, after, values, most) for after in values]
            rows.append(
                Row(value_label(moved.axis, before), cells, total, people_url(moved, before=before))
            )
    return rows


def _cell(
    found: Counter[tuple[str, str]], moved: Moved, before: str, after: str, values: list[str],
    most: int,
) -> Cell:  # fmt: skip
    n, is_same = found[before, after], before == after
    is_up = before != UNKNOWN and values.index(after) < values.index(before)
    level = -(-4 * n // most) if n and most and not is_same and before != UNKNOWN else 0
    return Cell(n, people_url(moved, before=before, after=after), min(level, 4), is_same, is_up)


def column_labels(axis: str) -> list[Text]:
    return [value_label(axis, str(value)) for value in reversed(AXES[axis])]


def people_url(moved: Moved, *, before: str | None = None, after: str | None = None) -> str:
    """The people who moved there. «before» of nobody known is an empty value."""
    query = {"from": moved.earlier.pk, "to": moved.later.pk, "axis": moved.axis}
    query |= {
        key: value for key, value in (("before", before), ("after", after)) if value is not None
    }
    return f"{reverse('segmentation:moved')}?{urlencode(query)}"
