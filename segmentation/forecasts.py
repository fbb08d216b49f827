"""The ways to forecast churn that a run has tested, in words: who spoke, what else was tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, str | Promise] = {
    "blend_clinic": _("Own past and rhythm together"),
    "blend_prior": _("General experience and rhythm together"),
    "clinic": _("This clinic's own past"),
    "prior": _("General experience"),
    "lifetime": _("Rhythm of coming"),
    "days_last_year": _("List: purchase days of the last year"),
    "frequency": _("List: all purchase days"),
    "recency": _("List: last purchase"),
}


@dataclass(frozen=True)
class Forecast:
    """auc: 0.5 is guessing. brier: 0 is perfect; None for a list, which gives no probability."""

    name: str | Promise
    auc: float | None
    brier: float | None
    speaks: bool


def forecasts_of(report: Mapping[str, Any]) -> list[Forecast]:
    """Every way that was tested, the best at telling apart first; none for a run of old."""
    tested = report.get("tested", {})
    found = [
        Forecast(NAMES[name], one["auc"], one["brier"], name == report["churn_model"])
        for name, one in tested.items()
        if name in NAMES
    ]
    return sorted(found, key=lambda forecast: -(forecast.auc or 0))
