"""What all recalls of the clinic brought together: everybody reached against the clinic-wide
holdout, customers known before its first day, from that day to its last."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from analytics.measure.comparison import ArmResult, Effect, effects_against
from analytics.measure.rates import minimum_detectable_difference
from analytics.queries.campaign_study import NET, PROFIT, RETURNED
from analytics.queries.study import Side
from campaigns.arms import HASH_SPAN
from campaigns.models import ClinicHoldout
from campaigns.queries.clinic_holdouts import holdout_key
from tenancy.scope import current_clinic_id

_OUTCOMES = """
WITH outcome AS (
    SELECT ('x' || substr(md5(%(key)s || ':' || customer.id), 1, 8))::bit(32)::bigint
            < %(rate)s::float8 * %(span)s AS is_held,
        (won.first_on IS NOT NULL)::int AS returned,
        coalesce(won.net, 0) AS net, coalesce(won.net, 0) - coalesce(won.cost, 0) AS profit
    FROM customers_customer customer
    LEFT JOIN LATERAL (
        SELECT min(day.counts_on) FILTER (WHERE day.net > 0) AS first_on, sum(day.net) AS net,
            sum(day.cost) AS cost
        FROM (
            SELECT sale.counts_on, sum(sale.net_minor) AS net, sum(line.cost) AS cost
            FROM customers_sale sale
            LEFT JOIN LATERAL (
                SELECT sum(cost_minor) AS cost FROM customers_saleline
                WHERE clinic_id = %(clinic_id)s AND sale_id = sale.id
            ) line ON true
            WHERE sale.clinic_id = %(clinic_id)s AND sale.customer_id = customer.id
                AND sale.counts_on BETWEEN %(first_on)s AND %(until)s
                AND sale.occurred_on <= %(until)s
            GROUP BY sale.counts_on
        ) day
    ) won ON true
    WHERE customer.clinic_id = %(clinic_id)s AND customer.known_since_on < %(first_on)s
        AND customer.erased_at IS NULL AND customer.merged_into_id IS NULL
)
SELECT is_held, count(*), sum(returned), sum(net), sum(net * net), sum(net * net * net),
    sum(profit), sum(profit * profit), sum(profit * profit * profit)
FROM outcome GROUP BY is_held
"""
REACHED, HELD_OUT = "reached", "held_out"


@dataclass(frozen=True)
class ClinicHoldoutStudy:
    """effects: {outcome: reached − held out}; empty while a side is."""

    holdout: ClinicHoldout
    until: date
    reached: Side
    held_out: Side

    @property
    def effects(self) -> dict[str, Effect]:
        if not self.reached.n or not self.held_out.n:
            return {}
        pairs = [
            effects_against(
                _arm(HELD_OUT, self.held_out, name), [_arm(REACHED, self.reached, name)]
            )
            for name in (RETURNED, NET, PROFIT)
        ]
        return {effect.outcome: effect for (effect,) in pairs}

    @property
    def detectable_rate(self) -> float | None:
        """The smallest difference of return rates that sides of this size would show."""
        if not self.held_out.n:
            return None
        base = self.held_out.n_returned / self.held_out.n
        return minimum_detectable_difference(self.reached.n, self.held_out.n, base)


def clinic_holdout_study(holdout: ClinicHoldout, *, on: date) -> ClinicHoldoutStudy:
    """One query. on: the last day whose facts count; later than the last day of the holdout
    changes nothing."""
    until = min(on, holdout.last_on, holdout.ended_on or holdout.last_on)
    asked: dict[str, Any] = {
        "clinic_id": current_clinic_id(),
        "key": holdout_key(holdout),
        "rate": holdout.rate,
        "span": float(HASH_SPAN),
        "first_on": holdout.first_on,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, asked)
        sides = {row[0]: _side(row[1:]) for row in cursor.fetchall()}
    return ClinicHoldoutStudy(holdout, until, sides.get(False, Side()), sides.get(True, Side()))


def _side(figures: tuple) -> Side:
    n, returned, *sums = (int(figure) for figure in figures)
    return Side(n, returned, net=(sums[0], sums[1], sums[2]), profit=(sums[3], sums[4], sums[5]))


def _arm(name: str, side: Side, outcome: str) -> ArmResult:
    if outcome == RETURNED:
        return ArmResult(name, side.n, {RETURNED: side.n_returned})
    return ArmResult(
        name, side.n, money={outcome: side.net_summary if outcome == NET else side.profit_summary}
    )
