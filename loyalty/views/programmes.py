"""The clinic's programmes: opened, joined at the desk and by QR, closed and opened again."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.queries import visible_customers
from customers.views.form_dialog import back_to_profile, form_dialog
from loyalty.design_forms import CloseForm, EnrolForm, SegmentedForm
from loyalty.exceptions import LadderRefused, LoyaltyRefused, RuleRefused
from loyalty.forms import LadderForm, ProgrammeForm, ladder_initial
from loyalty.models import Joining, Programme
from loyalty.qr import qr_svg
from loyalty.queries.programmes import open_on, stakes_of
from loyalty.services.closing import close_programme, reopen_programme
from loyalty.services.enrolment import add_programme, enrol, join_code_of
from loyalty.views.rules import today_of
from tenancy.access import requires


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
    context = {"tab": "programmes", "programmes": shown, "today": today_of(request)}
    return render(request, "loyalty/design/programmes.html", context)


@requires("loyalty.redeem")
@require_POST
def join_qr(request: HttpRequest, programme_id: int) -> HttpResponse:
    """The code to print for the desk: another system sends it back with the customer."""
    programme = get_object_or_404(
        Programme.objects.filter(open_on(today_of(request))), pk=programme_id
    )
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
    del form.fields["member_fields"]  # the first programme says it for all
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
    form = EnrolForm(request.POST or None, customer=customer, on=today_of(request))
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


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def programme_close(request: HttpRequest, programme_id: int) -> HttpResponse:
    """What closing means for points and tiers, and from which day; of a closed one: opening it."""
    programme, today = _programme_or_404(programme_id), today_of(request)
    form = CloseForm(request.POST or None, initial={"closed_on": programme.closed_on or today})
    if request.method == "POST" and form.is_valid():
        try:
            close_programme(programme=programme, closed_on=form.cleaned_data["closed_on"],
                            today=today, by=request.membership)  # fmt: skip
        except RuleRefused as refusal:
            form.add_error("closed_on", refusal.message)
        else:
            messages.success(request, _("Noted. Points and tiers stay as this page says."))
            return redirect("loyalty:programmes")
    context = {
        "tab": "programmes", "programme": programme, "form": form, "today": today,
        "stakes": stakes_of(programme),
        "is_closed": programme.is_closed_on(today),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "loyalty/design/programme_close.html", context, status=status)


@requires("loyalty.edit")
@require_POST
def programme_reopen(request: HttpRequest, programme_id: int) -> HttpResponse:
    programme = _programme_or_404(programme_id)
    try:
        reopen_programme(programme=programme, on=today_of(request), by=request.membership)
    except RuleRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("«%(name)s» is open.") % {"name": programme.name})
    return redirect("loyalty:programmes")


def _programme_or_404(programme_id: int) -> Programme:
    return get_object_or_404(Programme.objects.all(), pk=programme_id)
