"""The rules of `loyalty.earning` in force, and the same arithmetic as SQL over many sales."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from loyalty.earning import CAP, MULTIPLIER, RATE, Rule, in_turn
from loyalty.models import EarnRule, Programme


def earn_rules(programme: Programme) -> list[Rule]:
    """Every version of every rule of the programme, each with the days on which it holds."""
    rows = list(EarnRule.objects.filter(programme=programme).order_by("pk"))
    ends = last_days(rows)
    rules = [as_rule(row, ends[row.pk]) for row in rows if not row.is_stop]
    return [rule for rule in rules if rule.ends_on is None or rule.ends_on > rule.effective_on]


def rules_on(programme: Programme, day: date) -> list[Rule]:
    """The earn rules in force on that day."""
    return [rule for rule in earn_rules(programme) if rule.holds_on(day)]


def last_days(rows: Sequence[EarnRule]) -> dict[int, date | None]:
    """The first day on which each no longer holds: by its own end, or by any successor."""
    after = {row.replaces_id: row for row in rows if row.replaces_id}
    ends: dict[int, date | None] = {}
    for row in reversed(rows):  # successors are made later, so they are known first
        days = [row.until_on + timedelta(days=1)] if row.until_on else []
        successor = after.get(row.pk)
        while successor is not None:
            days.append(successor.effective_on)
            successor = after.get(successor.pk)
        ends[row.pk] = min(days, default=None)
    return ends


def as_rule(row: EarnRule, ends_on: date | None) -> Rule:
    asked = row.conditions
    return Rule(
        pk=row.pk,
        kind=row.kind,
        effective_on=row.effective_on,
        ends_on=ends_on,
        rate=Fraction(row.points_per_unit),
        multiplier=Fraction(row.multiplier) if row.multiplier is not None else Fraction(1),
        points=row.points or 0,
        per=row.per,
        has_dates=row.until_on is not None,
        **{
            name: frozenset(asked.get(name, ()))
            for name in ("categories", "treatments", "tiers", "branches", "weekdays")
        },
    )


def has_running_caps(rules: Sequence[Rule]) -> bool:
    """Does what a sale earns depend on the customer's other sales?"""
    return any(rule.kind == CAP and rule.per != "sale" for rule in rules)


def rated_sql(rules: Sequence[Rule]) -> tuple[str, dict[str, Any]]:
    """CTEs that end in `rated`, to stand behind a CTE `sale` and read once, and their values.

    `sale` has id, root_id (the sale a refund names, else itself), has_root (false for the refund of
    a refund), kind, customer_id, earned_on, branch_id, root_net_minor (not negative); values wanted
    beside: clinic, programme, unit_share (what a minor unit is of a major one, 1 or 0.01).
    `rated` has all that `sale` has, and of its root raw (points before rounding down; NULL: none)
    and rules, their ids.
    """
    given: dict[str, Any] = {}
    sold = [rule for rule in rules if rule.kind in (RATE, MULTIPLIER, CAP)]
    tier = _TIER if any(rule.tiers for rule in sold) else "NULL::bigint"
    found = {"points": _points(sold, given), "decided": _decided(sold, given), "tier": tier}
    asks_for_lines = any(rule.asks_for_lines for rule in sold)
    if not asks_for_lines and not any(rule.kind == CAP for rule in sold):
        return _ALONE.format(**found), given
    earned = _BY_LINE if asks_for_lines else _BY_SALE
    return (_BOUGHT + earned).format(**found) + _caps(sold, given), given


def _points(rules: Sequence[Rule], given: dict[str, Any]) -> str:
    rate = _case(in_turn(rules, RATE), "rate", given, "NULL")
    times = _case(in_turn(rules, MULTIPLIER), "multiplier", given, "1")
    points = f"part_minor * ({rate}) * %(unit_share)s"
    return points if times == "1" else f"{points} * ({times})"


def _decided(rules: Sequence[Rule], given: dict[str, Any]) -> str:
    rate = _case(in_turn(rules, RATE), "pk", given, "NULL::bigint")
    times = _case(in_turn(rules, MULTIPLIER), "pk", given, "NULL::bigint")
    return f"ARRAY[{rate}, {times}]"


def _case(rules: Sequence[Rule], name: str, given: dict[str, Any], otherwise: str) -> str:
    """The value of the first rule that fits."""
    if not rules:
        return otherwise
    cases = []
    for rule in rules:
        given[f"{name}_{rule.pk}"] = _plain(getattr(rule, name))
        kind = "bigint" if name in ("pk", "points") else "numeric"
        cases.append(f"WHEN {_fits(rule, given)} THEN %({name}_{rule.pk})s::{kind}")
    return f"CASE {' '.join(cases)} ELSE {otherwise} END"


def _plain(value: Any) -> Any:
    """Rates have three decimals, so nothing is lost."""
    if isinstance(value, Fraction):
        return f"{value.numerator * 1000 // value.denominator}e-3"
    return value


