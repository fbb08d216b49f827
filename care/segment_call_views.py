"""Turning a segment into calls: who makes them, by when, what about."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from care.early_warning import owners
from care.early_warning_forms import SegmentCallsForm
from care.services.segment_calls import Opened, call_members, callable_members
from segmentation.limits import rule_limits
from segmentation.models import Segment
from segmentation.rule_refusals import RuleRefused
from tenancy.access import requires
from tenancy.clock import local_day


@requires("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def call_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The form with how many could be called; sent, the calls are open and the segment is shown."""
    segment = get_object_or_404(Segment.objects.all(), pk=segment_id)
    today = local_day(request.clinic.zone, timezone.now())
    form = SegmentCallsForm(
        request.POST or None,
        members=owners(request.branch),
        today=today,
        initial={"why": segment.name},
    )
    try:
        if request.method == "POST" and form.is_valid():
            by, branch = request.membership, request.branch
            opened = call_members(segment, by=by, branch=branch, **form.cleaned_data)
            messages.success(request, _told(opened))
            return redirect("segmentation:detail", segment.pk)
        found = callable_members(segment, request.branch)
        with rule_limits(found):
            context = {"n_callable": found.count()}
    except RuleRefused as refusal:
        context = {"refusal": refusal.reason}
    context |= {"segment": segment, "form": form}
    status = 422 if form.errors or "refusal" in context else 200
    return render(request, "care/segment_calls.html", context, status=status)


def _told(opened: Opened) -> str:
    n = opened.n_opened
    said = ngettext("%(n)s call is given.", "%(n)s calls are given.", n) % {"n": n}
    if opened.n_left:
        left = ngettext(
            "%(n)s more customer could be called.",
            "%(n)s more customers could be called.",
            opened.n_left,
        ) % {"n": opened.n_left}
        return f"{said} {left}"
    return said
