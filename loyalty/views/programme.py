"""The programme: what it promises, who stands where, what it owes; and changing it."""

from typing import Any

from babel.numbers import get_currency_precision
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.exceptions import LadderRefused, ProgrammeRefused
from loyalty.forms import LadderForm, ProgrammeForm, ladder_initial, programme_initial
from loyalty.models import Programme
from loyalty.queries.overview import ladder_of, newest_movements, stock_by_tier, totals_of
from loyalty.queries.programmes import (
    default_programme,
    default_programme_with_rate,
    rate_on,
    tiers_of_ladder,
)
from loyalty.services.programme import create_programme, edit_programme
from tenancy.access import requires
from tenancy.clock import local_day

PAGE = 25


@requires("loyalty.view")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    today = local_day(request.clinic.zone, timezone.now())
    programme = default_programme_with_rate(today)
    if programme is None:
        return render(request, "loyalty/overview.html", {"programme": None})
    movements = Paginator(newest_movements(branch=request.branch), PAGE)
    context = {"programme": programme, "page": movements.get_page(request.GET.get("page"))}
    if request.htmx:
        return render(request, "loyalty/_movements.html", context)
    stock = stock_by_tier(request.branch)
    context |= {
        "points_per_100": 100 * (programme.rate_now or 0),
        "hundred_minor": 100 * 10 ** get_currency_precision(request.clinic.currency),
        "value_of_100_minor": round(100 * programme.point_value_minor),
        "totals": totals_of(programme, stock.values(), on=today, branch=request.branch),
        "ladder": ladder_of(programme, stock, branch=request.branch),
        "today": today,
    }
    return render(request, "loyalty/overview.html", context)


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    programme = default_programme()
    form, ladder = _forms(request, programme)
    if request.method == "POST" and _save(request, programme, form, ladder):
        messages.success(request, _("Saved. Tiers are being judged anew."))
        return redirect("loyalty:overview")
    context = {"programme": programme, "form": form, "ladder": ladder}
    status = 422 if request.method == "POST" else 200
    return render(request, "loyalty/edit.html", context, status=status)


def _forms(request: HttpRequest, programme: Programme | None) -> tuple[ProgrammeForm, Any]:
    currency = request.clinic.currency
    today = local_day(request.clinic.zone, timezone.now())
    if programme:
        tiers = list(tiers_of_ladder(programme))
        rate = rate_on(programme, max(today, programme.starts_on)) or 0
        initial = programme_initial(programme, rate, currency)
    else:
        tiers, initial = [], _starting_terms() | {"starts_on": today}
    data = request.POST or None
    form = ProgrammeForm(data, initial=initial, currency=currency, is_new=programme is None)
    rows = LadderForm(
        data,
        initial=None if data else ladder_initial(tiers, currency),
        prefix="ladder",
        form_kwargs={"currency": currency},
    )
    return form, rows


def _starting_terms() -> dict[str, Any]:
    """What a new programme's form is filled with."""
    return {
        "name": _("Member points"),
        "points_per_unit": "1",
        "point_value": "0.01",
        "points_expire_after_days": 730,
        "breakage_percent": 0,
        "tier_window_days": 365,
    }


def _save(
    request: HttpRequest, programme: Programme | None, form: ProgrammeForm, ladder: Any
) -> bool:
    if not (form.is_valid() & ladder.is_valid()):
        return False
    rungs = ladder.rungs()
    if not ladder.is_complete():
        return False
    today = local_day(request.clinic.zone, timezone.now())
    try:
        if programme:
            edit_programme(programme=programme, terms=form.terms(), ladder=rungs, on=today)
        else:
            starts_on = form.cleaned_data["starts_on"]
            create_programme(terms=form.terms(), ladder=rungs, starts_on=starts_on)
    except LadderRefused as refusal:
        ladder.show(refusal)
        return False
    except ProgrammeRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    return True