def _fits(rule: Rule, given: dict[str, Any]) -> str:
    key = f"r{rule.pk}"
    given[f"{key}_from"] = rule.effective_on
    tests = [f"earned_on >= %({key}_from)s"]
    if rule.ends_on:
        given[f"{key}_ends"] = rule.ends_on
        tests.append(f"earned_on < %({key}_ends)s")
    for name, column in (("tiers", "tier_id"), ("branches", "branch_id")):
        if asked := getattr(rule, name):
            given[f"{key}_{name}"] = sorted(asked)
            tests.append(f"{column} = ANY (%({key}_{name})s::bigint[])")
    if rule.weekdays:
        given[f"{key}_weekdays"] = sorted(rule.weekdays)
        tests.append(f"extract(isodow FROM earned_on)::int = ANY (%({key}_weekdays)s::int[])")
    if rule.asks_for_lines:
        given[f"{key}_treatments"] = sorted(rule.treatments)
        given[f"{key}_categories"] = sorted(rule.categories)
        tests.append(
            f"(treatment_id = ANY (%({key}_treatments)s::bigint[])"
            f" OR category <> '' AND category = ANY (%({key}_categories)s::text[]))"
        )
    return f"coalesce({' AND '.join(tests)}, false)"


def _caps(rules: Sequence[Rule], given: dict[str, Any]) -> str:
    """One CTE a kind of cap, each cutting what the one before left, and at last `rated`."""
    text, source = "", "earned"
    for per, group in _GROUPS.items():
        caps = sorted(
            (r for r in rules if r.kind == CAP and r.per == per), key=lambda r: (r.points, -r.pk)
        )
        if caps:
            cap = _case(caps, "points", given, "NULL::bigint")
            pk = _case(caps, "pk", given, "NULL::bigint")
            text += _CAPPED.format(per=per, source=source, cap=cap, pk=pk, group=group)
            source = f"capped_{per}"
    return text + _RATED.format(source=source)


# The tier of the morning: a purchase that lifts somebody does not earn by the tier it gives.
_TIER = """(SELECT c.new_tier_id FROM loyalty_tierchange c
        JOIN loyalty_account a ON a.clinic_id = c.clinic_id AND a.id = c.account_id
        WHERE c.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
            AND a.customer_id = sale.customer_id AND c.changed_on < sale.earned_on
        ORDER BY c.changed_on DESC, c.id DESC LIMIT 1)"""
# What a sale earns by its own row is worked out beside it, and not joined to it.
_ALONE = """
, rated AS (
    SELECT part.*, CASE WHEN has_root THEN {points} END AS raw,
        array_remove({decided}, NULL) AS rules
    FROM (SELECT sale.*, root_net_minor AS part_minor, {tier} AS tier_id FROM sale) AS part
)"""
_BOUGHT = """
, bought AS (
    SELECT root_id, customer_id, earned_on, branch_id, root_net_minor AS net_minor,
        kind = 'sale' AS is_sale, {tier} AS tier_id
    FROM sale WHERE id = root_id
)"""
_BY_SALE = """
, earned AS (
    SELECT root_id, customer_id, earned_on, branch_id, tier_id, is_sale, {points} AS raw,
        array_remove({decided}, NULL) AS rules
    FROM (SELECT bought.*, net_minor AS part_minor FROM bought) AS part
)"""
# Lines are added to their sales, not joined: the planner cannot know how many rows remain.
_BY_LINE = """
, part AS (
    SELECT bought.*, l.net_minor AS part_minor, l.treatment_id, coalesce(t.category, '') AS category
    FROM bought
    JOIN customers_saleline l ON l.clinic_id = %(clinic)s AND l.sale_id = bought.root_id
    LEFT JOIN customers_treatment t ON t.clinic_id = %(clinic)s AND t.id = l.treatment_id
    WHERE bought.is_sale
    UNION ALL
    SELECT bought.*, bought.net_minor - coalesce((
        SELECT sum(l.net_minor) FROM customers_saleline l WHERE l.clinic_id = %(clinic)s
            AND l.sale_id = bought.root_id AND bought.is_sale), 0)::bigint, NULL, '' FROM bought
), priced AS (
    SELECT part.*, {points} AS points, {decided} AS decided FROM part WHERE part_minor <> 0
), earned AS (
    SELECT root_id, min(customer_id) AS customer_id, min(earned_on) AS earned_on,
        min(branch_id) AS branch_id, min(tier_id) AS tier_id, bool_or(is_sale) AS is_sale,
        greatest(sum(points), 0) AS raw,
        array_remove(array_agg(DISTINCT decided[1]) || array_agg(DISTINCT decided[2]), NULL)
            AS rules
    FROM priced GROUP BY root_id
)"""
_GROUPS = {
    "sale": "root_id",
    "day": "customer_id, is_sale, earned_on",
    "month": "customer_id, is_sale, date_trunc('month', earned_on)",
}
# What stays of amounts in their order under a cap: min(cap, sum so far) − min(cap, sum before).
_CAPPED = """
, summed_{per} AS (
    SELECT {source}.*, {cap} AS cap, {pk} AS cap_id,
        sum(raw) OVER (PARTITION BY {group} ORDER BY earned_on, root_id) AS so_far
    FROM {source}
), capped_{per} AS (
    SELECT root_id, customer_id, earned_on, branch_id, tier_id, is_sale,
        CASE WHEN cap IS NULL THEN raw ELSE least(cap, so_far) - least(cap, so_far - raw) END
            AS raw,
        CASE WHEN so_far > cap THEN rules || cap_id ELSE rules END AS rules
    FROM summed_{per}
)"""
_RATED = """
, rated AS (SELECT sale.*, raw, rules FROM sale LEFT JOIN {source} AS root USING (root_id))"""
