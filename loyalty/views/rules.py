"""Earn rules as sentences: which hold, which are to come, adding, replacing and stopping one."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.exceptions import RuleRefused
from loyalty.models import EarnRule, Programme
from loyalty.queries.earn_rates import earn_rules
from loyalty.rule_forms import RuleForm, StopForm, rule_initial
from loyalty.rule_words import ToldRule, names_for, sentence
from loyalty.services.rules import add_rule, stop_rule
from loyalty.views.designed import page_of, programme_or_404
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.exceptions import DomainError

Kind = EarnRule.Kind


def today_of(request: HttpRequest) -> date:
    return local_day(request.clinic.zone, timezone.now())


@requires("loyalty.view")
@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    """In force, to come, over; five queries, whatever there is."""
    programme = programme_or_404(request)
    told = _told(programme, request.clinic.currency, today_of(request))
    kinds = [
        (kind, label, [one for one in told if one.rule.kind == kind and one.state != "over"])
        for kind, label in Kind.choices
    ]
    over = [one for one in told if one.state == "over"]
    context = {"tab": "rules", "programme": programme, "kinds": kinds, "over": over[-20:]}
    return render(request, "loyalty/design/rules.html", context)


def _told(programme: Programme, currency: str, today: date) -> list[ToldRule]:
    rows = list(EarnRule.objects.filter(programme=programme, is_stop=False).order_by("-pk"))
    names = names_for(rows, currency)
    ends = {rule.pk: rule.ends_on for rule in earn_rules(programme)}
    return [
        ToldRule(row, sentence(row, names), _state(row, ends, today), ends.get(row.pk))
        for row in rows
    ]


def _state(row: EarnRule, ends: dict[int, date | None], today: date) -> str:
    ends_on = ends.get(row.pk)
    if row.pk not in ends or (ends_on and ends_on <= today):
        return "over"
    return "soon" if row.effective_on > today else "now"


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest, kind: str) -> HttpResponse:
    programme = programme_or_404(request)
    form = RuleForm(
        request.POST or None, kind=kind, programme=programme,
        initial={"effective_on": today_of(request)},
    )  # fmt: skip
    return _ask(request, programme, form, title=_("New rule"))


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_replace(request: HttpRequest, rule_id: int) -> HttpResponse:
    """A new version from a day on; the old one stays with what it gave."""
    newest = EarnRule.objects.filter(is_stop=False, successors__isnull=True)
    rule = get_object_or_404(newest.select_related("programme"), pk=rule_id)
    form = RuleForm(
        request.POST or None, kind=rule.kind, programme=rule.programme,
        initial=rule_initial(rule, today_of(request)),
    )  # fmt: skip
    return _ask(request, rule.programme, form, title=_("Change the rule"), rule=rule)


def _ask(
    request: HttpRequest, programme: Programme, form: RuleForm, *, title: str, **more: Any
) -> HttpResponse:
    rule = more.get("rule")
    if request.method == "POST" and form.is_valid():
        try:
            made = add_rule(
                programme=programme, asked=form.asked(), today=today_of(request),
                by=request.membership, replaces=rule,
            )  # fmt: skip
        except RuleRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            said = sentence(made, names_for([made], request.clinic.currency))
            messages.success(request, _("Saved: %(rule)s") % {"rule": said})
            return page_of(programme, "loyalty:rules")
    names = names_for([rule] if rule else [], request.clinic.currency)
    context = {
        "tab": "rules", "programme": programme, "form": form, "title": title, "rule": rule,
        "sentence": sentence(rule, names) if rule else "",
        "stop_form": StopForm(initial={"on": today_of(request)}) if rule else None,
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "loyalty/design/rule.html", context, status=status)


@requires("loyalty.edit")
@require_POST
def rule_stop(request: HttpRequest, rule_id: int) -> HttpResponse:
    rule = get_object_or_404(EarnRule.objects.select_related("programme"), pk=rule_id)
    form = StopForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the day from which the rule no longer holds."))
        return redirect("loyalty:rule", rule.pk)
    try:
        stop_rule(
            rule=rule, on=form.cleaned_data["on"], today=today_of(request), by=request.membership
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("loyalty:rule", rule.pk)
    messages.success(request, _("The rule ends on that day. What it gave stays."))
    return page_of(rule.programme, "loyalty:rules")
