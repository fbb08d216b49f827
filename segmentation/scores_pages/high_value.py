"""Who is worth most, why, and what separates somebody from the layer above."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customers.models import Sale
from segmentation.models import CustomerScore, Layer, ScoreRun
from segmentation.scores_pages.keyset import Page, page_of
from segmentation.scores_pages.people import PAGE_ROWS, for_rows, scores_shown, with_worth
from segmentation.scoring.layers import LayerRules
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

TOP_SHARES = (0.01, 0.05, 0.1, 0.2)
YEAR = timedelta(days=365)
# What a view lists, and the layer above it.
VIEWS: dict[str, tuple[Layer, Layer | None]] = {
    "high": (Layer.HIGH, None),
    "near": (Layer.POTENTIAL_HIGH, Layer.HIGH),
    "next": (Layer.REGULAR, Layer.POTENTIAL_HIGH),
    "risk": (Layer.AT_RISK, None),
}
METRICS: dict[str, str | Promise] = {
    "clv_minor": lazy("Value to come"),
    "monetary_minor": lazy("Spend"),
    "frequency": lazy("Purchase days"),
}
_CUTS = """
SELECT count(*),
    percentile_disc(%(layers)s::float8[]) WITHIN GROUP (
        ORDER BY COALESCE(clv_minor, 0) + historical_value_minor DESC),
    percentile_disc(%(tops)s::float8[]) WITHIN GROUP (ORDER BY COALESCE(clv_minor, 0) DESC),
    percentile_disc(%(tops)s::float8[]) WITHIN GROUP (ORDER BY monetary_minor DESC),
    percentile_disc(%(tops)s::float8[]) WITHIN GROUP (ORDER BY frequency DESC)
FROM segmentation_customerscore
WHERE clinic_id = %(clinic)s AND run_id = %(run)s AND last_purchase_on IS NOT NULL
"""


@dataclass(frozen=True)
class Cuts:
    """from_minor: worth from which a layer begins. tops: metric → smallest value of each of
    TOP_SHARES."""

    n: int
    from_minor: Mapping[str, int]
    tops: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Valued:
    """One customer. gap_minor: what is missing to the layer above; None at the top."""

    score: CustomerScore
    reasons: list[str]
    spent_year_minor: int
    gap_minor: int | None


def cuts_of(run: ScoreRun) -> Cuts | None:
    """Where the layers of the whole clinic begin, as the run cut them; None while nobody bought.

    One query.
    """
    rules = asdict(LayerRules()) | run.rules.get("layers", {})  # a run of old may not say
    shares = [rules["high_share"], min(rules["high_share"] + rules["next_share"], 1.0)]
    parameters: dict[str, Any] = {
        "layers": shares, "tops": list(TOP_SHARES), "clinic": current_clinic_id(), "run": run.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CUTS, parameters)
        n, layers, *tops = cursor.fetchone()
    if not n:
        return None
    first, second = (max(int(value), 1) for value in layers)  # worth of 0 is in no upper layer
    from_minor = {Layer.HIGH.value: first, Layer.POTENTIAL_HIGH.value: second}
    return Cuts(n, from_minor, dict(zip(METRICS, tops, strict=True)))


def valued_scores(
    run: ScoreRun, branch: Branch | None, view: str, cuts: Cuts
) -> QuerySet[CustomerScore]:
    """With `worth_minor`. At risk: only those who are worth as much as the high layer."""
    scores = with_worth(scores_shown(run, branch)).filter(layer=VIEWS[view][0])
    if view == "risk":
        scores = scores.filter(worth_minor__gte=cuts.from_minor[Layer.HIGH.value])
    return scores.filter(last_purchase_on__isnull=False)


def valued_page(
    scores: QuerySet[CustomerScore], run: ScoreRun, view: str, cuts: Cuts, at: str
) -> tuple[list[Valued], Page]:
    """The page an address asks for, worth most first; two queries."""
    page = page_of(for_rows(scores), "worth_minor", at, size=PAGE_ROWS)
    spent = _spent_in_year(run, [score.customer_id for score in page.rows])
    above = VIEWS[view][1]
    rows = [
        Valued(
            score,
            _reasons(score, cuts),
            spent.get(score.customer_id, 0),
            cuts.from_minor[above.value] - score.worth_minor if above else None,
        )
        for score in page.rows
    ]
    return rows, page


def _spent_in_year(run: ScoreRun, customer_ids: list[int]) -> dict[int, int]:
    """Net of the 365 days up to the run's, by customer."""
    sales = Sale.objects.filter(
        customer__in=customer_ids,
        counts_on__gt=run.as_of - YEAR,
        counts_on__lte=run.as_of,
        occurred_on__lte=run.as_of,
    )
    return dict(sales.order_by().values_list("customer").annotate(net=Sum("net_minor")))


def _reasons(score: CustomerScore, cuts: Cuts) -> list[str]:
    """«Value to come: top 5%», for what is among the best fifth."""
    said = []
    for metric, label in METRICS.items():
        value = getattr(score, metric) or 0
        share = next(
            (
                share
                for share, cut in zip(TOP_SHARES, cuts.tops[metric], strict=True)
                if value >= cut
            ),
            None,
        )
        if share is not None and value > 0:
            said.append(
                _("%(what)s: top %(share)s%%") % {"what": label, "share": round(share * 100)}
            )
    return said
