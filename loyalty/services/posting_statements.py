"""The statements by which one entry is posted. Each does all of it or nothing."""

# A statement of its own: what follows sees what was committed while we waited.
LOCK = """
SELECT FROM loyalty_account WHERE clinic_id = %(clinic)s AND id = ANY (%(accounts)s)
ORDER BY id FOR NO KEY UPDATE
"""

_INSERT = """
    INSERT INTO loyalty_ledgerentry (clinic_id, account_id, kind, points, posted_on,
        idempotency_key, actor_id, reason, rules, transfer_key, undoes_id, created_at)
    SELECT %(clinic)s, %(account)s, %(kind)s, %(points)s, %(on)s,
        %(key)s, %(actor)s::bigint, %(reason)s, %(rules)s::bigint[], %(transfer)s,
        %(undoes)s::bigint, clock_timestamp()
"""

# Lots that ended are kept only as far as holds need them; a hold that is redeemed takes them first.
SPEND = f"""
WITH account AS MATERIALIZED (
    SELECT balance, held FROM loyalty_account
    WHERE clinic_id = %(clinic)s AND id = %(account)s
), lot AS MATERIALIZED (
    SELECT id, remaining, coalesce(expires_on <= %(on)s, false) AS is_over,
        sum(remaining) OVER in_turn - remaining AS before,
        sum(CASE WHEN coalesce(expires_on <= %(on)s, false) THEN 0 ELSE remaining END)
            OVER in_turn - remaining AS valid_before
    FROM loyalty_pointlot
    WHERE clinic_id = %(clinic)s AND account_id = %(account)s AND remaining > 0
        AND (available_on IS NULL OR available_on <= %(on)s)
    WINDOW in_turn AS (ORDER BY expires_on NULLS LAST, id)
), told AS MATERIALIZED (
    SELECT coalesce(sum(remaining) FILTER (WHERE NOT is_over), 0) AS valid,
        coalesce(sum(remaining) FILTER (WHERE is_over), 0) AS over,
        coalesce(bool_or(is_over AND before >= held), false) AS is_due, min(held) AS held
    FROM account LEFT JOIN lot ON true
), state AS MATERIALIZED (
    SELECT is_due, CASE WHEN %(freed)s > 0 THEN valid + over - held + %(freed)s
        ELSE valid - greatest(held - over, 0) END AS spendable FROM told
), entry AS (
    {_INSERT} FROM state WHERE NOT is_due AND spendable >= %(wanted)s
    ON CONFLICT (clinic_id, idempotency_key) DO NOTHING
    RETURNING id, created_at
), moved AS (
    UPDATE loyalty_account SET balance = balance - %(wanted)s, held = held - %(freed)s
    WHERE clinic_id = %(clinic)s AND id = %(account)s AND balance >= %(wanted)s
        AND EXISTS (SELECT FROM entry)
    RETURNING balance
), taken AS MATERIALIZED (
    SELECT id, least(remaining, %(wanted)s
        - CASE WHEN %(freed)s > 0 THEN before ELSE valid_before END)::bigint AS points
    FROM lot WHERE CASE WHEN %(freed)s > 0 THEN before ELSE valid_before END < %(wanted)s
        AND (%(freed)s > 0 OR NOT is_over) AND EXISTS (SELECT FROM entry)
), emptied AS (
    UPDATE loyalty_pointlot lot SET remaining = lot.remaining - taken.points
    FROM taken WHERE lot.clinic_id = %(clinic)s AND lot.id = taken.id
), used AS (
    INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
    SELECT %(clinic)s, taken.id, entry.id, taken.points FROM taken, entry
)
SELECT (SELECT id FROM entry), (SELECT created_at FROM entry), (SELECT balance FROM moved),
    spendable, is_due FROM state
"""  # noqa: S608 our own text

CREDIT = f"""
WITH entry AS (
    {_INSERT}
    ON CONFLICT (clinic_id, idempotency_key) DO NOTHING
    RETURNING id, created_at
), moved AS (
    UPDATE loyalty_account SET balance = balance + %(points)s
    WHERE clinic_id = %(clinic)s AND id = %(account)s AND EXISTS (SELECT FROM entry)
    RETURNING balance
), lot AS (
    INSERT INTO loyalty_pointlot
        (clinic_id, entry_id, account_id, points, remaining, expires_on, available_on)
    SELECT %(clinic)s, entry.id, %(account)s, %(points)s,
        greatest(least(%(points)s, moved.balance), 0), %(expires_on)s::date, %(available_on)s::date
    FROM entry, moved WHERE %(points)s > 0
    RETURNING id, entry_id, points - remaining AS paid
), used AS (
    INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
    SELECT %(clinic)s, id, entry_id, paid FROM lot WHERE paid > 0
)
SELECT (SELECT id FROM entry), (SELECT created_at FROM entry), (SELECT balance FROM moved)
"""  # noqa: S608 our own text
