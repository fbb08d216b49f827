"""From sales to points: what a sale should have earned less what the ledger holds for it is posted.

A sale earns what the rules of its own day say (`loyalty.earning`), rounded down once. A refund
takes back what its sale then no longer earns, in proportion, so a sale refunded in full leaves
nothing, whatever was rounded. A refund that names no sale takes back what such a sale would earn.
Sales before the programme starts and on days on which it is closed earn nothing, and one that is
dated tomorrow, as by a till whose clock is ahead, earns when its day has come. Each entry keeps
the versions of the rules.

The default programme takes in every sale; another one those of its members from the day they
joined, each under a key of its own.

Because the difference is posted, running again posts nothing, a corrected sale gets one correcting
entry, and a sale that moved to another customer moves its points.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Sale
from loyalty.models import Programme
from loyalty.queries.earn_rates import earn_rules, has_running_caps, rated_sql
from loyalty.queries.programmes import closed_days
from loyalty.services.lots import settle_lots
from loyalty.services.turn import wait_for_ledger
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.statistics import planned_for_many

MANY = 500  # sales; the same work is planned otherwise for more
MOST_SINGLED_OUT = 5_000  # with more sales changed than this, all are looked at


@dataclass(frozen=True)
class Accrued:
    """What one run posted: how many entries, and to whom."""

    n_entries: int
    customer_ids: list[int]


def accrue_pending() -> int:
    """Bring the default programme's ledger up to all sales; the number of entries posted."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    return accrue(on=local_day(clinic.zone, timezone.now())).n_entries


@transaction.atomic
def accrue(*, on: date, changed_since: datetime | None = None) -> Accrued:
    """Post what sales and refunds up to this day earned and took back.

    changed_since: look only at sales touched since this instant; None: at every sale.
    """
    clinic = Clinic.objects.get(pk=current_clinic_id())
    programmes = Programme.objects.order_by("-is_default", "pk")
    if not programmes:
        return Accrued(0, [])
    wait_for_ledger()
    sale_ids = None if changed_since is None else _changed(changed_since)
    if sale_ids == []:
        return Accrued(0, [])
    done = [_accrue(clinic, programme, on, sale_ids) for programme in programmes]
    customer_ids = dict.fromkeys(pk for one in done for pk in one.customer_ids)
    return Accrued(sum(one.n_entries for one in done), list(customer_ids))


def _accrue(clinic: Clinic, programme: Programme, on: date, sale_ids: list[int] | None) -> Accrued:
    rules = earn_rules(programme)
    if sale_ids is not None and has_running_caps(rules):
        sale_ids = _all_sales_of_their_customers(sale_ids)
    rated, values = rated_sql(rules)
    given = _values(clinic, programme, on, sale_ids) | values
    planned = planned_for_many() if _are_many(sale_ids) else nullcontext()
    with planned, connection.cursor() as cursor:
        cursor.execute(_SALES + rated + _DELTA + _POST, given)
        n_entries, customer_ids, unsettled, causes, sales_reduced = cursor.fetchone()
    entries = dict(zip(unsettled or [], causes or [], strict=True))
    settle_lots(entries, first_of_sales=sales_reduced or [])
    return Accrued(n_entries, customer_ids or [])


def _are_many(sale_ids: list[int] | None) -> bool:
    return sale_ids is None or len(sale_ids) > MANY


def _changed(since: datetime) -> list[int] | None:
    """Sales touched since then, each with its refunds or the sale it refunds; None for too many."""
    touched = Sale.objects.filter(updated_at__gte=since).order_by()
    roots = touched.annotate(root=Coalesce("refund_of", "pk")).values_list("root", flat=True)
    root_ids = list(roots.distinct()[: MOST_SINGLED_OUT + 1])
    if len(root_ids) > MOST_SINGLED_OUT:
        return None
    family = Sale.objects.filter(Q(pk__in=root_ids) | Q(refund_of__in=root_ids)).order_by()
    return list(family.values_list("pk", flat=True))


def _all_sales_of_their_customers(sale_ids: list[int]) -> list[int]:
    """Under a cap of the day or month a sale decides what the next one earns."""
    customers = Sale.objects.filter(pk__in=sale_ids).order_by().values("customer")
    family = Sale.objects.filter(customer__in=customers).order_by()
    return list(family.values_list("pk", flat=True))


