"""Reading scores: which run to believe, what it says of everyone, what is shown of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, ExpressionWrapper, F, FloatField, OuterRef, QuerySet, Subquery

from customers.models import Identity
from segmentation.models import CustomerScore, ScoreRun, Stage
from tenancy.models import Branch

AT_RISK_FROM = 0.5
N_SHOWN = 20
GRADES = (5, 4, 3, 2, 1)


def current_run() -> ScoreRun | None:
    return ScoreRun.objects.filter(is_current=True).first()


def run_of_day(day: date) -> ScoreRun | None:
    """The newest complete run of one day."""
    runs = ScoreRun.objects.filter(as_of=day, finished_at__isnull=False)
    return runs.order_by("-version").first()


def scored_days(limit: int = 5) -> list[date]:
    """The last days that can be exported, newest first."""
    runs = ScoreRun.objects.filter(finished_at__isnull=False)
    return list(runs.order_by("-as_of").values_list("as_of", flat=True).distinct()[:limit])


def scores_to_export(run: ScoreRun, columns: tuple[str, ...]) -> Iterator[dict]:
    """One dict a customer in a stable order: the columns asked for, and `external_id`, the first
    id under which any source knows the customer, or None."""
    rows = identified(run).order_by("customer_id")
    return rows.values("external_id", *columns).iterator(chunk_size=10_000)


def identified(run: ScoreRun) -> QuerySet[CustomerScore]:
    """Scores with `source` and `external_id`, the first id of the customer, and what due days and
    reasons are told of."""
    first = Identity.objects.filter(customer=OuterRef("customer")).order_by("pk")
    return (
        CustomerScore.objects.filter(run=run)
        .select_related("run", "next_due_treatment")
        .annotate(
            source=Subquery(first.values("source")[:1]),
            external_id=Subquery(first.values("external_id")[:1]),
        )
    )


def scores_seen(run: ScoreRun, branch: Branch | None) -> QuerySet[CustomerScore]:
    """Scores of a run, of one branch's customers where a branch is chosen."""
    rows = CustomerScore.objects.filter(run=run)
    return rows if branch is None else rows.filter(customer__home_branch=branch)


@dataclass(frozen=True)
class RfmCell:
    """One cell of the map. level: 0 (nobody) to 4 (most customers), for its shade."""

    r: int
    f: int
    n_customers: int
    level: int


@dataclass(frozen=True)
class Overview:
    """by_stage: (stage, number of customers) for every stage. rfm: rows of the map, R 5 first."""

    by_stage: list[tuple[str, int]]
    rfm: list[list[RfmCell]]
    n_at_risk: int


def overview(run: ScoreRun, branch: Branch | None) -> Overview:
    """One grouped read of a run; counts only."""
    groups = (
        scores_seen(run, branch)
        .values("stage", "r", "f")
        .annotate(n=Count("pk"))
        .values_list("stage", "r", "f", "n")
    )
    stages: dict[str, int] = dict.fromkeys(Stage.values, 0)
    cells: dict[tuple[int, int], int] = {}
    for stage, r, f, n in groups:
        stages[stage] += n
        if r is not None:
            cells[r, f] = cells.get((r, f), 0) + n
    n_at_risk = at_risk(run, branch).count()
    return Overview(list(stages.items()), _rfm_map(cells), n_at_risk)


def _rfm_map(cells: dict[tuple[int, int], int]) -> list[list[RfmCell]]:
    most = max(cells.values(), default=0)

    def cell(r: int, f: int) -> RfmCell:
        n = cells.get((r, f), 0)
        return RfmCell(r, f, n, -(-4 * n // most) if n else 0)

    return [[cell(r, f) for f in reversed(GRADES)] for r in GRADES]


def at_risk(run: ScoreRun, branch: Branch | None) -> QuerySet[CustomerScore]:
    """Likely not to come back, and not gone yet."""
    rows = scores_seen(run, branch).filter(churn_probability__gte=AT_RISK_FROM)
    return rows.exclude(stage=Stage.CHURNED)


def most_at_stake(run: ScoreRun, branch: Branch | None) -> list[CustomerScore]:
    """The customers at risk whose loss would cost most: spend in the window × churn."""
    at_stake = ExpressionWrapper(
        F("monetary_minor") * F("churn_probability"), output_field=FloatField()
    )
    rows = at_risk(run, branch).filter(monetary_minor__gt=0).annotate(at_stake_minor=at_stake)
    return list(
        rows.select_related("customer").order_by("-at_stake_minor", "customer_id")[:N_SHOWN]
    )
