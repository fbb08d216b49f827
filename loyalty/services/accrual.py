"""From sales to points: what a sale should have earned less what the ledger holds for it is posted.

A sale earns floor(net × rate of its own day). A refund takes back what its sale then no longer
earns, so a sale refunded in full leaves nothing, whatever was rounded. A refund that names no sale
takes back floor(amount × rate). Sales before the programme starts earn nothing.

Because the difference is posted, running again posts nothing, a corrected sale gets one correcting
entry, and a sale that moved to another customer moves its points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.numbers import get_currency_precision
from django.db import connection, transaction

from loyalty.models import Programme
from loyalty.queries.programmes import default_programme
from loyalty.services.lots import settle_lots
from loyalty.services.turn import wait_for_ledger
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id


@dataclass(frozen=True)
class Accrued:
    """What one run posted: how many entries, and to whom."""

    n_entries: int
    customer_ids: list[int]


def accrue_pending() -> int:
    """Bring the default programme's ledger up to all sales; the number of entries posted."""
    return accrue().n_entries


@transaction.atomic
def accrue(*, changed_since: datetime | None = None) -> Accrued:
    """Post what sales and refunds earned and took back.

    changed_since: look only at sales touched since this instant; None: at every sale.
    """
    programme = default_programme()
    if programme is None:
        return Accrued(0, [])
    wait_for_ledger()
    given = _values(programme, changed_since)
    with connection.cursor() as cursor:
        cursor.execute(_DELTAS.format(then=_OPEN_ACCOUNTS), given)
        cursor.execute(_DELTAS.format(then=_POST), given)
        n_entries, customer_ids, unsettled, sales_reduced = cursor.fetchone()
    settle_lots(unsettled or [], first_of_sales=sales_reduced or [])
    return Accrued(n_entries, customer_ids or [])


def _values(programme: Programme, changed_since: datetime | None) -> Mapping[str, Any]:
    clinic = Clinic.objects.get(pk=current_clinic_id())
    return {
        "clinic": clinic.pk,
        "zone": clinic.timezone,
        "minor_units": 10 ** get_currency_precision(clinic.currency),
        "programme": programme.pk,
        "starts_on": programme.starts_on,
        "expires_after": programme.points_expire_after_days,
        "changed_since": changed_since,
    }


# delta: one row a sale and customer whose ledger is not what it should be.
_DELTAS = """
WITH touched AS MATERIALIZED (
    SELECT DISTINCT coalesce(refund_of_id, id) AS id FROM customers_sale
    WHERE clinic_id = %(clinic)s AND updated_at >= %(changed_since)s
), sale AS (
    SELECT s.id, s.kind, s.refund_of_id, s.net_minor, s.occurred_on, s.updated_at,
        coalesce(root.customer_id, s.customer_id) AS customer_id,
        coalesce(root.occurred_on, s.occurred_on) AS earned_on,
        greatest(root.net_minor + sum(s.net_minor) OVER by_root, 0) AS left_minor,
        greatest(root.net_minor + sum(s.net_minor) OVER by_root - s.net_minor, 0) AS before_minor
    FROM customers_sale s LEFT JOIN customers_sale root
        ON root.clinic_id = s.clinic_id AND root.id = s.refund_of_id
    WHERE s.clinic_id = %(clinic)s AND (%(changed_since)s::timestamptz IS NULL
        OR coalesce(s.refund_of_id, s.id) IN (SELECT id FROM touched))
    WINDOW by_root AS (PARTITION BY s.refund_of_id ORDER BY s.id)
), rule AS (
    SELECT effective_on, points_per_unit / %(minor_units)s AS rate,
        lead(effective_on) OVER (ORDER BY effective_on) AS until_on
    FROM loyalty_earnrule WHERE clinic_id = %(clinic)s AND programme_id = %(programme)s
), wanted AS (
    SELECT sale.id, sale.customer_id,
        CASE WHEN kind = 'sale' THEN floor(net_minor * rate)
            WHEN refund_of_id IS NULL THEN -floor(-net_minor * rate)
            ELSE floor(left_minor * rate) - floor(before_minor * rate) END AS points
    FROM sale JOIN rule
        ON earned_on >= effective_on AND (until_on IS NULL OR earned_on < until_on)
    WHERE earned_on >= %(starts_on)s
), posted AS (
    SELECT e.sale_id AS id, a.customer_id, sum(e.points) AS points, count(*) AS n
    FROM loyalty_ledgerentry e
    JOIN loyalty_account a ON a.clinic_id = e.clinic_id AND a.id = e.account_id
    WHERE e.clinic_id = %(clinic)s AND e.sale_id IS NOT NULL
        AND (%(changed_since)s::timestamptz IS NULL OR e.sale_id IN (SELECT id FROM sale))
    GROUP BY e.sale_id, a.customer_id
), difference AS (
    SELECT id, customer_id, sum(points)::bigint AS points, sum(n)::bigint AS n
    FROM (SELECT id, customer_id, points, 0 AS n FROM wanted
        UNION ALL SELECT id, customer_id, -points, n FROM posted) both_sides
    GROUP BY id, customer_id
), numbered AS (
    SELECT id, customer_id, points, sum(n) OVER (PARTITION BY id) AS n_before,
        row_number() OVER (PARTITION BY id ORDER BY points = 0, customer_id) - 1 AS nth
    FROM difference
), delta AS (
    SELECT numbered.*, sale.kind, sale.occurred_on, sale.refund_of_id,
        numbered.n_before = 0 AS is_first,
        CASE WHEN n_before = 0 THEN sale.occurred_on ELSE greatest(sale.occurred_on,
            (sale.updated_at AT TIME ZONE %(zone)s)::date) END AS posted_on,
        sale.kind || ':' || numbered.id || CASE WHEN n_before + nth = 0 THEN ''
            ELSE ':v' || n_before + nth END AS key
    FROM numbered JOIN sale USING (id) WHERE points <> 0
)
{then}
"""

