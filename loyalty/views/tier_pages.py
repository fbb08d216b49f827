"""How the tiers do, what they give, who is close to the top; proofs that wait; programmes."""

from typing import Any

from babel.numbers import get_currency_precision
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.queries import visible_customers
from customers.views.form_dialog import back_to_profile, form_dialog
from loyalty.design_forms import (
    BenefitForm,
    EnrolForm,
    InviteForm,
    RefusalForm,
    SegmentedForm,
)
from loyalty.exceptions import LadderRefused, LoyaltyRefused, RuleRefused
from loyalty.forms import LadderForm, ProgrammeForm, ladder_initial
from loyalty.models import ActivityClaim, Benefit, Joining, Programme
from loyalty.qr import qr_svg
from loyalty.queries.ladders import rules_on
from loyalty.queries.tier_costs import benefits_in_force
from loyalty.queries.tier_figures import close_to_top, figures_of
from loyalty.services import activities
from loyalty.services.benefits import add_benefit, retire_benefit
from loyalty.services.enrolment import add_programme, enrol, join_code_of
from loyalty.services.ladders import invite
from loyalty.views.accounts import account_or_404
from loyalty.views.designed import page_of, programme_or_404
from loyalty.views.rules import today_of
from tenancy.access import requires
from tenancy.exceptions import DomainError

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


def _claims(request: HttpRequest) -> Any:
    rows = ActivityClaim.objects.select_related("account__customer", "rule")
    if request.branch:
        rows = rows.filter(account__customer__in=visible_customers(request.branch))
    return rows


@requires("loyalty.view")
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """Proofs that wait, the oldest first."""
    waiting = _claims(request).filter(state="waiting").order_by("asked_at", "pk")
    context = {
        "tab": "claims", "page": Paginator(waiting, PAGE).get_page(request.GET.get("page")),
        "decided": _claims(request).filter(decided_by__isnull=False).order_by("-decided_at")[:10],
        "refusal_form": RefusalForm(),
    }  # fmt: skip
    return render(request, "loyalty/design/claims.html", context)


@requires("loyalty.adjust")
@require_POST
def claim_decide(request: HttpRequest, claim_id: int) -> HttpResponse:
    found = get_object_or_404(_claims(request), pk=claim_id)
    by, at = request.membership, timezone.now()
    try:
        if "refuse" in request.POST:
            reason = request.POST.get("refusal", "")
            activities.refuse(claim_id=found.pk, reason=reason, by=by, at=at)
            messages.success(request, _("Refused. The reason stands with it."))
        else:
            activities.approve(claim_id=found.pk, by=by, at=at)
            messages.success(request, _("Approved: the points are on the account."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("loyalty:claims")


@requires("loyalty.view")
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    accounts = Q(accounts__customer__merged_into__isnull=True)
    if request.branch:
        accounts &= Q(accounts__customer__home_branch=request.branch)
    rows = Programme.objects.select_related("eligible_segment").annotate(
        n_members=Count("accounts", filter=accounts)
    )
    ways = dict(Joining.objects.order_by().values_list("account__programme").annotate(Count("pk")))
    shown = [(row, ways.get(row.pk, 0)) for row in rows.order_by("-is_default", "name", "pk")]
    context = {"tab": "programmes", "programmes": shown}
    return render(request, "loyalty/design/programmes.html", context)


@requires("loyalty.redeem")
@require_POST
def join_qr(request: HttpRequest, programme_id: int) -> HttpResponse:
    """The code to print for the desk: another system sends it back with the customer."""
    programme = get_object_or_404(Programme.objects.filter(closed_on=None), pk=programme_id)
    code = join_code_of(programme)
    picture = qr_svg(code, _("QR code of the programme"))
    context = {"tab": "programmes", "programme": programme, "code": code, "picture": picture}
    return render(request, "loyalty/design/join_qr.html", context)


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def programme_new(request: HttpRequest) -> HttpResponse:
    currency, today, data = request.clinic.currency, today_of(request), request.POST or None
    initial = {"starts_on": today, "points_per_unit": "1", "point_value": "0.01",
               "points_expire_after_days": 730, "breakage_percent": 0,
               "tier_window_days": 365}  # fmt: skip
    form = ProgrammeForm(data, initial=initial, currency=currency, is_new=True)
    who = SegmentedForm(data)
    rows = LadderForm(
        data, initial=None if data else ladder_initial([], currency), prefix="ladder",
        form_kwargs={"currency": currency},
    )  # fmt: skip
    if data and form.is_valid() & who.is_valid() & rows.is_valid():
        rungs = rows.rungs()
        if rows.is_complete() and _add(request, form, who, rows, rungs):
            return redirect("loyalty:programmes")
    context = {"tab": "programmes", "form": form, "who": who, "ladder": rows}
    status = 422 if data else 200
    return render(request, "loyalty/design/programme_form.html", context, status=status)


def _add(request: HttpRequest, form: Any, who: Any, rows: Any, rungs: Any) -> bool:
    try:
        made = add_programme(
            terms=form.terms(), ladder=rungs, starts_on=form.cleaned_data["starts_on"],
            today=today_of(request), segment=who.cleaned_data["segment"], by=request.membership,
        )  # fmt: skip
    except LadderRefused as refusal:
        rows.show(refusal)
        return False
    except LoyaltyRefused as refusal:
        field = getattr(refusal, "field", None)
        form.add_error(field if field in form.fields else None, refusal.message)
        return False
    messages.success(request, _("«%(name)s» is open. Enrol customers from their profile.")
                     % {"name": made.name})  # fmt: skip
    return True


@requires("loyalty.redeem")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """One step at the desk: choose the programme, done."""
    customer = get_object_or_404(visible_customers(request.branch), pk=customer_id)
    form = EnrolForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        programme = form.cleaned_data["programme"]
        try:
            enrol(programme=programme, customer=customer, through=Joining.Through.DESK,
                  on=today_of(request), by=request.membership)  # fmt: skip
        except RuleRefused as refusal:
            form.add_error("programme", refusal.message)
        else:
            said = _("Welcome to «%(name)s».") % {"name": programme.name}
            return back_to_profile(request, customer, said)
    lead = _("Points begin with today's purchases; the tier follows at once.")
    submit = _("Enrol")
    if not form.fields:
        lead, submit = _("Already a member of every programme that is open."), ""
    return form_dialog(
        request, customer, form, title=_("Make a member"), submit=submit, lead=lead
    )  # fmt: skip


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
