"""What campaigns of one kind say together: one alone is often too small to tell."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from analytics.measure.pooling import Pooled, pool, rate_difference_variance
from analytics.queries.results import Result, results_of
from campaigns.models import Campaign
from campaigns.queries.visible import visible_campaigns
from tenancy.models import Membership

MOST = 50


@dataclass(frozen=True)
class Repeats:
    """Campaigns of one kind whose window is closed, newest first; pooled: their uplift."""

    results: list[Result]
    pooled: Pooled

    @property
    def n_customers(self) -> int:
        return sum(result.n_enrolled for result in self.results)


def repeats_of(campaign: Campaign, membership: Membership, *, on: date) -> Repeats | None:
    """Those begun as the same flow, or with the same goal for the same segment; None below two."""
    kind = (
        Q(flow_key=campaign.flow_key)
        if campaign.flow_key
        else Q(goal=campaign.goal, segment=campaign.segment_id, flow_key="")
    )
    if not campaign.flow_key and campaign.segment_id is None:
        return None
    alike = visible_campaigns(membership).filter(kind, launched_on__isnull=False)
    found = results_of(list(alike.order_by("-launched_on", "-pk")[:MOST]), on=on)
    return pooled_results(found)


def pooled_results(found: list[Result]) -> Repeats | None:
    """None where fewer than two of them have a holdout and a closed window."""
    closed = [
        result
        for result in found
        if not result.is_open and result.read_out.n_treated and result.read_out.n_holdout
    ]
    if len(closed) < 2:
        return None
    rows = [result.read_out for result in closed]
    pooled = pool(
        [result.verdict.uplift or 0.0 for result in closed],
        [
            rate_difference_variance(
                row.n_treated_returned, row.n_treated, row.n_holdout_returned, row.n_holdout
            )
            for row in rows
        ],
    )
    return None if pooled is None else Repeats(closed, pooled)
