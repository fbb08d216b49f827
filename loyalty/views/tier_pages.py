"""How the tiers do, what they give, who is close to the top; proofs that wait; programmes."""

from typing import Any

from babel.numbers import get_currency_precision
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.design_forms import (
    BenefitForm,
    InviteForm,
)
from loyalty.exceptions import LadderRefused, RuleRefused
from loyalty.models import Benefit, Programme
from loyalty.queries.ladders import rules_on
from loyalty.queries.tier_costs import benefits_in_force
from loyalty.queries.tier_figures import close_to_top, figures_of
from loyalty.services.benefits import add_benefit, retire_benefit
from loyalty.services.ladders import invite
from loyalty.views.accounts import account_or_404
from loyalty.views.designed import page_of, programme_or_404
from loyalty.views.rules import today_of
from tenancy.access import requires

PAGE = 25


@requires("loyalty.view")
@require_safe
def tiers(request: HttpRequest) -> HttpResponse:
    programme = programme_or_404(request)
    today, currency = today_of(request), request.clinic.currency
    figures = figures_of(programme, on=today, currency=currency, branch=request.branch)
    context = {
        "tab": "tiers", "programme": programme, "figures": figures, "today": today,
        "chart": _margin_chart(figures, currency), "hundred_minor": _hundred(currency),
    }  # fmt: skip
    return render(request, "loyalty/design/tiers.html", context)


def _hundred(currency: str) -> int:
    return 100 * 10 ** get_currency_precision(currency)


def _margin_chart(figures: list[Any], currency: str) -> dict[str, Any]:
    rows = figures[::-1]
    return {
        "kind": "bar", "labels": [row.tier.name for row in rows], "unit": "money",
        "currency": currency,
        "series": [
            {"name": _("Margin after benefits"), "tone": "accent",
             "values": [row.margin_after_minor for row in rows]},
            {"name": _("Cost of benefits"), "tone": "watch",
             "values": [row.benefit_cost_minor for row in rows]},
        ],
    }  # fmt: skip


@requires("loyalty.view")
@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """Close to the top: whom a call may lift."""
    programme, today = programme_or_404(request), today_of(request)
    rules = rules_on(programme, today)
    found = close_to_top(programme, rules, on=today, branch=request.branch)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    tops = [r.name for r in rules.rungs if not r.is_invited and r.entry.spend_minor]
    context = {"tab": "candidates", "programme": programme, "page": page,
               "top": tops[-1] if tops else ""}  # fmt: skip
    name = "_candidates" if request.htmx else "candidates"
    return render(request, f"loyalty/design/{name}.html", context)


@requires("loyalty.view")
@require_http_methods(["GET", "HEAD", "POST"])
def benefits(request: HttpRequest) -> HttpResponse:
    programme, today = programme_or_404(request), today_of(request)
    may_edit = "loyalty.edit" in request.capabilities
    data = request.POST if request.method == "POST" and may_edit else None
    form = BenefitForm(data, programme=programme, currency=request.clinic.currency)
    if data is not None and form.is_valid():
        try:
            add_benefit(programme=programme, asked=form.asked())
        except RuleRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("The benefit is given from today on."))
            return page_of(programme, "loyalty:benefits")
    rows = benefits_in_force(programme, today)
    groups = [(tier, [b for b in rows if b.tier_id == tier.pk]) for tier in _top_down(programme)]
    context = {
        "tab": "benefits", "programme": programme, "form": form, "groups": groups,
        "for_all": [row for row in rows if row.tier_id is None],
    }  # fmt: skip
    return render(request, "loyalty/design/benefits.html", context,
                  status=422 if data is not None else 200)  # fmt: skip


def _top_down(programme: Programme) -> list[Any]:
    return list(programme.tiers.on_ladder().order_by("-rank"))


@requires("loyalty.edit")
@require_POST
def benefit_retire(request: HttpRequest, benefit_id: int) -> HttpResponse:
    benefit = get_object_or_404(Benefit.objects.filter(retired_on__isnull=True), pk=benefit_id)
    retire_benefit(benefit=benefit, on=today_of(request))
    messages.success(request, _("The benefit is given no more."))
    return redirect("loyalty:benefits")


@requires("loyalty.adjust")
@require_http_methods(["GET", "HEAD", "POST"])
def invite_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give a tier by invitation."""
    account = account_or_404(request, account_id)
    form = InviteForm(request.POST or None, programme=account.programme)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invite(account=account, tier=given["tier"], from_on=today_of(request),
                   until_on=given["until_on"], reason=given["reason"],
                   by=request.membership)  # fmt: skip
        except LadderRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Invited. The tier follows within a minute."))
            return redirect("loyalty:account", account.pk)
    context = {"account": account, "form": form}
    return render(
        request, "loyalty/design/invite.html", context, status=422 if form.errors else 200
    )
