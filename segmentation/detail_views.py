"""One segment: who is in it, what they are worth, how it moves, and two of them side by side."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.columns import lines_of
from customers.models import Customer
from customers.queries import count_and_value, list_page
from segmentation.choice_book import ChoiceBook
from segmentation.detail_queries import (
    Figures,
    figures_of,
    latest_looks,
    members,
    overlaps,
    stage_chart,
    trend_chart,
)
from segmentation.limits import rule_limits
from segmentation.models import Segment
from segmentation.rule_refusals import RuleRefused, RuleTooCostly
from segmentation.services.membership import open_members
from segmentation.usage import uses_of
from segmentation.views import members_of, said
from tenancy.access import requires
from tenancy.queue import enqueue


@requires("segments.view")
@require_safe
def segment_detail(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.select_related("created_by__user"), pk=segment_id)
    sentence, refusal = said(segment, request.clinic.currency, ChoiceBook())
    context: dict[str, Any] = {"segment": segment, "sentence": sentence, "refusal": refusal}
    if not refusal:
        try:
            found = _found(request, segment)
            with rule_limits(found):
                context |= _members(request, found)
        except RuleTooCostly as slow:
            context["slow"] = slow.reason
        except RuleRefused as refused:
            context["refusal"] = refused.reason
    context |= {
        "uses": uses_of(segment),
        "looks": latest_looks(segment) if not request.branch else [],
        "trend": trend_chart(segment) if not request.branch else None,
        "list_query": urlencode({"where": _condition(segment)}),
    }
    return render(request, "segmentation/detail.html", context)


def _found(request: HttpRequest, segment: Segment) -> QuerySet[Customer]:
    """By the last look, whose age the page tells; asked afresh while there was none."""
    if segment.refreshed_at is None:
        return members_of(request, segment.rule)
    return members(segment, request.branch)


def _members(request: HttpRequest, found: QuerySet[Customer]) -> dict[str, Any]:
    sort, at = request.GET.get("sort", ""), request.GET.get("page", "")
    page = list_page(found, sort=sort, at=at, is_filtered=True)  # they may stand anywhere in it
    in_clear = "customers.view_contact" in request.capabilities
    lines = lines_of(page.customers, in_clear=in_clear)
    return {"page": page, "totals": count_and_value(found, cap=None), **lines}


def _condition(segment: Segment) -> str:
    """The segment as a condition of the customers' list, which also exports."""
    return json.dumps({"attribute": "segment", "operator": "is", "value": [segment.pk]})


@requires("segments.view")
@require_safe
def segment_figures(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Value, risk and overlap, fetched by the page: they read a row a member."""
    segment = get_object_or_404(Segment.objects.all(), pk=segment_id)
    context: dict[str, Any] = {"segment": segment}
    try:
        found = _found(request, segment)
        with rule_limits(found, reads_all=True):
            context["figures"] = figures_of(found)
            if segment.refreshed_at:
                context["overlaps"] = overlaps(segment, request.branch)
        context["chart"] = stage_chart([(segment.name, context["figures"])])
    except RuleRefused as refusal:
        context = {"segment": segment, "refusal": refusal.reason}
    return render(request, "segmentation/_figures.html", context)


@requires("segments.edit")
@require_POST
def segment_look(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Look again now, in the background."""
    segment = get_object_or_404(Segment.objects.all(), pk=segment_id)
    enqueue("segmentation.look_again", segment_id=segment.pk)
    messages.success(request, _("“%(name)s” is being counted again.") % {"name": segment.name})
    return redirect("segmentation:detail", segment.pk)


@requires("segments.view")
@require_safe
def segment_compare(request: HttpRequest) -> HttpResponse:
    """Two segments: who is in one, the other and both, by their last looks."""
    segments = list(Segment.objects.filter(refreshed_at__isnull=False)[:500])
    known = {str(segment.pk): segment for segment in segments}
    first, second = (known.get(request.GET.get(name, "")) for name in ("a", "b"))
    context: dict[str, Any] = {"segments": segments, "first": first, "second": second}
    if second is None:  # offered: the first that is not compared with itself
        other = (one for one in segments if one != (first or segments[0]))
        context["second"] = next(other, None)
    elif first and first != second:
        try:
            sides = _sides(request, first, second)
        except RuleTooCostly as slow:
            context["refusal"] = slow.reason
        else:
            context |= {"sides": sides, "chart": stage_chart(sides)}
    return render(request, "segmentation/compare.html", context)


def _sides(request: HttpRequest, first: Segment, second: Segment) -> list[tuple[str, Figures]]:
    one, other = members(first, request.branch), members(second, request.branch)
    only = _("Only in “%(name)s”")
    asked = [
        (only % {"name": first.name}, one.exclude(pk__in=open_members(second))),
        (_("In both"), one.filter(pk__in=open_members(second))),
        (only % {"name": second.name}, other.exclude(pk__in=open_members(first))),
    ]
    sides = []
    for name, found in asked:
        with rule_limits(found, reads_all=True):
            sides.append((name, figures_of(found)))
    return sides
