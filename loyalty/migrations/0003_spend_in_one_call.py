"""Spending in one call: the server keeps the plan of the statement, which costs more than to run it.

The account is locked first, in a statement of its own, so that the next one sees what was true when
the lock was given. It then writes the entry, moves balance, lots and their uses, or nothing at all.
Lots that ended are kept only as far as holds need them; a hold that is redeemed takes them first.
"""

from django.db import migrations

SPEND = """
CREATE FUNCTION loyalty_spend(
    in_clinic bigint, in_account bigint, in_kind text, wanted bigint, in_on date, in_key text,
    in_actor bigint, in_reason text, in_rules bigint[], in_transfer text, freed bigint
) RETURNS TABLE (
    entry_id bigint, made_at timestamptz, new_balance bigint, can_spend bigint, has_due boolean
) LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
    BEGIN
        PERFORM FROM loyalty_account WHERE clinic_id = in_clinic AND id = in_account
        FOR NO KEY UPDATE;
        RETURN QUERY
        WITH account AS MATERIALIZED (
            SELECT balance, held FROM loyalty_account
            WHERE clinic_id = in_clinic AND id = in_account
        ), lot AS MATERIALIZED (
            SELECT id, remaining, coalesce(expires_on <= in_on, false) AS is_over,
                sum(remaining) OVER in_turn - remaining AS before,
                sum(CASE WHEN coalesce(expires_on <= in_on, false) THEN 0 ELSE remaining END)
                    OVER in_turn - remaining AS valid_before
            FROM loyalty_pointlot
            WHERE clinic_id = in_clinic AND account_id = in_account AND remaining > 0
                AND (available_on IS NULL OR available_on <= in_on)
            WINDOW in_turn AS (ORDER BY expires_on NULLS LAST, id)
        ), told AS MATERIALIZED (
            SELECT coalesce(sum(remaining) FILTER (WHERE NOT is_over), 0) AS valid,
                coalesce(sum(remaining) FILTER (WHERE is_over), 0) AS over,
                coalesce(bool_or(is_over AND before >= held), false) AS is_due, min(held) AS held
            FROM account LEFT JOIN lot ON true
        ), state AS MATERIALIZED (
            SELECT is_due, CASE WHEN freed > 0 THEN valid + over - held + freed
                ELSE valid - greatest(held - over, 0) END AS spendable FROM told
        ), entry AS (
            INSERT INTO loyalty_ledgerentry (clinic_id, account_id, kind, points, posted_on,
                idempotency_key, actor_id, reason, rules, transfer_key, undoes_id, created_at)
            SELECT in_clinic, in_account, in_kind, (-wanted), in_on,
                in_key, in_actor, in_reason, in_rules, in_transfer,
                NULL::bigint, clock_timestamp()
            FROM state WHERE NOT is_due AND spendable >= wanted
            ON CONFLICT (clinic_id, idempotency_key) DO NOTHING
            RETURNING id, created_at
        ), moved AS (
            UPDATE loyalty_account SET balance = balance - wanted, held = held - freed
            WHERE clinic_id = in_clinic AND id = in_account AND balance >= wanted
                AND EXISTS (SELECT FROM entry)
            RETURNING balance
        ), taken AS MATERIALIZED (
            SELECT id, least(remaining, wanted
                - CASE WHEN freed > 0 THEN before ELSE valid_before END)::bigint AS points
            FROM lot WHERE CASE WHEN freed > 0 THEN before ELSE valid_before END < wanted
                AND (freed > 0 OR NOT is_over) AND EXISTS (SELECT FROM entry)
        ), emptied AS (
            UPDATE loyalty_pointlot lot SET remaining = lot.remaining - taken.points
            FROM taken WHERE lot.clinic_id = in_clinic AND lot.id = taken.id
        ), used AS (
            INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
            SELECT in_clinic, taken.id, entry.id, taken.points FROM taken, entry
        )
        SELECT (SELECT id FROM entry), (SELECT created_at FROM entry), (SELECT balance FROM moved),
            spendable::bigint, is_due FROM state;
    END $$;
"""
NO_SPEND = "DROP FUNCTION loyalty_spend;"


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_ledger_guards")]

    operations = [migrations.RunSQL(SPEND, NO_SPEND)]
