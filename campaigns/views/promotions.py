"""The year of promotions and festivals, with last year beside it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.calendar import YearNotKnown, days_off
from campaigns.exceptions import CampaignRefused
from campaigns.models import OwnFestival
from campaigns.queries.promotions import Year, promotions_of
from campaigns.services import ready_messages
from campaigns.template_forms import OwnFestivalForm
from tenancy.access import requires
from tenancy.clock import local_day


@requires("campaigns.view")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    today = local_day(request.clinic.zone, timezone.now())
    year = _year(request.GET.get("year", ""), today)
    context: dict[str, Any] = {"year": year, "today": today, "form": OwnFestivalForm()}
    try:
        seen = promotions_of(
            year, on=today, membership=request.membership, branch=request.branch,
            zone=request.clinic.zone,
        )  # fmt: skip
    except YearNotKnown:
        return render(request, "campaigns/calendar.html", context | {"is_unknown": True})
    language = get_language() or "en"
    may_see_sales = "analytics.view" in request.capabilities
    months = _months(seen, language)
    coming = [one for one in months if (one[0].year, one[0].month) >= (today.year, today.month)]
    context |= {
        "months": coming,
        "past_months": [one for one in months if one not in coming],
        "other_campaigns": seen.campaigns,
        "may_see_sales": may_see_sales,
        "chart": _chart(seen, request.clinic.currency) if may_see_sales else None,
        "days_off": days_off(year, request.clinic.country, language),
        "own": OwnFestival.objects.all(),
    }
    return render(request, "campaigns/calendar.html", context)


def _year(text: str, today: date) -> int:
    is_year = text.isascii() and text.isdigit() and len(text) == 4
    return max(int(text), 1) if is_year else today.year


def _months(seen: Year, language: str) -> list[tuple[date, list]]:
    """(first day of the month, its promotions with their names), of months that have any."""
    months: dict[int, list] = {}
    for one in seen.promotions:
        months.setdefault(one.festival.on.month, []).append((one, one.festival.name(language)))
    return [(date(seen.year, month, 1), rows) for month, rows in months.items()]


def _chart(seen: Year, currency: str) -> dict[str, Any]:
    tones = {seen.year - 1: "neutral", seen.year: "accent"}
    return {
        "kind": "bar",
        "labels": [str(MONTHS_3[month]).capitalize() for month in range(1, 13)],
        "series": [
            {"name": str(year), "values": sums, "tone": tones[year]}
            for year, sums in seen.monthly.items()
        ],
        "unit": "money",
        "currency": currency,
    }


@requires("campaigns.edit")
@require_POST
def own_festival_add(request: HttpRequest) -> HttpResponse:
    form = OwnFestivalForm(request.POST)
    if form.is_valid():
        try:
            ready_messages.add_own_festival(**form.cleaned_data)
        except CampaignRefused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("Added. Flows can wait for this day too."))
    else:
        messages.error(request, _("Give a name, a month and a day."))
    return redirect("campaigns:calendar")


@requires("campaigns.edit")
@require_POST
def own_festival_remove(request: HttpRequest, festival_id: int) -> HttpResponse:
    get_object_or_404(OwnFestival.objects.all(), pk=festival_id).delete()
    messages.success(request, _("Removed."))
    return redirect("campaigns:calendar")
