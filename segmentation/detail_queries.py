"""What a segment's page shows of who is in it, by the last look: figures, trend, overlap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from segmentation.models import CustomerScore, Segment, SegmentMembership, SegmentRefresh, Stage
from segmentation.services.membership import open_members
from segmentation.standard_attributes import current_run
from tenancy.models import Branch

HIGH_RISK = 0.5
TREND_DAYS = 365
MOST_OVERLAPS = 10


@dataclass(frozen=True)
class Figures:
    """n: customers. net_minor: spent in all. churn_rate: mean, 0–1, None where nobody has one.

    n_at_risk: churn probability of HIGH_RISK and more. stages: stage → customers.
    """

    n: int
    net_minor: int
    churn_rate: float | None
    n_at_risk: int
    stages: Mapping[str, int]


@dataclass(frozen=True)
class Overlap:
    """of_this, of_other: the shared customers as a share of each, 0–1."""

    other: Segment
    n_shared: int
    of_this: float
    of_other: float


def figures_of(customers: QuerySet[Customer]) -> Figures:
    """Two queries, whatever the number of customers."""
    found = customers.order_by().aggregate(n=Count("pk"), net=Sum("spent_minor"))
    scores = CustomerScore.objects.filter(
        run=current_run(), customer__in=customers.order_by().values("pk")
    )
    by_stage = (
        scores.order_by()
        .values("stage")
        .annotate(
            n=Count("pk"),
            n_known=Count("churn_probability"),
            churn=Avg("churn_probability"),
            n_at_risk=Count("pk", filter=Q(churn_probability__gte=HIGH_RISK)),
        )
    )
    rows = list(by_stage)
    n_known = sum(row["n_known"] for row in rows)
    weighed = sum(row["churn"] * row["n_known"] for row in rows if row["n_known"])
    return Figures(
        n=found["n"],
        net_minor=found["net"] or 0,
        churn_rate=weighed / n_known if n_known else None,
        n_at_risk=sum(row["n_at_risk"] for row in rows),
        stages={row["stage"]: row["n"] for row in rows},
    )


def members(segment: Segment, branch: Branch | None) -> QuerySet[Customer]:
    """Who is in it by the last look, of those this reader may see."""
    found = Customer.objects.filter(pk__in=open_members(segment))
    return found.filter(home_branch=branch) if branch else found


def overlaps(segment: Segment, branch: Branch | None) -> list[Overlap]:
    """The segments that share most customers with this one, the largest share first."""
    own = members(segment, branch)
    shared = SegmentMembership.objects.filter(left_at__isnull=True, customer__in=own.values("pk"))
    counts = dict(shared.order_by().values_list("segment").annotate(n=Count("pk")))
    n_own = counts.pop(segment.pk, 0)
    largest = sorted(counts, key=lambda pk: (-counts[pk], pk))[:MOST_OVERLAPS]
    others = Segment.objects.in_bulk(largest)
    return [
        Overlap(others[pk], counts[pk], counts[pk] / n_own, _share(counts[pk], others[pk], branch))
        for pk in largest
    ]


def _share(n_shared: int, other: Segment, branch: Branch | None) -> float:
    n_other = members(other, branch).count() if branch else other.n_members or 0
    return min(n_shared / n_other, 1.0) if n_other else 0.0


def trend_chart(segment: Segment) -> dict[str, Any] | None:
    """Size by day, the last look of each; None before there are two days."""
    since = timezone.now() - timedelta(days=TREND_DAYS)
    looks = SegmentRefresh.objects.filter(segment=segment, at__gte=since).order_by("at", "pk")
    by_day = dict(looks.values_list("as_of", "n_members"))
    if len(by_day) < 2:
        return None
    return {
        "kind": "line",
        "labels": [day.isoformat() for day in by_day],
        "series": [{"name": _("Customers"), "values": list(by_day.values()), "tone": "accent"}],
        "unit": "count",
    }


def latest_looks(segment: Segment, n: int = 10) -> list[SegmentRefresh]:
    """The last looks at which somebody entered or left."""
    moved = Q(n_entered__gt=0) | Q(n_left__gt=0)
    return list(SegmentRefresh.objects.filter(moved, segment=segment)[:n])


def stage_chart(sides: list[tuple[str, Figures]]) -> dict[str, Any]:
    """Stages of one or two groups side by side, as shares of each."""
    tones = ("accent", "second", "third")
    return {
        "kind": "bar",
        "labels": [str(stage.label) for stage in Stage],
        "series": [
            {
                "name": name,
                "values": [figures.stages.get(stage, 0) / max(figures.n, 1) for stage in Stage],
                "tone": tone,
            }
            for (name, figures), tone in zip(sides, tones, strict=False)
        ],
        "unit": "percent",
    }
