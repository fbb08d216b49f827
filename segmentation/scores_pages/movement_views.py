"""Stages over time, who went from where to where, and who moved most."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from segmentation.models import ScoreRun
from segmentation.scores_pages import history, movement_shown
from segmentation.scores_pages.axis_words import AXIS_LABELS, value_label
from segmentation.scores_pages.history import AXES, UNKNOWN, Moved
from segmentation.scores_pages.keyset import page_of
from segmentation.scores_pages.movers import movers
from segmentation.scores_pages.people import PAGE_ROWS
from tenancy.access import requires
from tenancy.clock import local_day


@requires("scores.view")
@require_safe
def movement(request: HttpRequest) -> HttpResponse:
    runs = history.kept_runs()
    context: dict[str, Any] = {"tab": "movement", "runs": runs}
    if runs:
        moved = _asked(request, runs)
        context |= _stages(request, runs, moved)
        if moved is not None:
            context |= {"moved": moved, "axes": AXIS_LABELS.items()} | _moves(request, moved)
    return render(request, "segmentation/scores/movement.html", context)


@requires("scores.view")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The customers behind one cell, or one row or column."""
    moved = _asked(request, history.kept_runs())
    if moved is None:
        raise Http404
    before, after = (_value(request, name, moved.axis) for name in ("before", "after"))
    moved = Moved(moved.earlier, moved.later, moved.axis, before, after)
    found = history.people_moved(moved, request.branch)
    context = {
        "tab": "movement",
        "moved": moved,
        "was": None if before is None else value_label(moved.axis, before),
        "now": None if after is None else value_label(moved.axis, after),
        "page": page_of(found, "worth_minor", request.GET.get("page", ""), size=PAGE_ROWS),
        "total": found.count(),
    }
    return render(request, "segmentation/scores/moved.html", context)


def _asked(request: HttpRequest, runs: list[ScoreRun]) -> Moved | None:
    """The two runs and the axis of the address, or the usual ones; None while there is one run.

    Raises Http404 for what is not kept, or for no such axis.
    """
    by_id = {str(run.pk): run for run in runs}
    named = [request.GET.get(name, "") for name in ("from", "to")]
    axis = request.GET.get("axis") or "stage"
    if axis not in AXES or any(name and name not in by_id for name in named):
        raise Http404
    if not runs:
        return None
    later = by_id.get(named[1]) or runs[0]
    earlier = by_id.get(named[0]) or history.month_before(later, runs)
    if earlier is None:
        return None
    if earlier.as_of > later.as_of:
        earlier, later = later, earlier
    return Moved(earlier, later, axis)


def _value(request: HttpRequest, name: str, axis: str) -> str | None:
    value = request.GET.get(name)
    if value is None or value in AXES[axis] or (name == "before" and value == UNKNOWN):
        return value
    raise Http404


def _stages(request: HttpRequest, runs: list[ScoreRun], moved: Moved | None) -> dict[str, Any]:
    ends = history.month_ends(runs)
    compared = [moved.earlier, moved.later] if moved else runs[:1]
    wanted = {run.pk: run for run in (*ends, *compared)}
    counts = history.stages_by_run(list(wanted.values()), request.branch)
    by_stage = Moved(moved.earlier, moved.later, "stage") if moved else None
    before = counts[moved.earlier.pk] if moved else None
    return {
        "n_months": len(ends),
        "chart": movement_shown.stages_chart(ends, counts),
        "lines": movement_shown.stage_lines(counts[compared[-1].pk], before, by_stage),
    }


def _moves(request: HttpRequest, moved: Moved) -> dict[str, Any]:
    found = history.movement(moved.earlier, moved.later, moved.axis, request.branch)
    by = "stage" if moved.axis == "stage" else "layer"
    today = local_day(request.clinic.zone, timezone.now())

    def most_moved(*, is_up: bool) -> list:
        return movers(
            moved.earlier, moved.later, by, request.branch, is_up=is_up, today=today,
            currency=request.clinic.currency,
        )  # fmt: skip

    return {
        "rows": movement_shown.matrix_rows(found, moved),
        "columns": movement_shown.column_labels(moved.axis),
        "n_stayed": sum(n for (was, now), n in found.items() if was == now),
        "n_compared": sum(n for (was, _now), n in found.items() if was != UNKNOWN),
        "movers_by": by,
        "rose": most_moved(is_up=True),
        "fell": most_moved(is_up=False),
    }