_OPEN_ACCOUNTS = """
INSERT INTO loyalty_account (clinic_id, programme_id, customer_id, balance, opened_at)
SELECT DISTINCT %(clinic)s, %(programme)s, delta.customer_id, 0, now() FROM delta
ON CONFLICT (clinic_id, programme_id, customer_id) DO NOTHING
"""

# Balances move only by entries that were really inserted.
_POST = """
, entry AS (
    INSERT INTO loyalty_ledgerentry
        (clinic_id, account_id, kind, points, posted_on, idempotency_key, sale_id, reason,
        created_at)
    SELECT %(clinic)s, account.id,
        CASE WHEN is_first AND delta.kind = 'sale' THEN 'accrual'
            WHEN is_first THEN 'reversal' ELSE 'adjustment' END,
        delta.points, delta.posted_on, delta.key, delta.id, '', now()
    FROM delta JOIN loyalty_account account ON account.clinic_id = %(clinic)s
        AND account.programme_id = %(programme)s AND account.customer_id = delta.customer_id
    ORDER BY delta.id, delta.nth
    ON CONFLICT (clinic_id, idempotency_key) DO NOTHING
    RETURNING id, account_id, points, sale_id, posted_on
), lot AS (
    INSERT INTO loyalty_pointlot (clinic_id, entry_id, account_id, points, remaining, expires_on)
    SELECT %(clinic)s, entry.id, entry.account_id, entry.points, entry.points,
        delta.occurred_on + %(expires_after)s::int
    FROM entry JOIN (SELECT DISTINCT id, occurred_on FROM delta) delta ON delta.id = entry.sale_id
    WHERE entry.points > 0
), moved AS (
    SELECT account_id, sum(points) AS points, bool_or(points < 0) AS has_debit
    FROM entry GROUP BY account_id
), balance AS (
    UPDATE loyalty_account account SET balance = account.balance + moved.points
    FROM moved WHERE account.clinic_id = %(clinic)s AND account.id = moved.account_id
    RETURNING account.id, account.customer_id,
        moved.has_debit OR account.balance < moved.points AS is_unsettled
)
SELECT (SELECT count(*) FROM entry),
    (SELECT array_agg(customer_id) FROM balance),
    (SELECT array_agg(id) FROM balance WHERE is_unsettled),
    (SELECT array_agg(DISTINCT coalesce(delta.refund_of_id, delta.id))
        FROM entry JOIN delta ON delta.id = entry.sale_id WHERE entry.points < 0)
"""
