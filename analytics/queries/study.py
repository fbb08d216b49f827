"""Everything one campaign did, counted from the sales in one statement: every enrolment by
intention to treat, as a whole and by variant, stage, value layer, tier and branch.

Profit of a customer: net in the window less the cost of what was sold and the points it earned.
A line without a cost counts as costing nothing; `costed_minor` says how much of the net had one.
Traits are those of the day of enrolment: what came later may be the campaign's own work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from analytics.measure.adjusting import Moments
from analytics.measure.money import MeanSummary, summary_of_sums
from campaigns.models import Campaign
from tenancy.scope import current_clinic_id

SECOND_PURCHASE_DAYS = 90
SPENT_BEFORE_DAYS = 365
DIMENSIONS = ("variant", "stage", "layer", "tier", "branch")

_STUDY = """
WITH run AS MATERIALIZED (
    SELECT id, as_of FROM segmentation_scorerun
    WHERE clinic_id = %(clinic_id)s AND finished_at IS NOT NULL AND NOT is_held
), enrolled AS (
    SELECT enrolment.id, enrolment.customer_id, enrolment.arm, enrolment.enrolled_on,
        enrolment.variant_id AS variant, customer.home_branch_id AS branch,
        (SELECT run.id FROM run WHERE run.as_of <= enrolment.enrolled_on
            ORDER BY run.as_of DESC, run.id DESC LIMIT 1) AS run_id
    FROM campaigns_enrolment enrolment
    JOIN customers_customer customer
        ON customer.clinic_id = enrolment.clinic_id AND customer.id = enrolment.customer_id
    WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.campaign_id = %(campaign_id)s
        AND enrolment.enrolled_on <= %(until)s
), outcome AS (
    SELECT enrolled.arm, enrolled.variant, enrolled.branch, score.stage, score.layer,
        tier.new_tier_id AS tier,
        (won.first_on IS NOT NULL)::int AS returned,
        (won.first_on IS NOT NULL AND EXISTS (
            SELECT 1 FROM customers_sale sale
            WHERE sale.clinic_id = %(clinic_id)s AND sale.customer_id = enrolled.customer_id
                AND sale.counts_on > won.first_on
                AND sale.counts_on <= won.first_on + %(second_days)s
                AND sale.occurred_on <= %(known_by)s
            GROUP BY sale.counts_on HAVING sum(sale.net_minor) > 0
        ))::int AS came_again,
        coalesce(won.first_on + %(second_days)s <= %(known_by)s, false)::int AS is_followed,
        coalesce(won.net, 0) AS net,
        coalesce(won.net, 0) - coalesce(won.cost, 0) - coalesce(won.points, 0) AS profit,
        coalesce(won.costed, 0) AS costed,
        coalesce(past.net, 0) AS before
    FROM enrolled
    LEFT JOIN segmentation_customerscore score
        ON score.clinic_id = %(clinic_id)s AND score.run_id = enrolled.run_id
        AND score.customer_id = enrolled.customer_id
    LEFT JOIN LATERAL (
        SELECT change.new_tier_id
        FROM loyalty_tierchange change
        JOIN loyalty_account account
            ON account.clinic_id = change.clinic_id AND account.id = change.account_id
        WHERE change.clinic_id = %(clinic_id)s AND account.customer_id = enrolled.customer_id
            AND change.changed_on <= enrolled.enrolled_on
        ORDER BY change.changed_on DESC, change.id DESC LIMIT 1
    ) tier ON true
    LEFT JOIN LATERAL (
        SELECT min(day.counts_on) FILTER (WHERE day.net > 0) AS first_on, sum(day.net) AS net,
            sum(day.cost) AS cost, sum(day.costed) AS costed, sum(day.points) AS points
        FROM (
            SELECT sale.counts_on, sum(sale.net_minor) AS net, sum(line.cost) AS cost,
                sum(line.costed) AS costed, sum(point.worth) AS points
            FROM customers_sale sale
            LEFT JOIN LATERAL (
                SELECT sum(cost_minor) AS cost,
                    sum(net_minor) FILTER (WHERE cost_minor IS NOT NULL) AS costed
                FROM customers_saleline
                WHERE clinic_id = %(clinic_id)s AND sale_id = sale.id
            ) line ON true
            LEFT JOIN LATERAL (
                SELECT round(sum(entry.points * programme.point_value_minor)) AS worth
                FROM loyalty_ledgerentry entry
                JOIN loyalty_account account
                    ON account.clinic_id = entry.clinic_id AND account.id = entry.account_id
                JOIN loyalty_programme programme
                    ON programme.clinic_id = entry.clinic_id
                    AND programme.id = account.programme_id
                WHERE entry.clinic_id = %(clinic_id)s AND entry.sale_id = sale.id
                    AND entry.kind IN ('accrual', 'reversal')
            ) point ON true
            WHERE sale.clinic_id = %(clinic_id)s AND sale.customer_id = enrolled.customer_id
                AND sale.counts_on > enrolled.enrolled_on
                AND sale.counts_on <= enrolled.enrolled_on + %(window_days)s
                AND sale.occurred_on <= %(until)s
            GROUP BY sale.counts_on
        ) day
    ) won ON true
    LEFT JOIN LATERAL (
        SELECT sum(sale.net_minor) AS net FROM customers_sale sale
        WHERE sale.clinic_id = %(clinic_id)s AND sale.customer_id = enrolled.customer_id
            AND sale.counts_on > enrolled.enrolled_on - %(before_days)s
            AND sale.counts_on <= enrolled.enrolled_on AND sale.occurred_on <= enrolled.enrolled_on
    ) past ON true
)
SELECT grouping(variant, stage, layer, tier, branch), arm,
    variant::text, stage, layer, tier::text, branch::text,
    count(*), sum(returned), sum(came_again), sum(is_followed), sum(costed),
    sum(net), sum(net * net), sum(net * net * net),
    sum(profit), sum(profit * profit), sum(profit * profit * profit),
    sum(before), sum(before * before), sum(net * before), sum(profit * before)
