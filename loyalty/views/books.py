"""The books as a whole: every entry, what is owed month by month, what waits for a decision."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.book_files import deferral_file, roll_forward_file
from loyalty.book_forms import BookTermsForm, LedgerSearchForm
from loyalty.charts import liability_chart, outstanding_chart
from loyalty.liability import liability_minor
from loyalty.models import AdjustmentRequest, Programme
from loyalty.queries.accounts import accounts_in_sight
from loyalty.queries.books import (
    breakage_estimate,
    deferral_rows,
    rolled_months,
    search_entries,
)
from loyalty.queries.programmes import default_programme
from loyalty.services.adjustment import approve_adjustment, refuse_adjustment
from loyalty.services.books import set_book_terms
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.exceptions import DomainError

PAGE = 50


@requires("loyalty.view")
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Every entry of every account, found by customer, key, kind, day, person and reason."""
    form = LedgerSearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    entries = search_entries(asked, branch=request.branch)
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "is_narrowed": any(asked.values())}
    template = "_entries.html" if request.htmx else "ledger.html"
    return render(request, f"loyalty/{template}", context)


@requires("loyalty.view")
@require_safe
def liability(request: HttpRequest) -> HttpResponse:
    programme, today = default_programme(), _today(request)
    if programme is None:
        return render(request, "loyalty/liability.html", {"programme": None})
    months = rolled_months(programme, on=today, branch=request.branch)
    outstanding = months[-1].closing if months else 0
    estimate, ended = breakage_estimate(programme, on=today)
    context = {
        "programme": programme,
        "months": list(reversed(months)),
        "outstanding": outstanding,
        "liability_minor": _worth(programme, outstanding, float(programme.breakage_rate)),
        "full_minor": _worth(programme, outstanding, 0),
        "estimate": estimate,
        "ended": ended,
        "chart": liability_chart(months) if months else None,
        "stock": outstanding_chart(months) if months else None,
    }
    if estimate:
        context["low_minor"] = _worth(programme, outstanding, estimate.high)
        context["high_minor"] = _worth(programme, outstanding, estimate.low)
    return render(request, "loyalty/liability.html", context)


def _worth(programme: Programme, outstanding: int, breakage: float) -> int:
    rate = type(programme.breakage_rate)(str(breakage))
    return liability_minor(outstanding, programme.point_value_minor, rate)


@requires("analytics.view")
@require_safe
def liability_file(request: HttpRequest, what: str) -> HttpResponse:
    """The roll-forward or the deferral of the whole programme, as CSV."""
    programme, today = default_programme(), _today(request)
    if programme is None or request.branch or what not in ("roll-forward", "deferral"):
        raise Http404
    if what == "deferral":
        body = deferral_file(deferral_rows(programme, on=today), currency=request.clinic.currency)
    else:
        body = roll_forward_file(rolled_months(programme, on=today, n_months=None))
    return _csv(body, f"{what}-{today}.csv")


def _csv(body: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body.encode("utf-8-sig"), content_type="text/csv", headers=headers)


@requires("loyalty.adjust")
@require_safe
def requests_waiting(request: HttpRequest) -> HttpResponse:
    """Adjustments above the limit: those that wait first, then the decided ones."""
    rows = _requests(request).select_related(
        "account__customer", "asked_by__user", "decided_by__user"
    )
    page = Paginator(rows.order_by("decided_at", "pk").reverse(), PAGE)
    context = {"page": page.get_page(request.GET.get("page"))}
    return render(request, "loyalty/requests.html", context)


def _requests(request: HttpRequest) -> Any:
    rows = AdjustmentRequest.objects.all()
    if request.branch:
        rows = rows.filter(account__in=accounts_in_sight(request.branch))
    return rows


@requires("loyalty.adjust")
@require_POST
def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """The second person says yes or no."""
    waiting = get_object_or_404(_requests(request), pk=request_id)
    now = timezone.now()
    try:
        if request.POST.get("answer") == "approve":
            approve_adjustment(request=waiting, by=request.membership, on=_today(request), at=now)
            messages.success(request, _("Posted. The statement shows it."))
        else:
            refuse_adjustment(request=waiting, by=request.membership, at=now)
            messages.success(request, _("Refused. Nothing was posted."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("loyalty:requests")


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """How long points are pending, who may pass them on, when a second person is needed."""
    programme = default_programme()
    if programme is None:
        return redirect("loyalty:overview")
    form = BookTermsForm(request.POST or None, instance=programme)
    if request.method == "POST" and form.is_valid():
        set_book_terms(programme=programme, **form.cleaned_data)
        messages.success(request, _("Saved. It holds for what happens from now on."))
        return redirect("loyalty:liability")
    status = 422 if request.method == "POST" else 200
    return render(request, "loyalty/terms.html", {"form": form}, status=status)


def _today(request: HttpRequest) -> date:
    return local_day(request.clinic.zone, timezone.now())
