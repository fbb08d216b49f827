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

# In the database, migration 0010: locks, writes and answers in one call.
SPEND = """
SELECT * FROM loyalty_spend(%(clinic)s, %(account)s, %(kind)s, %(wanted)s, %(on)s, %(key)s,
    %(actor)s, %(reason)s, %(rules)s, %(transfer)s, %(freed)s)
"""

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