FROM outcome
GROUP BY GROUPING SETS ((arm), (arm, variant), (arm, stage), (arm, layer), (arm, tier),
    (arm, branch))
"""


@dataclass(frozen=True)
class Side:
    """One arm, or a part of one. Amounts in minor units, of everybody, those who bought nothing
    included; squares and cubes are sums over customers.

    n_came_again: returned and bought again within 90 days of the return; n_followed: returned so
    long ago that those 90 days are over.
    """

    n: int = 0
    n_returned: int = 0
    n_came_again: int = 0
    n_followed: int = 0
    costed_minor: int = 0
    net: tuple[int, int, int] = (0, 0, 0)
    profit: tuple[int, int, int] = (0, 0, 0)
    before: tuple[int, int] = (0, 0)
    net_with_before: int = 0
    profit_with_before: int = 0

    @property
    def net_minor(self) -> int:
        return self.net[0]

    @property
    def profit_minor(self) -> int:
        return self.profit[0]

    @property
    def net_summary(self) -> MeanSummary:
        return summary_of_sums(self.n, *self.net)

    @property
    def profit_summary(self) -> MeanSummary:
        return summary_of_sums(self.n, *self.profit)

    def net_moments(self) -> Moments:
        return self._moments(self.net_summary, self.net[0], self.net_with_before)

    def profit_moments(self) -> Moments:
        return self._moments(self.profit_summary, self.profit[0], self.profit_with_before)

    def _moments(self, summary: MeanSummary, total: int, products: int) -> Moments:
        n = self.n
        if n < 2:
            return Moments(summary, 0.0, 0.0, 0.0)
        spent, squares = self.before
        return Moments(
            summary,
            spent / n,
            (n * squares - spent**2) / n / (n - 1),
            (n * products - spent * total) / n / (n - 1),
        )


@dataclass(frozen=True)
class Study:
    """arms: {arm: all of it}. parts: {dimension: {level: {arm: part}}}; level "" : not known."""

    arms: Mapping[str, Side]
    parts: Mapping[str, Mapping[str, Mapping[str, Side]]]


def study_of(campaign: Campaign, *, until: date, known_by: date) -> Study:
    """One query. until: the last day whose purchases count as returns; known_by: the last day
    whose facts count at all (for second purchases)."""
    asked: dict[str, Any] = {
        "clinic_id": current_clinic_id(),
        "campaign_id": campaign.pk,
        "window_days": campaign.outcome_window_days,
        "until": until,
        "known_by": known_by,
        "second_days": SECOND_PURCHASE_DAYS,
        "before_days": SPENT_BEFORE_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STUDY, asked)
        rows = cursor.fetchall()
    return _study(rows)


def _study(rows: Sequence[tuple]) -> Study:
    arms: dict[str, Side] = {}
    parts: dict[str, dict[str, dict[str, Side]]] = {name: {} for name in DIMENSIONS}
    for row in rows:
        mask, arm, side = row[0], row[1], _side(row[7:])
        grouped = [
            name for place, name in enumerate(DIMENSIONS) if not mask & 1 << (4 - place)
        ]  # a set bit: summed over
        if not grouped:
            arms[arm] = side
            continue
        level = row[2 + DIMENSIONS.index(grouped[0])] or ""
        parts[grouped[0]].setdefault(level, {})[arm] = side
    return Study(arms, parts)


def _side(figures: Sequence[Any]) -> Side:
    n, returned, again, followed, costed, *sums = (int(figure) for figure in figures)
    return Side(
        n, returned, again, followed, costed,
        net=(sums[0], sums[1], sums[2]),
        profit=(sums[3], sums[4], sums[5]),
        before=(sums[6], sums[7]),
        net_with_before=sums[8],
        profit_with_before=sums[9],
    )  # fmt: skip
