"""`loyalty.tiering.step` as one set-based statement over all accounts of a programme.

The numbers of the rules stand in the statement as parameters, so a night over a million accounts is
one scan of the sales and one of the accounts, whatever the ladder asks for (`tier_facts`).
"""

from datetime import date
from typing import Any

from loyalty.services.tier_facts import COUNTED, STANDS, facts_sql, sums_sql
from loyalty.tiering import NOBODY, LadderRules, Need

N_DAYS_TOLD = 200  # of a receipt's purchase days, the newest; older ones are folded into one row
N_EARLIER_TOLD = 10  # purchases before the window, the newest

OPEN_ACCOUNTS = f"""
INSERT INTO loyalty_account (clinic_id, programme_id, customer_id, balance, opened_at)
SELECT DISTINCT %(clinic)s, %(programme)s, s.customer_id, 0, now() FROM customers_sale s
WHERE {COUNTED} AND s.net_minor > 0 AND NOT EXISTS (
    SELECT FROM loyalty_account a
    WHERE a.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
        AND a.customer_id = s.customer_id)
ON CONFLICT (clinic_id, programme_id, customer_id) DO NOTHING
"""  # noqa: S608 our own text


def judge_sql(
    rules: LadderRules, on: date, *, tells_lacking: bool = False
) -> tuple[str, dict[str, Any]]:
    """The statement, and the values it needs beyond clinic, programme, on, from_on, customers.

    It answers a row a change: change_id, customer_id, old name, new name, is_up, is_told.
    tells_lacking: and a row of change_id NULL for who bought and has no account to be judged.
    """
    given: dict[str, Any] = {"missed_until": rules.missed_until(on)}
    tiers = [rung.tier for rung in rules.rungs]
    given |= {"tiers": tiers, "names": [rung.name for rung in rules.rungs]}
    text = _JUDGE.format(
        counted=COUNTED,
        facts=facts_sql(rules),
        sums=sums_sql(rules),
        only_members="" if tells_lacking else "HAVING max(account_id) IS NOT NULL",
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


_KINDS_TOLD = f"""(SELECT coalesce(jsonb_agg(DISTINCT coalesce(nullif(t.category, ''), t.code)),
        '[]'::jsonb)
    FROM customers_sale s
    JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
    JOIN customers_treatment t ON t.clinic_id = l.clinic_id AND t.id = l.treatment_id
    WHERE {COUNTED} AND s.customer_id = changed.customer_id AND s.kind = 'sale' {STANDS})"""  # noqa: S608 our own text

# Accounts and sales are added up, not joined: the planner cannot know how many rows remain.
# OFFSET 0 has a step worked out once a row; merged into the next, its CASEs stand there many times.
_JUDGE = """
WITH invited AS MATERIALIZED (
    SELECT i.account_id, max({invited}) AS rank FROM loyalty_tierinvitation i
    WHERE i.clinic_id = %(clinic)s AND i.from_on <= %(on)s
        AND (i.until_on IS NULL OR i.until_on >= %(on)s)
    GROUP BY i.account_id
), fact AS ({facts}
), added AS (
    SELECT customer_id, max(account_id) AS account_id, max(tier_id) AS old_tier_id,
        max(missed_on) AS missed_on, {sums}
    FROM fact GROUP BY customer_id {only_members}
), placed AS (
    SELECT added.*, {held} AS held, coalesce(invited.rank, -1) AS invited_rank
    FROM added LEFT JOIN invited USING (account_id) OFFSET 0
), measured AS (
    SELECT placed.*, greatest({earned}, invited_rank) AS least, {kept} AS kept FROM placed OFFSET 0
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
    FROM judged OFFSET 0
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
    WHERE old_tier_id IS DISTINCT FROM new_tier_id AND account_id IS NOT NULL
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
FROM changed
UNION ALL
SELECT NULL, customer_id, NULL, NULL, NULL, NULL FROM moving WHERE account_id IS NULL
ORDER BY 1, 2
"""
