"""What came of a campaign, counted from the sales: every enrolment by intention to treat.

Returned: a purchase day (net after refunds of that day above 0) in
(enrolled_on, enrolled_on + window]. Only rows recorded by the end of the day asked for count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from analytics.measure.money import MeanSummary
from tenancy.scope import current_clinic_id

# One row a campaign, arm and number of days until the first purchase day (NULL: did not return).
_OUTCOMES = """
WITH outcome AS (
    SELECT enrolment.campaign_id, enrolment.arm,
        min(day.counts_on) FILTER (WHERE day.net > 0) - enrolment.enrolled_on AS n_days,
        coalesce(sum(day.net), 0) AS net
    FROM unnest(%(campaign_ids)s::bigint[], %(known_by)s::date[]) AS asked (campaign_id, known_by)
    JOIN campaigns_enrolment enrolment
        ON enrolment.clinic_id = %(clinic_id)s AND enrolment.campaign_id = asked.campaign_id
    JOIN campaigns_campaign campaign
        ON campaign.clinic_id = enrolment.clinic_id AND campaign.id = enrolment.campaign_id
    LEFT JOIN LATERAL (
        SELECT sale.counts_on, sum(sale.net_minor) AS net
        FROM customers_sale sale
        WHERE sale.clinic_id = %(clinic_id)s AND sale.customer_id = enrolment.customer_id
            AND sale.counts_on > enrolment.enrolled_on
            AND sale.counts_on <= enrolment.enrolled_on + campaign.outcome_window_days
            AND sale.occurred_on <= asked.known_by
        GROUP BY sale.counts_on
    ) day ON true
    GROUP BY enrolment.id
), sent AS (
    SELECT campaign_id, count(*) AS n
    FROM campaigns_message
    WHERE clinic_id = %(clinic_id)s AND campaign_id = ANY(%(campaign_ids)s) AND state = 'sent'
    GROUP BY campaign_id
)
SELECT campaign_id, arm, n_days, count(*), sum(net)::numeric, sum(net * net)::numeric,
    coalesce(max(sent.n), 0)
FROM outcome LEFT JOIN sent USING (campaign_id)
GROUP BY campaign_id, arm, n_days
"""
TREATED, HOLDOUT = "treated", "holdout"


@dataclass(frozen=True)
class Arm:
    """One side of the experiment: how many returned after how many days, and what all spent.

    n_returned_after: {days after enrolment: customers}. net_minor: of every customer, summed;
    net_squares: the sum of their squares.
    """

    n: int
    n_returned_after: dict[int, int]
    net_minor: int
    net_squares: int

    @property
    def n_returned(self) -> int:
        return sum(self.n_returned_after.values())

    @property
    def money(self) -> MeanSummary:
        """Net a head, those who bought nothing included."""
        if not self.n:
            return MeanSummary(0, None, None)
        variance = None
        if self.n > 1:
            about_mean = self.n * self.net_squares - self.net_minor**2  # whole numbers: exact
            variance = about_mean / self.n / (self.n - 1)
        return MeanSummary(self.n, self.net_minor / self.n, variance)


NOBODY = Arm(0, {}, 0, 0)


@dataclass(frozen=True)
class Outcome:
    """Both sides of one campaign, and how many messages went out."""

    treated: Arm = NOBODY
    holdout: Arm = NOBODY
    n_sent: int = 0


def outcomes_of(known_by: Mapping[int, date]) -> dict[int, Outcome]:
    """{campaign id: what came of it}, one for each asked about, in one query.

    known_by: {campaign id: the last local day whose facts count}.
    """
    asked: dict[str, Any] = {
        "clinic_id": current_clinic_id(),
        "campaign_ids": list(known_by),
        "known_by": list(known_by.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, asked)
        rows = cursor.fetchall()
    return {campaign_id: _outcome(campaign_id, rows) for campaign_id in known_by}


def _outcome(campaign_id: int, rows: Sequence[tuple]) -> Outcome:
    own = [row for row in rows if row[0] == campaign_id]
    n_sent = own[0][-1] if own else 0
    return Outcome(_arm(TREATED, own), _arm(HOLDOUT, own), n_sent)


def _arm(arm: str, rows: Sequence[tuple]) -> Arm:
    own = [row[2:6] for row in rows if row[1] == arm]
    return Arm(
        n=sum(n for _days, n, _net, _squares in own),
        n_returned_after={days: n for days, n, _net, _squares in own if days is not None},
        net_minor=int(sum(net for _days, _n, net, _squares in own)),
        net_squares=int(sum(squares for _days, _n, _net, squares in own)),
    )
