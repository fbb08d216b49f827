"""Experiments that were loaded from files, beside the clinic's own campaigns."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analytics.experiment_files.refusals import in_words
from analytics.experiment_files.sentences import sentences
from analytics.models import Experiment
from tenancy.access import requires

Result = dict[str, Any]


@requires("analytics.view")
@require_safe
def experiment_list(request: HttpRequest) -> HttpResponse:
    rows = [(one, sentences(one.result)[:2]) for one in Experiment.objects.all()[:100]]
    return render(request, "analytics/experiments.html", {"rows": rows})


@requires("analytics.view")
@require_safe
def experiment_detail(request: HttpRequest, experiment_id: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment.objects.all(), pk=experiment_id)
    result = experiment.result
    context = {
        "experiment": experiment,
        "result": result,
        "sentences": sentences(result),
        "charts": [_rates_chart(result, name) for name in result["columns"]["outcomes"]],
        "rows": _rows(result),
        "reasons": [(one, in_words(one["code"])) for one in result["rows"]["reasons"]],
        "differences": (result["balance"] or {}).get("differences", [])[:8],
    }
    return render(request, "analytics/experiment.html", context)


@requires("analytics.view")
@require_safe
def experiment_export(request: HttpRequest, experiment_id: int) -> HttpResponse:
    experiment = get_object_or_404(Experiment.objects.all(), pk=experiment_id)
    return HttpResponse(
        json.dumps(experiment.result, ensure_ascii=False, indent=2),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="experiment-{experiment.pk}.json"'},
    )


def _rates_chart(result: Result, outcome: str) -> tuple[str, dict[str, Any]]:
    """(outcome, dots of every arm)."""
    arms = [arm for arm in result["arms"] if arm["n"]]
    rates = [arm["outcomes"][outcome] for arm in arms]
    return outcome, {
        "kind": "dots",
        "labels": [arm["name"] or _("Everybody") for arm in arms],
        "series": [
            {
                "name": outcome,
                "values": [rate["rate"] for rate in rates],
                "low": [rate["low"] for rate in rates],
                "high": [rate["high"] for rate in rates],
                "tones": ["neutral" if arm["is_control"] else "accent" for arm in arms],
            }
        ],
        "unit": "percent",
    }


def _rows(result: Result) -> list[dict[str, Any]]:
    """One line an arm and outcome, with its difference to the control where there is one."""
    effects = {(one["arm"], one["outcome"]): one for one in result["effects"]}
    lines = []
    for arm in result["arms"]:
        found = [(name, rate["rate"], True) for name, rate in arm["outcomes"].items()]
        found += [(name, money["mean"], False) for name, money in arm["money"].items()]
        for outcome, value, is_rate in found:
            effect = effects.get((arm["name"], outcome))
            lines.append(
                {
                    "arm": arm["name"] or _("Everybody"),
                    "is_control": arm["is_control"],
                    "outcome": outcome,
                    "n": arm["n"],
                    "is_rate": is_rate,
                    "value": value,
                    "effect": effect,
                    "low": _in_points(effect, "low"),
                    "high": _in_points(effect, "high"),
                }
            )
    return lines


def _in_points(effect: dict[str, Any] | None, key: str) -> float | None:
    """An end of the interval; of a rate in percentage points."""
    if effect is None or effect[key] is None:
        return None
    return effect[key] * (100 if effect["kind"] == "rate" else 1)
