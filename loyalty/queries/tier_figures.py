"""How each tier does: members, spend, visits, cost of benefits, margin, who left; and who is close.

Everything is of the last 365 days up to a day, of members who stand in the tier on that day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision
from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from customers.models import Sale
from loyalty.earning import Rule
from loyalty.models import Account, Benefit, Programme, Tier
from loyalty.queries.accounts import accounts_in_sight
from loyalty.queries.earn_rates import rules_on
from loyalty.queries.programmes import rate_on
from loyalty.queries.tier_costs import benefits_in_force
from loyalty.tiering import LadderRules
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class TierFigures:
    """Sums in minor units over 365 days. margin_minor: net less the cost of goods as far as known.

    churn_rate: of those who stood in the tier before these days, who has not bought since; None:
    nobody did. Not of today's members: most are there because they bought. churn_probability: of
    today's members by their scores, the mean; None: none is scored.
    returned_minor: points and benefits a member gets back for 100 units of money spent.
    """

    tier: Tier
    n_members: int
    spend_minor: int
    n_visits: int
    margin_minor: int
    benefit_cost_minor: int
    churn_rate: float | None
    churn_probability: float | None
    returned_minor: int

    @property
    def spend_each_minor(self) -> int:
        return self.spend_minor // self.n_members if self.n_members else 0

    @property
    def visits_each(self) -> float:
        return self.n_visits / self.n_members if self.n_members else 0.0

    @property
    def margin_after_minor(self) -> int:
        return self.margin_minor - self.benefit_cost_minor


def figures_of(
    programme: Programme, *, on: date, currency: str, branch: Branch | None
) -> list[TierFigures]:
    """One a tier, from the top down; a handful of queries whatever the number of members."""
    sums = _sums(programme, on, branch)
    benefits = benefits_in_force(programme, on)
    tiers = Tier.objects.on_ladder().filter(programme=programme).order_by("-rank")
    worth = _Worth(
        rate=float(rate_on(programme, on) or 0),
        value_minor=float(programme.point_value_minor),
        multipliers=[rule for rule in rules_on(programme, on) if rule.kind == "multiplier"],
        units=10 ** get_currency_precision(currency),
    )
    return [_figures(tier, sums.get(tier.pk, _Sums()), benefits, worth) for tier in tiers]


@dataclass(frozen=True)
class _Worth:
    """What points are worth: points a major unit, minor units a point."""

    rate: float
    value_minor: float
    multipliers: list[Rule]
    units: int


class _Sums(NamedTuple):
    """Of one tier. n_before, n_stayed: who stood in it before, and who of them bought since."""

    n_members: int = 0
    spend_minor: int = 0
    n_visits: int = 0
    cost_minor: int = 0
    churn_probability: float | None = None
    n_before: int = 0
    n_stayed: int = 0


def _figures(tier: Tier, sums: _Sums, benefits: list[Benefit], worth: _Worth) -> TierFigures:
    n, spend, n_before = sums.n_members, sums.spend_minor, sums.n_before
    benefit_cost = sum(_yearly(b, n, spend) for b in benefits if b.tier_id in (None, tier.pk))
    return TierFigures(
        tier=tier, n_members=n, spend_minor=spend, n_visits=sums.n_visits,
        margin_minor=spend - sums.cost_minor, benefit_cost_minor=round(benefit_cost),
        churn_rate=1 - sums.n_stayed / n_before if n_before else None,
        churn_probability=sums.churn_probability,
        returned_minor=_returned(tier, benefits, spend, n, worth),
    )  # fmt: skip


def _yearly(benefit: Benefit, n_members: int, spend_minor: int) -> float:
    """A benefit for a segment is counted as if all of the tier had it: the most it may cost."""
    if benefit.discount_rate:
        return float(benefit.discount_rate) * max(spend_minor, 0)
    return float(benefit.cost_minor * benefit.times_a_year * n_members)


def _returned(
    tier: Tier, benefits: list[Benefit], spend_minor: int, n_members: int, worth: _Worth
) -> int:
    """What comes back to a member of this tier for 100 units of money spent, minor units.

    Points at what one is worth, discounts as they are, other benefits at their cost spread over
    what the tier's members spend in a year.
    """
    times = [float(rule.multiplier) for rule in worth.multipliers if tier.pk in rule.tiers]
    back = 100 * worth.rate * max([1.0, *times]) * worth.value_minor
    for benefit in benefits:
        if benefit.tier_id not in (None, tier.pk):
            continue
        if benefit.discount_rate:
            back += 100 * worth.units * float(benefit.discount_rate)
        elif spend_minor > 0:
            yearly = _yearly(benefit, n_members, spend_minor)
            back += yearly / spend_minor * 100 * worth.units
    return round(back)


def _sums(programme: Programme, on: date, branch: Branch | None) -> dict[int, _Sums]:
    given = {
        "clinic": current_clinic_id(), "programme": programme.pk, "on": on,
        "from_on": on - YEAR + timedelta(days=1),
        "branch": branch.pk if branch else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, given)
        return {row[0]: _Sums(*row[1:]) for row in cursor.fetchall()}


# Added up by customer first and laid beside the members, so that nothing is read twice.
_SUMS = """
WITH person AS (
    SELECT a.id AS account_id, a.customer_id, a.tier_id FROM loyalty_account a
    JOIN customers_customer c ON c.clinic_id = a.clinic_id AND c.id = a.customer_id
        AND c.merged_into_id IS NULL
    WHERE a.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
        AND (%(branch)s::bigint IS NULL OR c.home_branch_id = %(branch)s)
), bought AS (
    SELECT s.customer_id, sum(s.net_minor) AS spend FROM customers_sale s
    WHERE s.clinic_id = %(clinic)s AND s.counts_on BETWEEN %(from_on)s AND %(on)s
        AND s.occurred_on <= %(on)s
    GROUP BY s.customer_id
), goods AS (
    SELECT s.customer_id, sum(coalesce(l.cost_minor, t.cost_minor * l.quantity, 0)) AS cost
    FROM customers_sale s
    JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
    LEFT JOIN customers_treatment t ON t.clinic_id = l.clinic_id AND t.id = l.treatment_id
    WHERE s.clinic_id = %(clinic)s AND s.counts_on BETWEEN %(from_on)s AND %(on)s
        AND s.net_minor > 0
    GROUP BY s.customer_id
), came AS (
    SELECT v.customer_id, count(*) AS n FROM customers_visit v
    WHERE v.clinic_id = %(clinic)s AND v.visited_on BETWEEN %(from_on)s AND %(on)s
    GROUP BY v.customer_id
), scored AS (
    SELECT s.customer_id, s.churn_probability FROM segmentation_customerscore s
    JOIN segmentation_scorerun r ON r.clinic_id = s.clinic_id AND r.id = s.run_id AND r.is_current
    WHERE s.clinic_id = %(clinic)s
), now AS (
    SELECT person.tier_id, count(*) AS n, coalesce(sum(bought.spend), 0)::bigint AS spend,
        coalesce(sum(came.n), 0)::bigint AS visits,
        coalesce(round(sum(goods.cost)), 0)::bigint AS cost,
        avg(scored.churn_probability)::float AS probability
    FROM person LEFT JOIN bought USING (customer_id) LEFT JOIN goods USING (customer_id)
        LEFT JOIN came USING (customer_id) LEFT JOIN scored USING (customer_id)
    WHERE person.tier_id IS NOT NULL GROUP BY person.tier_id
), held AS (
    SELECT DISTINCT ON (c.account_id) person.customer_id, c.new_tier_id AS tier_id
    FROM loyalty_tierchange c JOIN person USING (account_id)
    WHERE c.clinic_id = %(clinic)s AND c.changed_on < %(from_on)s
    ORDER BY c.account_id, c.changed_on DESC, c.id DESC
), before AS (
    SELECT held.tier_id, count(*) AS n, count(*) FILTER (WHERE bought.spend > 0) AS stayed
    FROM held LEFT JOIN bought USING (customer_id) GROUP BY held.tier_id
)
SELECT tier_id, coalesce(now.n, 0), coalesce(now.spend, 0), coalesce(now.visits, 0),
    coalesce(now.cost, 0), now.probability, coalesce(before.n, 0), coalesce(before.stayed, 0)
