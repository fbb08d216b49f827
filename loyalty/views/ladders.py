"""The ladder: its rules in words, its versions, drafts and what they would have done."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from loyalty.exceptions import LadderRefused
from loyalty.ladder_forms import (
    LadderForm,
    PublishForm,
    Steps,
    ladder_form_initial,
    steps_initial,
)
from loyalty.ladder_words import falling_sentence, rung_sentence
from loyalty.models import LadderDraft, LadderVersion, Programme
from loyalty.queries.drafts import Happened, happened, moves_of
from loyalty.queries.ladders import rules_on, versions_of
from loyalty.services.ladders import publish, save_draft
from loyalty.services.what_if_jobs import ask
from loyalty.tiering import LadderRules, rules_from
from loyalty.views.designed import page_of, programme_or_404
from loyalty.views.rules import today_of
from tenancy.access import requires
from tenancy.models import Job

PAGE = 25


def sentences(rules: LadderRules, currency: str) -> list[tuple[str, str]]:
    """(name, what it asks for), from the top down."""
    rows = [(r.name, rung_sentence(rules, n, currency)) for n, r in enumerate(rules.rungs)]
    return rows[::-1]


@requires("loyalty.view")
@require_safe
def ladder(request: HttpRequest) -> HttpResponse:
    programme = programme_or_404(request)
    rules = rules_on(programme, today_of(request))
    versions = list(versions_of(programme).select_related("draft")[:12])
    context = {
        "tab": "ladder", "programme": programme, "falling": falling_sentence(rules),
        "rungs": sentences(rules, request.clinic.currency), "versions": versions,
        "today": today_of(request),
        "drafts": LadderDraft.objects.filter(programme=programme).select_related("job")[:12],
    }  # fmt: skip
    return render(request, "loyalty/design/ladder.html", context)


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def draft_new(request: HttpRequest) -> HttpResponse:
    programme = programme_or_404(request)
    rules = rules_on(programme, today_of(request))
    return _draft_form(request, programme, rules, name=_("Draft"))


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def draft_edit(request: HttpRequest, draft_id: int) -> HttpResponse:
    draft = _draft_or_404(draft_id)
    rules = rules_from(draft.rules)
    return _draft_form(request, draft.programme, rules, name=draft.name, draft=draft)


def _draft_or_404(draft_id: int) -> LadderDraft:
    return get_object_or_404(LadderDraft.objects.select_related("programme", "job"), pk=draft_id)


def _draft_form(
    request: HttpRequest, programme: Programme, rules: LadderRules, *, name: str, **more: Any
) -> HttpResponse:
    draft, currency = more.get("draft"), request.clinic.currency
    data = request.POST or None
    form = LadderForm(data, initial=ladder_form_initial(rules) | {"name": name})
    steps = Steps(
        data, initial=None if data else steps_initial(rules, currency), prefix="step",
        form_kwargs={"currency": currency},
    )  # fmt: skip
    if data and form.is_valid() & steps.is_valid():
        steps.rungs()  # looks at every amount
        saved = None if steps.has_errors() else _save(request, programme, form, steps, draft)
        if saved:
            return redirect("loyalty:draft", saved.pk)
    context = {"tab": "ladder", "programme": programme, "form": form, "steps": steps,
               "draft": draft}  # fmt: skip
    return render(request, "loyalty/design/draft_form.html", context, status=422 if data else 200)


def _save(
    request: HttpRequest, programme: Programme, form: LadderForm, steps: Any, draft: Any
) -> LadderDraft | None:
    known = set(programme.tiers.values_list("pk", flat=True))
    rungs = tuple(r if r.tier in known else replace(r, tier=0) for r in steps.rungs())
    try:
        return save_draft(
            programme=programme, name=form.cleaned_data["name"], rules=form.rules(rungs),
            by=request.membership, draft=draft,
        )  # fmt: skip
    except LadderRefused as refusal:
        fields = {"year": "year_day", "falls_on": "falls_day"}
        field = fields.get(refusal.field, refusal.field)
        rows = steps.filled()
        if field in form.fields and field != "name":
            form.add_error(field, refusal.message)
        elif rows:
            row = rows[min(refusal.rung, len(rows) - 1)]
            at = {"name": "name", "keep": "keep_spend"}.get(field, "spend")
            row.add_error(at, refusal.message)
        else:
            form.add_error(None, refusal.message)
        return None


@requires("loyalty.view")
@require_safe
def draft_detail(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The draft in words, what it would have done, and who would move."""
    draft = _draft_or_404(draft_id)
    kind = request.GET.get("kind", "rises")
    moves = moves_of(draft, kind, branch=request.branch)
    page = Paginator(moves, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"draft": draft, "page": page, "kind": kind}
    if request.htmx:
        return render(request, "loyalty/design/_moves.html", context)
    rules = rules_from(draft.rules)
    version = draft.versions.order_by("-number").first()
    context |= {
        "tab": "ladder", "programme": draft.programme, "falling": falling_sentence(rules),
        "rungs": sentences(rules, request.clinic.currency), "forecast": _shown(draft.forecast),
        "chart": _chart(draft.forecast), "version": version,
        "happened": _happened(request, draft, version),
        "publish_form": PublishForm(initial={"effective_on": today_of(request)}),
    }  # fmt: skip
    return render(request, "loyalty/design/draft.html", context)


