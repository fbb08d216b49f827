"""What must hold across the rows of the ledger."""

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
    "lot {id}: it belongs to another account than its entry": """
        SELECT l.id FROM loyalty_pointlot l
        JOIN loyalty_ledgerentry e ON e.clinic_id = l.clinic_id AND e.id = l.entry_id
        WHERE l.clinic_id = %(clinic)s AND (e.account_id <> l.account_id OR e.points <> l.points)
    """,
    "account {id}: its tier belongs to another programme": """
        SELECT a.id FROM loyalty_account a
        JOIN loyalty_tier t ON t.clinic_id = a.clinic_id AND t.id = a.tier_id
        WHERE a.clinic_id = %(clinic)s AND t.programme_id <> a.programme_id
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
