"""`loyalty.tiering.step` as one set-based statement over all accounts of a programme.

The numbers of the rules stand in the statement as parameters, so a night over a million accounts is
one scan of the sales and one of the accounts, whatever the ladder asks for. What no rung asks for
is not read.
"""

from datetime import date
from typing import Any

from loyalty.tiering import METRICS, NOBODY, LadderRules, Need

N_DAYS_TOLD = 200  # of a receipt's purchase days, the newest; older ones are folded into one row
N_EARLIER_TOLD = 10  # purchases before the window, the newest

COUNTED = """
    s.clinic_id = %(clinic)s AND s.counts_on BETWEEN %(from_on)s AND %(on)s
    AND s.occurred_on <= %(on)s
    AND (%(customers)s::bigint[] IS NULL OR s.customer_id = ANY (%(customers)s::bigint[]))
"""

OPEN_ACCOUNTS = f"""
INSERT INTO loyalty_account (clinic_id, programme_id, customer_id, balance, opened_at)
SELECT DISTINCT %(clinic)s, %(programme)s, s.customer_id, 0, now() FROM customers_sale s
WHERE {COUNTED} AND s.net_minor > 0 AND NOT EXISTS (
    SELECT FROM loyalty_account a
    WHERE a.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
        AND a.customer_id = s.customer_id)
ON CONFLICT (clinic_id, programme_id, customer_id) DO NOTHING
"""  # noqa: S608 our own text


def judge_sql(rules: LadderRules, on: date) -> tuple[str, dict[str, Any]]:
    """The statement, and the values it needs beyond clinic, programme, on, from_on, customers.

    It answers a row a change: change_id, customer_id, old name, new name, is_up, is_told.
    """
    given: dict[str, Any] = {"missed_until": rules.missed_until(on)}
    tiers = [rung.tier for rung in rules.rungs]
    given |= {"tiers": tiers, "names": [rung.name for rung in rules.rungs]}
    text = _JUDGE.format(
        counted=COUNTED,
        facts=_facts(rules),
        earned=_highest(rules, "entry", given),
        kept=_highest(rules, "keep", given),
        held=_rank_of("old_tier_id", rules, given),
        invited=_rank_of("i.tier_id", rules, given),
        told=N_DAYS_TOLD,
        earlier_told=N_EARLIER_TOLD,
        kinds_told=_KINDS_TOLD if "n_kinds" in rules.metrics else "'[]'::jsonb",
    )
    return text, given


def _highest(rules: LadderRules, which: str, given: dict[str, Any]) -> str:
    """The highest rank whose need is met, as an expression over the columns of the facts."""
    cases = []
    for rank, rung in reversed(list(enumerate(rules.rungs))):
        if rung.is_invited:
            continue
        need = rung.entry if which == "entry" else rung.kept_by
        met = _is_met(need, f"{which}_{rank}", given)
        if which == "keep":
            met = f"held >= {rank} AND ({met})"
        cases.append(f"WHEN {met} THEN {rank}")
    return f"CASE {' '.join(cases)} ELSE {NOBODY} END" if cases else str(NOBODY)


def _is_met(need: Need, name: str, given: dict[str, Any]) -> str:
    tests = []
    for metric, least in need.asked.items():
        given[f"{name}_{metric}"] = least
        tests.append(f"{metric} >= %({name}_{metric})s")
    return (" OR " if need.is_any else " AND ").join(tests) or "true"


def _rank_of(column: str, rules: LadderRules, given: dict[str, Any]) -> str:
    cases = []
    for rank, rung in enumerate(rules.rungs):
        given[f"tier_{rank}"] = rung.tier
        cases.append(f"WHEN %(tier_{rank})s THEN {rank}")
    return f"CASE {column} {' '.join(cases)} ELSE {NOBODY} END" if cases else str(NOBODY)


def _facts(rules: LadderRules) -> str:
    """Rows (customer_id, account_id, tier_id, missed_on, one column a metric) to be added up."""
    parts = [_ACCOUNTS, _SPEND]
    parts += [_MORE[metric] for metric in METRICS if metric in rules.metrics & _MORE.keys()]
    return "\nUNION ALL\n".join(part.format(counted=COUNTED) for part in parts)