def _values(
    clinic: Clinic, programme: Programme, on: date, sale_ids: list[int] | None
) -> dict[str, Any]:
    return {
        "clinic": clinic.pk,
        "zone": clinic.timezone,
        "unit_share": Decimal(1).scaleb(-get_currency_precision(clinic.currency)),
        "programme": programme.pk,
        "takes_all": programme.is_default,
        "prefix": "" if programme.is_default else f"programme:{programme.pk}:",
        "starts_on": programme.starts_on,
        "on": on,
        "closed": closed_days(programme) or None,
        "expires_after": programme.points_expire_after_days,
        "pending_days": programme.pending_days or None,
        "sales": sale_ids,
    }


# delta: one row a sale and customer whose ledger is not what it should be.
# Refunds that name their sale are few: only they are looked up and counted up by their sale.
_SALES = """
WITH sale AS (
    SELECT * FROM (
        SELECT s.id, s.kind, s.refund_of_id, s.net_minor, s.occurred_on, s.updated_at,
            s.id AS root_id, true AS has_root, s.branch_id, s.customer_id,
            s.occurred_on AS earned_on,
            abs(s.net_minor) AS root_net_minor, 0::numeric AS left_minor, 0::numeric AS before_minor
        FROM customers_sale s
        WHERE s.clinic_id = %(clinic)s AND s.refund_of_id IS NULL
            AND (%(sales)s::bigint[] IS NULL OR s.id = ANY (%(sales)s::bigint[]))
        UNION ALL
        SELECT s.id, s.kind, s.refund_of_id, s.net_minor, s.occurred_on, s.updated_at,
            root.id, root.refund_of_id IS NULL, root.branch_id, root.customer_id, root.occurred_on,
            abs(root.net_minor), greatest(root.net_minor + sum(s.net_minor) OVER by_root, 0),
            greatest(root.net_minor + sum(s.net_minor) OVER by_root - s.net_minor, 0)
        FROM customers_sale s JOIN customers_sale root
            ON root.clinic_id = s.clinic_id AND root.id = s.refund_of_id
        WHERE s.clinic_id = %(clinic)s AND s.refund_of_id IS NOT NULL
            AND (%(sales)s::bigint[] IS NULL OR s.id = ANY (%(sales)s::bigint[]))
        WINDOW by_root AS (PARTITION BY s.refund_of_id ORDER BY s.id)
    ) AS one
    WHERE earned_on BETWEEN %(starts_on)s AND %(on)s AND occurred_on <= %(on)s
        AND (%(closed)s::datemultirange IS NULL OR NOT earned_on <@ %(closed)s::datemultirange)
        AND (%(takes_all)s OR EXISTS (
        SELECT FROM loyalty_account a
        JOIN loyalty_joining j ON j.clinic_id = a.clinic_id AND j.account_id = a.id
        WHERE a.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
            AND a.customer_id = one.customer_id AND j.joined_on <= one.earned_on))
)
"""
_DELTA = """
, wanted AS (
    SELECT id, customer_id, kind, refund_of_id, occurred_on, updated_at, rules, coalesce(CASE
            WHEN kind = 'sale' THEN floor(raw)
            WHEN refund_of_id IS NULL THEN -floor(raw)
            ELSE floor(raw * left_minor / nullif(root_net_minor, 0))
                - floor(raw * before_minor / nullif(root_net_minor, 0)) END, 0)::bigint AS points
    FROM rated
), posted AS MATERIALIZED (
    SELECT id, customer_id, sum(points)::bigint AS points,
        sum(count(*)) OVER (PARTITION BY id)::bigint AS n_before
    FROM (
        SELECT e.sale_id AS id, coalesce(stands.merged_into_id, a.customer_id) AS customer_id,
            e.points
        FROM loyalty_ledgerentry e
        JOIN loyalty_account a ON a.clinic_id = e.clinic_id AND a.id = e.account_id
            AND a.programme_id = %(programme)s
        LEFT JOIN customers_customer stands ON stands.clinic_id = e.clinic_id
            AND stands.id = a.customer_id AND stands.merged_into_id IS NOT NULL
        WHERE e.clinic_id = %(clinic)s AND e.sale_id IS NOT NULL
            AND (%(sales)s::bigint[] IS NULL OR e.sale_id = ANY (%(sales)s::bigint[]))
    ) AS entry GROUP BY id, customer_id
), before AS (
    SELECT id, max(n_before) AS n_before FROM posted GROUP BY id
), elsewhere AS (
    SELECT id, posted.customer_id, -posted.points AS points, kind, refund_of_id, occurred_on,
        updated_at, rules, n_before,
        row_number() OVER (PARTITION BY id ORDER BY posted.customer_id) - 1 AS nth
    FROM posted JOIN wanted USING (id)
    WHERE posted.customer_id <> wanted.customer_id AND posted.points <> 0
), difference AS (
    SELECT id, wanted.customer_id, wanted.points - coalesce(posted.points, 0) AS points,
        kind, refund_of_id, occurred_on, updated_at, rules,
        coalesce(before.n_before, 0) AS n_before, coalesce(moved_away.n, 0) AS nth
    FROM wanted LEFT JOIN before USING (id)
    LEFT JOIN posted USING (id, customer_id)
    LEFT JOIN (SELECT id, count(*) AS n FROM elsewhere GROUP BY id) AS moved_away USING (id)
    UNION ALL
    SELECT * FROM elsewhere
), delta AS MATERIALIZED (
    SELECT id, customer_id, points, kind, refund_of_id, occurred_on, rules,
        n_before + nth AS nth, n_before = 0 AS is_first,
        CASE WHEN n_before = 0 THEN occurred_on ELSE greatest(occurred_on,
            (updated_at AT TIME ZONE %(zone)s)::date) END AS posted_on
    FROM difference WHERE points <> 0
)
"""