def _happened(
    request: HttpRequest, draft: LadderDraft, version: LadderVersion | None
) -> Happened | None:
    if version is None or not draft.forecast:
        return None
    return happened(draft, version, branch=request.branch)


def _shown(forecast: dict[str, Any]) -> dict[str, Any]:
    """With days as days, and what changes of the costs."""
    if not forecast:
        return {}
    now, then = forecast["costs_now"], forecast["costs_then"]
    return forecast | {
        "from_on": date.fromisoformat(forecast["from_on"]),
        "benefits_more": then["benefits"] - now["benefits"],
        "points_more": then["points"] - now["points"],
        "is_reproduced": forecast["reproduced"]["n_same"] == forecast["reproduced"]["n_people"],
        "same_rate": forecast["reproduced"]["n_same"] / (forecast["reproduced"]["n_people"] or 1),
    }


def _chart(forecast: dict[str, Any]) -> dict[str, Any] | None:
    if not forecast:
        return None
    names = [tier["name"] for tier in forecast["tiers"]]
    names += [tier["name"] for tier in forecast["now"] if tier["name"] not in names]
    counts = [{tier["name"]: tier["n"] for tier in forecast[key]} for key in ("now", "tiers")]
    return {
        "kind": "bar", "labels": names, "unit": "count",
        "series": [
            {"name": label, "values": [count.get(name, 0) for name in names], "tone": tone}
            for label, count, tone in zip(
                (_("Today"), _("By the draft")), counts, ("neutral", "accent"), strict=True
            )
        ],
    }  # fmt: skip


@requires("loyalty.edit")
@require_POST
def draft_run(request: HttpRequest, draft_id: int) -> HttpResponse:
    draft = _draft_or_404(draft_id)
    try:
        ask(draft=draft, by=request.membership)
    except LadderRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("loyalty:draft", draft.pk)


@requires("loyalty.view")
@require_safe
def draft_progress(request: HttpRequest, draft_id: int) -> HttpResponse:
    """How far the replay is; when it is over the page that watches shows what came out."""
    draft = _draft_or_404(draft_id)
    if request.htmx and draft.job and draft.job.state == Job.State.DONE:
        return HttpResponseClientRefresh()
    return render(request, "loyalty/design/_replay.html", {"draft": draft})


@requires("loyalty.edit")
@require_POST
def draft_publish(request: HttpRequest, draft_id: int) -> HttpResponse:
    draft = _draft_or_404(draft_id)
    form = PublishForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the day from which these rules hold."))
        return redirect("loyalty:draft", draft.pk)
    try:
        version = publish(
            programme=draft.programme, rules=rules_from(draft.rules), today=today_of(request),
            effective_on=form.cleaned_data["effective_on"], by=request.membership, draft=draft,
        )  # fmt: skip
    except LadderRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("loyalty:draft", draft.pk)
    messages.success(request, _("Published as rules no. %(n)s.") % {"n": version.number})
    return page_of(draft.programme, "loyalty:ladder")