_ACCOUNTS = """
    SELECT account.customer_id, account.id AS account_id, account.tier_id,
        account.tier_missed_on AS missed_on,
        0::bigint AS spend_minor, 0::bigint AS n_days, 0::bigint AS points, 0::bigint AS n_kinds
    FROM loyalty_account account
    WHERE account.clinic_id = %(clinic)s AND account.programme_id = %(programme)s
        AND account.customer_id NOT IN (SELECT id FROM customers_customer
            WHERE clinic_id = %(clinic)s AND merged_into_id IS NOT NULL)
        AND (%(customers)s::bigint[] IS NULL
            OR account.customer_id = ANY (%(customers)s::bigint[]))
"""
_SPEND = """
    SELECT s.customer_id, NULL, NULL, NULL, s.net_minor, 0, 0, 0
    FROM customers_sale s WHERE {counted}
"""
_MORE = {
    "n_days": """
    SELECT customer_id, NULL, NULL, NULL, 0, 1, 0, 0 FROM (
        SELECT s.customer_id FROM customers_sale s WHERE {counted}
        GROUP BY s.customer_id, s.counts_on HAVING sum(s.net_minor) > 0) AS bought
""",
    # What was earned, less what refunds and corrections took back; spending takes nothing from it.
    "points": """
    SELECT a.customer_id, NULL, NULL, NULL, 0, 0, e.points, 0
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
_STANDS = """
        AND s.net_minor + coalesce((SELECT sum(r.net_minor) FROM customers_sale r
            WHERE r.clinic_id = s.clinic_id AND r.refund_of_id = s.id
                AND r.occurred_on <= %(on)s), 0) > 0
"""
_MORE["n_kinds"] = f"""
    SELECT customer_id, NULL, NULL, NULL, 0, 0, 0, 1 FROM (
        SELECT DISTINCT s.customer_id, coalesce(nullif(t.category, ''), t.code) AS kind
        FROM customers_sale s
        JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
        JOIN customers_treatment t ON t.clinic_id = l.clinic_id AND t.id = l.treatment_id
        WHERE {{counted}} AND s.kind = 'sale' {_STANDS}) AS bought
"""  # noqa: S608 our own text
_KINDS_TOLD = f"""(SELECT coalesce(jsonb_agg(DISTINCT coalesce(nullif(t.category, ''), t.code)),
        '[]'::jsonb)
    FROM customers_sale s
    JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
    JOIN customers_treatment t ON t.clinic_id = l.clinic_id AND t.id = l.treatment_id
    WHERE {COUNTED} AND s.customer_id = changed.customer_id AND s.kind = 'sale' {_STANDS})"""  # noqa: S608 our own text

# Accounts and sales are added up, not joined: the planner cannot know how many rows remain.
_JUDGE = """
WITH invited AS MATERIALIZED (
    SELECT i.account_id, max({invited}) AS rank FROM loyalty_tierinvitation i
    WHERE i.clinic_id = %(clinic)s AND i.from_on <= %(on)s
        AND (i.until_on IS NULL OR i.until_on >= %(on)s)
    GROUP BY i.account_id
), fact AS ({facts}
), added AS (
    SELECT customer_id, max(account_id) AS account_id, max(tier_id) AS old_tier_id,
        max(missed_on) AS missed_on, sum(spend_minor)::bigint AS spend_minor,
        sum(n_days)::bigint AS n_days, sum(points)::bigint AS points,
        sum(n_kinds)::bigint AS n_kinds
    FROM fact GROUP BY customer_id HAVING max(account_id) IS NOT NULL
), placed AS (
    SELECT added.*, {held} AS held,
        coalesce((SELECT rank FROM invited WHERE invited.account_id = added.account_id), -1)
            AS invited_rank
    FROM added
), measured AS (
    SELECT placed.*, greatest({earned}, invited_rank) AS least, {kept} AS kept FROM placed
), judged AS (
    SELECT measured.*, greatest(kept, least) AS kept_or_least,
        CASE WHEN least >= held OR kept >= held THEN NULL
            ELSE coalesce(missed_on, %(on)s::date) END AS missed
    FROM measured
), ranked AS (
    SELECT judged.*,
        CASE WHEN least >= held THEN least
            WHEN missed IS NULL OR missed > %(missed_until)s::date
                OR %(missed_until)s::date IS NULL THEN held
            ELSE kept_or_least END AS new_rank
    FROM judged
), outcome AS (
    SELECT ranked.*, (%(tiers)s::bigint[])[new_rank + 1] AS new_tier_id,
        CASE WHEN new_rank = held THEN missed END AS now_missed_on
    FROM ranked
), moving AS MATERIALIZED (
    SELECT * FROM outcome
    WHERE old_tier_id IS DISTINCT FROM new_tier_id OR missed_on IS DISTINCT FROM now_missed_on
), changed AS MATERIALIZED (
    SELECT nextval('loyalty_tierchange_id_seq') AS change_id, moving.*, old.name AS old_name,
        (%(names)s::text[])[new_rank + 1] AS new_name, new_rank > held AS is_up
    FROM moving
    LEFT JOIN loyalty_tier old ON old.clinic_id = %(clinic)s AND old.id = old_tier_id
    WHERE old_tier_id IS DISTINCT FROM new_tier_id
), bought AS (
    SELECT s.customer_id, s.counts_on, sum(s.net_minor)::bigint AS net_minor,
        count(*) FILTER (WHERE s.kind = 'sale') AS n_sales,
        (array_agg(s.id ORDER BY s.id))[1:5] AS sales,
        row_number() OVER (PARTITION BY s.customer_id ORDER BY s.counts_on DESC) AS place
    FROM customers_sale s
    WHERE {counted} AND s.customer_id = ANY (ARRAY(SELECT customer_id FROM changed))
    GROUP BY s.customer_id, s.counts_on
), told AS MATERIALIZED (
    SELECT customer_id,
        coalesce(jsonb_agg(jsonb_build_object('counts_on', counts_on, 'net_minor', net_minor,
            'n_sales', n_sales, 'sales', sales) ORDER BY counts_on)
            FILTER (WHERE place <= {told}), '[]'::jsonb) AS purchases,
        CASE WHEN count(*) > {told} THEN jsonb_build_object(
            'n_days', count(*) FILTER (WHERE place > {told} AND net_minor > 0),
            'n_sales', sum(n_sales) FILTER (WHERE place > {told}),
            'net_minor', sum(net_minor) FILTER (WHERE place > {told}),
            'from_on', min(counts_on) FILTER (WHERE place > {told}),
            'until_on', max(counts_on) FILTER (WHERE place > {told})) END AS folded
    FROM bought GROUP BY customer_id
), before AS MATERIALIZED (
    SELECT customer_id, count(*) AS n, sum(net_minor)::bigint AS net_minor,
        jsonb_agg(jsonb_build_object('counts_on', counts_on, 'net_minor', net_minor)
            ORDER BY counts_on) FILTER (WHERE place <= {earlier_told}) AS newest
    FROM (SELECT s.customer_id, s.counts_on, s.net_minor, row_number() OVER (
            PARTITION BY s.customer_id ORDER BY s.counts_on DESC, s.id DESC) AS place
        FROM customers_sale s WHERE s.clinic_id = %(clinic)s AND s.counts_on < %(from_on)s
            AND s.customer_id = ANY (ARRAY(SELECT customer_id FROM changed))) AS earlier
    GROUP BY customer_id
), written AS (
    INSERT INTO loyalty_tierchange
        (id, clinic_id, account_id, old_tier_id, new_tier_id, version_id, changed_on, receipt,
        created_at)
    SELECT change_id, %(clinic)s, account_id, old_tier_id, new_tier_id, %(version)s::bigint,
        %(on)s, jsonb_build_object(
        'programme', %(programme_name)s::text, 'version', %(number)s::int,
        'effective_on', %(effective_on)s::date,
        'from_on', %(from_on)s::date, 'until_on', %(on)s::date, 'currency', %(currency)s::text,
        'before', jsonb_build_object('rank', held, 'tier', old_name, 'missed_on', missed_on),
        'invited_rank', invited_rank,
        'facts', jsonb_build_object('spend_minor', spend_minor, 'n_days', n_days,
            'points', points, 'n_kinds', n_kinds),
        'purchases', coalesce(told.purchases, '[]'::jsonb), 'folded', told.folded,
        'kinds', {kinds_told},
        'before_window', CASE WHEN before.n > 0 THEN jsonb_build_object('n', before.n,
            'net_minor', before.net_minor, 'newest', before.newest) END,
        'rules', %(rules)s::jsonb, 'tier', new_name), now()
    FROM changed LEFT JOIN told ON told.customer_id = changed.customer_id
        LEFT JOIN before ON before.customer_id = changed.customer_id
), moved AS (
    UPDATE loyalty_account account SET tier_id = moving.new_tier_id,
        tier_missed_on = moving.now_missed_on,
        tier_since_on = CASE WHEN moving.old_tier_id IS DISTINCT FROM moving.new_tier_id
            THEN %(on)s ELSE account.tier_since_on END
    FROM moving WHERE account.clinic_id = %(clinic)s AND account.id = moving.account_id
)
SELECT change_id, customer_id, coalesce(old_name, ''), coalesce(new_name, ''), is_up,
    old_tier_id IS NOT NULL OR new_rank > 0 AS is_told
FROM changed ORDER BY change_id
"""
