"""Segments: the list, and the builder with its live count."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Customer
from customers.queries import LATEST_FIRST, CountAndValue, count_and_value
from segmentation import drafts
from segmentation.limits import rule_limits
from segmentation.models import Segment
from segmentation.offered import offered
from segmentation.queries import customers_matching
from segmentation.rules import EVERYBODY, ChoiceBook, RuleRefused, clean_rule
from segmentation.sentences import sentence_of
from segmentation.services.segments import change_segment, create_segment, delete_segment
from segmentation.starters import starter, starter_groups
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.exceptions import DomainError

N_FACES = 10
UNKNOWN = CountAndValue(None, None)


@dataclass(frozen=True)
class Preview:
    """What a rule means now: its sentence and whom it finds, or why it cannot be used yet."""

    sentence: str
    refusal: str
    totals: CountAndValue
    faces: list[Customer]


def members_of(request: HttpRequest, rule: Any) -> QuerySet[Customer]:
    """The customers a rule means that this reader may see. Raises RuleRefused."""
    on = local_day(request.clinic.zone, timezone.now())
    found = customers_matching(rule, on=on)
    return found.filter(home_branch=request.branch) if request.branch else found


def preview_of(
    request: HttpRequest, rule: Any, book: ChoiceBook, *, has_faces: bool = True
) -> Preview:
    """Counted to the end; a rule that takes too long says so in `refusal`, beside its sentence."""
    sentence = ""
    try:
        clean_rule(rule, book=book)
        sentence = sentence_of(rule, currency=request.clinic.currency, book=book)
        found = members_of(request, rule)
        with rule_limits(found, reads_all=True):
            totals = count_and_value(found, cap=None)
        return Preview(sentence, "", totals, _faces(found) if has_faces and totals.n else [])
    except RuleRefused as refusal:
        return Preview(sentence, refusal.reason, UNKNOWN, [])


def _faces(found: QuerySet[Customer]) -> list[Customer]:
    """A sample, the latest visitors first; none where finding them takes longer than counting."""
    try:
        with rule_limits(found):
            return list(found.order_by(*LATEST_FIRST)[:N_FACES])
    except RuleRefused:
        return []


@requires("segments.view")
@require_safe
def segment_list(request: HttpRequest) -> HttpResponse:
    book = ChoiceBook()
    segments = [
        (segment, *said(segment, request.clinic.currency, book))
        for segment in Segment.objects.all()[:500]
    ]
    return render(
        request,
        "segmentation/list.html",
        {"segments": segments, "starter_groups": starter_groups()},
    )


def said(segment: Segment, currency: str, book: ChoiceBook) -> tuple[str, str]:
    """(sentence, "") or ("", why the rule cannot be read any more)."""
    try:
        return sentence_of(segment.rule, currency=currency, book=book), ""
    except RuleRefused as refusal:
        return "", refusal.reason


@requires("segments.view")
@require_safe
def segment_count(request: HttpRequest, segment_id: int) -> HttpResponse:
    """One segment's live count, fetched by its row: a slow rule keeps nobody waiting."""
    segment = get_object_or_404(Segment.objects.all(), pk=segment_id)
    preview = preview_of(request, segment.rule, ChoiceBook(), has_faces=False)
    return render(request, "segmentation/_count.html", {"preview": preview, "segment": segment})


@requires("segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def segment_new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request, None)
    chosen = starter(request.GET.get("from", ""))
    rule, name = (chosen.rule, str(chosen.name)) if chosen else (EVERYBODY, "")
    draft = drafts.draft_of_rule(clean_rule(rule), currency=request.clinic.currency)
    return _builder_page(request, draft, name=name, segment=None)


@requires("segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def segment_edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.all(), pk=segment_id)
    if request.method == "POST":
        return _save(request, segment)
    try:
        rule = clean_rule(segment.rule)
    except RuleRefused as refusal:
        messages.warning(request, _("The old rule cannot be read: %s") % refusal.reason)
        rule = EVERYBODY
    draft = drafts.draft_of_rule(rule, currency=request.clinic.currency)
    return _builder_page(request, draft, name=segment.name, segment=segment)


def _save(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    draft = drafts.draft_of_post(request.POST)
    rule = drafts.rule_of(draft, currency=request.clinic.currency)
    name = request.POST.get("name", "")
    name_error = ""
    try:
        if segment is None:
            saved = create_segment(name=name, rule=rule, by=request.membership)
        else:
            saved = change_segment(segment=segment, name=name, rule=rule, by=request.membership)
    except RuleRefused as refusal:
        drafts.show_refusal(draft, refusal.where, refusal.reason)
    except DomainError as refusal:
        name_error = refusal.message
    else:
        messages.success(request, _("Saved “%(name)s”.") % {"name": saved.name})
        return redirect("segmentation:detail", saved.pk)
    return _builder_page(request, draft, name=name, segment=segment, name_error=name_error)


def _builder_page(
    request: HttpRequest,
    draft: drafts.GroupDraft,
    *,
    name: str,
    segment: Segment | None,
    name_error: str = "",
) -> HttpResponse:
    context = _builder_context(request, draft) | {
        "name": name, "segment": segment, "name_error": name_error,
        "starter_groups": starter_groups(),
    }  # fmt: skip
    is_refused = request.method == "POST"
    return render(request, "segmentation/builder.html", context, status=422 if is_refused else 200)


def _builder_context(request: HttpRequest, draft: drafts.GroupDraft) -> dict[str, Any]:
    book = ChoiceBook()
    drafts.fill_choices(draft, book)
    rule = drafts.rule_of(draft, currency=request.clinic.currency)
    return {
        "draft": draft,
        "offered": offered(),
        "preview": preview_of(request, rule, book),
    }


@requires("segments.edit")
@require_POST
def build(request: HttpRequest) -> HttpResponse:
    """The builder after one click (`action`); after typing (`only=preview`) the preview alone."""
    draft = drafts.draft_of_post(request.POST)
    drafts.change(draft, request.POST.get("action", ""))
    name = "_preview" if request.POST.get("only") == "preview" else "_rule"
    context = _builder_context(request, draft) | {"is_swap": True}
    return render(request, f"segmentation/{name}.html", context)


@requires("segments.edit")
@require_POST
def segment_delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment.objects.all(), pk=segment_id)
    try:
        delete_segment(segment=segment, by=request.membership)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("segmentation:detail", segment_id)
    messages.success(request, _("Deleted “%(name)s”.") % {"name": segment.name})
    return redirect("segmentation:list")
