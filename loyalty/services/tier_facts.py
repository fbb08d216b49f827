"""What stands in a ladder's window for each customer, as SQL to be added up.

What no rung asks for is not read.
"""

from loyalty.tiering import METRICS, LadderRules

COUNTED = """
    s.clinic_id = %(clinic)s AND s.counts_on BETWEEN %(from_on)s AND %(on)s
    AND s.occurred_on <= %(on)s
    AND (%(customers)s::bigint[] IS NULL OR s.customer_id = ANY (%(customers)s::bigint[]))
"""


def facts_sql(rules: LadderRules) -> str:
    """Rows (customer_id, account_id, tier_id, missed_on, one column a metric asked for) to be added
    up: a column that is always nothing costs a sum for each of a million."""
    asked = _asked(rules)
    parts = [_ACCOUNTS.format(none=_columns(asked, {}))]
    for metric in asked:
        value = {metric: _VALUES[metric]}
        parts.append(_FACTS[metric].format(counted=COUNTED, values=_columns(asked, value)))
    return "\nUNION ALL\n".join(parts)


def _asked(rules: LadderRules) -> list[str]:
    return [metric for metric in METRICS if metric in rules.metrics | {"spend_minor"}]


def _columns(asked: list[str], values: dict[str, str]) -> str:
    return ", ".join(f"{values.get(metric, '0')}::bigint AS {metric}" for metric in asked)


def sums_sql(rules: LadderRules) -> str:
    asked = _asked(rules)
    return ", ".join(
        f"sum({metric})::bigint AS {metric}" if metric in asked else f"0::bigint AS {metric}"
        for metric in METRICS
    )


_ACCOUNTS = """
    SELECT account.customer_id, account.id AS account_id, account.tier_id,
        account.tier_missed_on AS missed_on, {none}
    FROM loyalty_account account
    WHERE account.clinic_id = %(clinic)s AND account.programme_id = %(programme)s
        AND account.customer_id NOT IN (SELECT id FROM customers_customer
            WHERE clinic_id = %(clinic)s AND merged_into_id IS NOT NULL)
        AND (%(customers)s::bigint[] IS NULL
            OR account.customer_id = ANY (%(customers)s::bigint[]))
"""
_VALUES = {"spend_minor": "s.net_minor", "n_days": "1", "points": "e.points", "n_kinds": "1"}
_FACTS = {
    "spend_minor": """
    SELECT s.customer_id, NULL, NULL, NULL, {values}
    FROM customers_sale s WHERE {counted}
""",
    "n_days": """
    SELECT customer_id, NULL, NULL, NULL, {values} FROM (
        SELECT s.customer_id FROM customers_sale s WHERE {counted}
        GROUP BY s.customer_id, s.counts_on HAVING sum(s.net_minor) > 0) AS bought
""",
    # What was earned, less what refunds and corrections took back; spending takes nothing from it.
    "points": """
    SELECT a.customer_id, NULL, NULL, NULL, {values}
    FROM loyalty_ledgerentry e
    JOIN loyalty_account a ON a.clinic_id = e.clinic_id AND a.id = e.account_id
    LEFT JOIN customers_sale s ON s.clinic_id = e.clinic_id AND s.id = e.sale_id
    WHERE e.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
        AND (e.kind IN ('accrual', 'reversal') OR e.sale_id IS NOT NULL)
        AND e.posted_on <= %(on)s
        AND coalesce(s.counts_on, e.posted_on) BETWEEN %(from_on)s AND %(on)s
        AND (%(customers)s::bigint[] IS NULL OR a.customer_id = ANY (%(customers)s::bigint[]))
""",
}
STANDS = """
        AND s.net_minor + coalesce((SELECT sum(r.net_minor) FROM customers_sale r
            WHERE r.clinic_id = s.clinic_id AND r.refund_of_id = s.id
                AND r.occurred_on <= %(on)s), 0) > 0
"""
_FACTS["n_kinds"] = f"""
    SELECT customer_id, NULL, NULL, NULL, {{values}} FROM (
        SELECT DISTINCT s.customer_id, coalesce(nullif(t.category, ''), t.code) AS kind
        FROM customers_sale s
        JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
        JOIN customers_treatment t ON t.clinic_id = l.clinic_id AND t.id = l.treatment_id
        WHERE {{counted}} AND s.kind = 'sale' {STANDS}) AS bought
"""  # noqa: S608 our own text
