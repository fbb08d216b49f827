"""The high-value list and what its customers have in common."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from segmentation.score_queries import current_run
from segmentation.scores_pages import high_value
from segmentation.scores_pages.traits import traits_of
from tenancy.access import requires

VIEW_LABELS = {
    "high": _("High value"),
    "near": _("Near the top"),
    "next": _("Regular, rising"),
    "risk": _("High value at risk"),
}


@requires("scores.view")
@require_safe
def value(request: HttpRequest) -> HttpResponse:
    view = request.GET.get("view") or "high"
    if view not in high_value.VIEWS:
        raise Http404
    run = current_run()
    cuts = high_value.cuts_of(run) if run else None
    context: dict[str, Any] = {"tab": "value", "view": view, "run": run, "cuts": cuts}
    if run is not None and cuts is not None:
        scores = high_value.valued_scores(run, request.branch, view, cuts)
        rows, page = high_value.valued_page(scores, run, view, cuts, request.GET.get("page", ""))
        context |= {
            "views": [(name, label, name == view) for name, label in VIEW_LABELS.items()],
            "layer": high_value.VIEWS[view][0],
            "rows": rows,
            "page": page,
            "total": scores.count(),
            "high_from": cuts.from_minor["high"],
            "potential_from": cuts.from_minor["potential_high"],
            "has_gap": high_value.VIEWS[view][1] is not None,
        }
    return render(request, "segmentation/scores/value.html", context)


@requires("scores.view")
@require_safe
def traits(request: HttpRequest) -> HttpResponse:
    """The table of traits, fetched once the page is there: it reads a year of sales."""
    run = current_run()
    found = traits_of(run, request.branch) if run else None
    name = "_traits" if request.htmx else "traits"
    return render(request, f"segmentation/scores/{name}.html", {"tab": "value", "traits": found})
