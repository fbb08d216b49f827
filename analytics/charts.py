"""Charts of analytics, in the shape of docs/components.md."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.measure.rates import Rate, rate_with_interval
from analytics.queries.figures import ClinicFigures, PeriodRates
from analytics.queries.outcomes import HOLDOUT, TREATED
from analytics.queries.results import Result
from segmentation.models import Stage

Chart = dict[str, Any]
STAGE_TONES = {
    Stage.POTENTIAL: "neutral", Stage.NEW: "accent", Stage.ACTIVE: "good", Stage.LOYAL: "good",
    Stage.DORMANT: "watch", Stage.CHURNED: "act",
}  # fmt: skip


def rates_chart(result: Result) -> Chart:
    """The two return rates as dots with their intervals."""
    seen = result.verdict
    arms = [(_("Treated"), seen.treated, "accent"), (_("Held out"), seen.holdout, "neutral")]
    arms = [arm for arm in arms if arm[1].n]
    return {
        "kind": "dots",
        "labels": [label for label, _rate, _tone in arms],
        "series": [
            {
                "name": _("Came back"),
                "values": [rate.rate for _label, rate, _tone in arms],
                "low": [rate.low for _label, rate, _tone in arms],
                "high": [rate.high for _label, rate, _tone in arms],
                "tones": [tone for _label, _rate, tone in arms],
            }
        ],
        "unit": "percent",
    }


def returns_chart(result: Result) -> Chart:
    """The share that had come back by each day since enrolment, both arms, with their bands.

    A day that is not over for everybody yet is left out.
    """
    detail, n_days = result.read_out.detail, _n_days_seen(result)
    arms = [
        (_("Treated"), TREATED, result.read_out.n_treated, "accent"),
        (_("Held out"), HOLDOUT, result.read_out.n_holdout, "neutral"),
    ]
    return {
        "kind": "line",
        "labels": [str(day) for day in range(n_days + 1)],
        "series": [
            _curve(name, n, detail["returned_after"][arm][:n_days], tone)
            for name, arm, n, tone in arms
            if n
        ],
        "unit": "percent",
    }


def _n_days_seen(result: Result) -> int:
    launched_on = result.campaign.launched_on or result.read_out.measured_on
    seen = (result.read_out.measured_on - launched_on).days
    return max(0, min(seen, result.campaign.outcome_window_days))


def _curve(name: str, n: int, returned_on_day: list[int], tone: str) -> Chart:
    rates = [rate_with_interval(so_far, n) for so_far in accumulate(returned_on_day, initial=0)]
    return {
        "name": name,
        "values": [rate.rate for rate in rates],
        "low": [rate.low for rate in rates],
        "high": [rate.high for rate in rates],
        "tone": tone,
    }


def stages_chart(n_by_stage: Mapping[str, int]) -> Chart:
    """Customers by stage; a bar leads to its customers."""
    customers = reverse("customers:list")
    return {
        "kind": "bar",
        "horizontal": True,
        "labels": [str(Stage(stage).label) for stage in n_by_stage],
        "series": [
            {
                "name": _("Customers"),
                "values": list(n_by_stage.values()),
                "tones": [STAGE_TONES[Stage(stage)] for stage in n_by_stage],
            }
        ],
        "unit": "count",
        "links": [f"{customers}?stage={stage}" for stage in n_by_stage],
    }


def rates_over_time_chart(figures: ClinicFigures, period_days: int) -> Chart:
    """Repurchase and retention rate of the period that ends with each month."""
    points = figures.by_period[period_days]
    return {
        "kind": "line",
        "labels": [point.ends_on.strftime("%Y-%m") for point in points],
        "series": [
            _rates(_("Retention"), points, lambda point: point.retention, "accent"),
            _rates(_("Repurchase"), points, lambda point: point.repurchase, "second"),
        ],
        "unit": "percent",
    }


def _rates(name: str, points: list[PeriodRates], rate_of: Any, tone: str) -> Chart:
    rates: list[Rate] = [rate_of(point) for point in points]
    return {"name": name, "values": [rate.rate for rate in rates], "tone": tone}


def revenue_chart(figures: ClinicFigures, currency: str) -> Chart:
    """Net revenue a month; the month that is not over is paler."""
    return {
        "kind": "bar",
        "labels": [month.first_on.strftime("%Y-%m") for month in figures.months],
        "series": [
            {
                "name": _("Net revenue"),
                "values": [month.net_minor for month in figures.months],
                "tones": ["accent" if month.is_whole else "neutral" for month in figures.months],
            }
        ],
        "unit": "money",
        "currency": currency,
    }