# Entry, lot and balance of one movement stand or fall together; the unique key is the last guard.
# Who has no account yet gets one with their first points in it.
_POST = """
, moved AS MATERIALIZED (
    SELECT customer_id, sum(points)::bigint AS points FROM delta GROUP BY customer_id
), account AS (
    INSERT INTO loyalty_account AS account
        (clinic_id, programme_id, customer_id, balance, opened_at)
    SELECT %(clinic)s, %(programme)s, customer_id, points, now() FROM moved ORDER BY customer_id
    ON CONFLICT (clinic_id, programme_id, customer_id)
        DO UPDATE SET balance = account.balance + EXCLUDED.balance
    RETURNING id, customer_id, balance
), posting AS MATERIALIZED (
    SELECT nextval('loyalty_ledgerentry_id_seq') AS entry_id, account.id AS account_id,
        account.balance AS balance_after, delta.id, points, kind, refund_of_id, occurred_on,
        rules, nth, is_first, posted_on
    FROM delta JOIN account USING (customer_id)
), entry AS (
    INSERT INTO loyalty_ledgerentry (id, clinic_id, account_id, kind, points, posted_on,
        idempotency_key, sale_id, rules, reason, created_at)
    SELECT entry_id, %(clinic)s, account_id,
        CASE WHEN is_first AND kind = 'sale' THEN 'accrual'
            WHEN is_first THEN 'reversal' ELSE 'adjustment' END,
        points, posted_on,
        %(prefix)s || kind || ':' || id || CASE WHEN nth = 0 THEN '' ELSE ':v' || nth END,
        id, rules, '', now()
    FROM posting
), lot AS (
    INSERT INTO loyalty_pointlot
        (clinic_id, entry_id, account_id, points, remaining, expires_on, available_on)
    SELECT %(clinic)s, entry_id, account_id, points, points,
        occurred_on + %(expires_after)s::int, occurred_on + %(pending_days)s::int
    FROM posting WHERE points > 0
), unsettled AS MATERIALIZED (
    SELECT account_id, max(entry_id) AS entry_id FROM posting GROUP BY account_id
    HAVING bool_or(points < 0) OR max(balance_after) < sum(points)
)
SELECT (SELECT count(*) FROM posting),
    (SELECT array_agg(customer_id) FROM account),
    (SELECT array_agg(account_id ORDER BY account_id) FROM unsettled),
    (SELECT array_agg(entry_id ORDER BY account_id) FROM unsettled),
    (SELECT array_agg(DISTINCT coalesce(refund_of_id, id)) FROM posting WHERE points < 0)
"""
