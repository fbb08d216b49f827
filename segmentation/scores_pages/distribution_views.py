"""Charts of how the scores are spread; a bar leads to its customers."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from segmentation.score_queries import current_run
from segmentation.scores_pages.distributions import Band, Distribution, distributions
from segmentation.words import money_text
from tenancy.access import requires

Text = str | Promise
TITLES: dict[str, tuple[Text, Text]] = {
    "recency": (lazy("Recency"), lazy("Days since the last purchase, of who bought in the window")),
    "frequency": (lazy("Frequency"), lazy("Purchase days in the window")),
    "spend": (lazy("Spend"), lazy("Net spend in the window")),
    "churn": (lazy("Churn probability"), lazy("Of not coming back within the horizon")),
    "interval": (lazy("Expected interval"), lazy("Days we expect between two purchases")),
}
# The attribute of the customers' list, and the smallest step of its values; none for the interval.
LIST_ATTRIBUTES = {
    "recency": ("recency", 1),
    "frequency": ("frequency", 1),
    "spend": ("monetary", 1),
    "churn": ("churn", 0.0001),
}


@dataclass(frozen=True)
class Shown:
    key: str
    title: Text
    lead: Text
    median: str
    n: int
    chart: dict[str, Any]


@requires("scores.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    run = current_run()
    found = distributions(run, request.branch) if run else {}
    shown = [_shown(one, request.clinic.currency) for one in found.values()]
    context = {"tab": "distributions", "run": run, "shown": shown}
    return render(request, "segmentation/scores/distributions.html", context)


def _shown(found: Distribution, currency: str) -> Shown:
    title, lead = TITLES[found.key]
    median = "–" if found.median is None else _value(found.key, found.median, currency)
    chart = {
        "kind": "bar",
        "labels": [_label(found.key, band, currency) for band in found.bands],
        "series": [{"name": _("Customers"), "values": [band.n for band in found.bands]}],
        "unit": "count",
    }
    if found.key in LIST_ATTRIBUTES:
        chart["links"] = [_url(found.key, band) for band in found.bands]
    return Shown(found.key, title, lead, median, found.n, chart)


def _value(key: str, value: float, currency: str) -> str:
    if key == "spend":
        return money_text(int(value), currency)
    if key == "churn":
        return f"{round(100 * value)}%"
    return str(round(value))


def _label(key: str, band: Band, currency: str) -> str:
    """«60–119», «¥2,000–4,000», «30–40%», «720+»."""
    low = _value(key, band.low, currency)
    if band.high is None:
        return f"{low}–100%" if key == "churn" else f"{low}+"
    if key in ("recency", "frequency", "interval"):
        last = round(band.high) - 1
        return low if last == band.low else f"{low}–{last}"
    return f"{low.removesuffix('%')}–{_value(key, band.high, currency)}"


def _url(key: str, band: Band) -> str:
    """The list of these customers."""
    attribute, step = LIST_ATTRIBUTES[key]
    low: float = band.low if key == "churn" else int(band.low)
    condition: dict[str, Any] = {"attribute": attribute}
    if band.high is None:
        condition |= {"operator": "at_least", "value": low}
    else:
        high = band.high - step
        condition |= {
            "operator": "between",
            "value": [low, round(high, 4) if key == "churn" else int(high)],
        }
    return f"{reverse('customers:list')}?{urlencode({'where': json.dumps(condition)})}"
