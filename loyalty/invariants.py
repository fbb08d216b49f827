"""What must hold across the rows of the ledger: all of it is replayed, set by set."""

from django.db import connection

from tenancy.scope import current_clinic_id

_CHECKS = {
    "account {id}: the balance is not the sum of its entries": """
        SELECT a.id FROM loyalty_account a
        LEFT JOIN loyalty_ledgerentry e ON e.clinic_id = a.clinic_id AND e.account_id = a.id
        WHERE a.clinic_id = %(clinic)s
        GROUP BY a.id, a.balance HAVING a.balance <> coalesce(sum(e.points), 0)
    """,
    "account {id}: its lots do not hold max(balance, 0)": """
        SELECT a.id FROM loyalty_account a
        LEFT JOIN loyalty_pointlot l ON l.clinic_id = a.clinic_id AND l.account_id = a.id
        WHERE a.clinic_id = %(clinic)s
        GROUP BY a.id, a.balance HAVING greatest(a.balance, 0) <> coalesce(sum(l.remaining), 0)
    """,
    # Only refunds, corrections and merges may lead below zero; a redemption never does.
    "account {id}: it owes more than refunds and corrections took back": """
        SELECT a.id FROM loyalty_account a
        LEFT JOIN loyalty_ledgerentry e ON e.clinic_id = a.clinic_id AND e.account_id = a.id
            AND (e.sale_id IS NOT NULL OR e.idempotency_key LIKE 'merge:%%') AND e.points < 0
        WHERE a.clinic_id = %(clinic)s AND a.balance < 0
        GROUP BY a.id, a.balance HAVING a.balance < coalesce(sum(e.points), 0)
    """,
    "account {id}: what it holds back is not the sum of its open holds": """
        SELECT a.id FROM loyalty_account a
        LEFT JOIN loyalty_hold h ON h.clinic_id = a.clinic_id AND h.account_id = a.id
            AND h.state = 'open'
        WHERE a.clinic_id = %(clinic)s
        GROUP BY a.id, a.held HAVING a.held <> coalesce(sum(h.points), 0)
    """,
    "account {id}: its tier belongs to another programme": """
        SELECT a.id FROM loyalty_account a
        JOIN loyalty_tier t ON t.clinic_id = a.clinic_id AND t.id = a.tier_id
        WHERE a.clinic_id = %(clinic)s AND t.programme_id <> a.programme_id
    """,
    "lot {id}: what remains is not its points less what was taken": """
        SELECT l.id FROM loyalty_pointlot l
        LEFT JOIN loyalty_lotuse u ON u.clinic_id = l.clinic_id AND u.lot_id = l.id
        WHERE l.clinic_id = %(clinic)s
        GROUP BY l.id, l.points, l.remaining
        HAVING l.remaining <> l.points - coalesce(sum(u.points), 0)
    """,
    "lot {id}: it belongs to another account than its entry": """
        SELECT l.id FROM loyalty_pointlot l
        JOIN loyalty_ledgerentry e ON e.clinic_id = l.clinic_id AND e.id = l.entry_id
        WHERE l.clinic_id = %(clinic)s AND (e.account_id <> l.account_id OR e.points <> l.points)
    """,
    "lot {id}: an entry of another account took from it": """
        SELECT DISTINCT l.id FROM loyalty_pointlot l
        JOIN loyalty_lotuse u ON u.clinic_id = l.clinic_id AND u.lot_id = l.id
        JOIN loyalty_ledgerentry e ON e.clinic_id = u.clinic_id AND e.id = u.entry_id
        WHERE l.clinic_id = %(clinic)s AND e.account_id <> l.account_id AND e.kind <> 'transfer'
    """,
    # Uses of entries older than the uses themselves stand under the lots' own entries.
    "entry {id}: it did not take from lots what it spent": """
        SELECT e.id FROM loyalty_ledgerentry e
        JOIN loyalty_lotuse u ON u.clinic_id = e.clinic_id AND u.entry_id = e.id
        WHERE e.clinic_id = %(clinic)s AND e.kind IN ('redemption', 'expiry')
        GROUP BY e.id, e.points HAVING sum(u.points) <> -e.points
    """,
    "redemption {id}: it took points that were pending or over on its day": """
        SELECT DISTINCT e.id FROM loyalty_ledgerentry e
        JOIN loyalty_lotuse u ON u.clinic_id = e.clinic_id AND u.entry_id = e.id
        JOIN loyalty_pointlot l ON l.clinic_id = u.clinic_id AND l.id = u.lot_id
        WHERE e.clinic_id = %(clinic)s AND e.kind = 'redemption' AND (l.available_on > e.posted_on
            OR (l.expires_on <= e.posted_on AND e.idempotency_key NOT LIKE 'hold:%%'))
    """,
    "redemption {id}: more was given back than was spent": """
        SELECT e.id FROM loyalty_ledgerentry e
        JOIN loyalty_ledgerentry r ON r.clinic_id = e.clinic_id AND r.undoes_id = e.id
        WHERE e.clinic_id = %(clinic)s
        GROUP BY e.id, e.points, e.kind HAVING sum(r.points) > -e.points OR e.kind <> 'redemption'
    """,
    "transfer of entry {id}: its entries do not sum to zero": """
        SELECT min(e.id) FROM loyalty_ledgerentry e
        WHERE e.clinic_id = %(clinic)s AND e.kind = 'transfer'
        GROUP BY e.transfer_key HAVING sum(e.points) <> 0
    """,
    "hold {id}: its redemption is another account's, or larger than it": """
        SELECT h.id FROM loyalty_hold h
        JOIN loyalty_ledgerentry e ON e.clinic_id = h.clinic_id AND e.id = h.entry_id
        WHERE h.clinic_id = %(clinic)s AND (-e.points > h.points OR (e.account_id <> h.account_id
            AND NOT EXISTS (SELECT FROM loyalty_account a
                JOIN customers_customer c ON c.clinic_id = a.clinic_id AND c.id = a.customer_id
                WHERE a.clinic_id = h.clinic_id AND a.id = h.account_id
                    AND c.merged_into_id IS NOT NULL)))
    """,
    "adjustment request {id}: it was approved for other points than were posted": """
        SELECT q.id FROM loyalty_adjustmentrequest q
        JOIN loyalty_ledgerentry e ON e.clinic_id = q.clinic_id AND e.id = q.entry_id
        WHERE q.clinic_id = %(clinic)s
            AND (e.points <> q.points OR e.account_id <> q.account_id OR e.kind <> 'adjustment')
    """,
}


def violations() -> list[str]:
    """One line for each row of the open clinic that breaks a rule, with its id."""
    found = []
    with connection.cursor() as cursor:
        for text, query in _CHECKS.items():
            cursor.execute(f"{query} ORDER BY 1", {"clinic": current_clinic_id()})
            found += [text.format(id=pk) for (pk,) in cursor.fetchall()]
    return found
