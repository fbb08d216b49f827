"""The clinic in figures: stages, rates, revenue, risk, campaigns."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import charts
from analytics.queries.figures import PERIODS
from analytics.queries.listed_campaigns import launched_campaigns
from analytics.queries.results import recall_of, results_of
from analytics.queries.today import standing
from analytics.services.figures import figures_of
from tenancy.access import requires
from tenancy.clock import finished_day, local_day


@requires("analytics.view")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now, zone = timezone.now(), request.clinic.zone
    today = local_day(zone, now)
    period_days = _period(request.GET.get("period", ""))
    stands = standing(request.branch, today)
    figures = figures_of(request.branch, as_of=finished_day(zone, now))
    campaigns = launched_campaigns(request.membership, request.branch, on=today)
    results = results_of(campaigns, on=today)
    context = {
        "standing": stands,
        "figures": figures,
        "rates": figures.now(period_days),
        "year_before": figures.year_before(period_days),
        "period_days": period_days,
        "periods": PERIODS,
        "stages_chart": charts.stages_chart(stands.n_by_stage),
        "rates_chart": charts.rates_over_time_chart(figures, period_days),
        "revenue_chart": charts.revenue_chart(figures, request.clinic.currency),
        "results": results,
        "recall": recall_of(results),
    }
    return render(request, "analytics/overview.html", context)


def _period(text: str) -> int:
    """One of the offered periods; the first where the address asks for none of them."""
    return next((days for days in PERIODS if str(days) == text), PERIODS[0])