FROM now FULL JOIN before USING (tier_id)
"""


def close_to_top(
    programme: Programme, rules: LadderRules, *, on: date, branch: Branch | None
) -> QuerySet[Account]:
    """Members below the highest rung that can be earned by spend, the smallest gap first.

    Each has `spend_minor` in the window and `gap_minor`; only who has come half the way.
    """
    open_rungs = [r for r in rules.rungs if not r.is_invited and r.entry.spend_minor]
    if not open_rungs:
        return Account.objects.none()
    top = open_rungs[-1]
    above = [r.tier for r in rules.rungs[rules.rungs.index(top) :]]
    first, last = rules.window(on)
    sales = Sale.objects.filter(
        customer=OuterRef("customer"), counts_on__gte=first, counts_on__lte=last,
        occurred_on__lte=on,
    ).order_by()  # fmt: skip
    spent: Any = Subquery(sales.values("customer").annotate(n=Sum("net_minor")).values("n"))
    members = accounts_in_sight(branch).filter(programme=programme).exclude(tier__in=above)
    return (
        members.annotate(spend_minor=Coalesce(spent, 0))
        .filter(spend_minor__gte=top.entry.spend_minor // 2)
        .annotate(gap_minor=top.entry.spend_minor - F("spend_minor"))
        .select_related("customer__consultant__user", "tier")
        .order_by("gap_minor", "pk")
    )
