"""What came of a campaign, counted from the sales: every enrolment by intention to treat.

Returned: a purchase day (net after refunds of that day above 0) in
(enrolled_on, enrolled_on + window]. Only rows recorded by the end of the day asked for count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
)
SELECT campaign_id, arm, n_days, count(*), sum(net)::numeric, sum(net * net)::numeric
FROM outcome GROUP BY campaign_id, arm, n_days
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


def arms_of(known_by: dict[int, date]) -> dict[tuple[int, str], Arm]:
    """{(campaign id, arm): what came of it}, in one query; an arm without customers is left out.

    known_by: {campaign id: the last local day whose facts count}.
    """
    asked = {
        "clinic_id": current_clinic_id(),
        "campaign_ids": list(known_by),
        "known_by": list(known_by.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, asked)
        return _by_arm(cursor.fetchall())


def _by_arm(rows: Sequence[tuple]) -> dict[tuple[int, str], Arm]:
    arms: dict[tuple[int, str], Arm] = {}
    for campaign_id, arm, n_days, n, net, squares in rows:
        earlier = arms.get((campaign_id, arm), NOBODY)
        returned = earlier.n_returned_after | ({n_days: n} if n_days is not None else {})
        arms[campaign_id, arm] = Arm(
            earlier.n + n,
            returned,
            earlier.net_minor + int(net),
            earlier.net_squares + int(squares),
        )
    return arms
