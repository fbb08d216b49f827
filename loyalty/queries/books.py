"""The whole book of a programme: its months, what has ended, what was deferred, its entries."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from loyalty.deferral import Cohort, DeferralRow, Used, deferral
from loyalty.liability import Breakage, Ended, Moves, RolledMonth, breakage_of, roll_forward
from loyalty.models import LedgerEntry, Programme
from loyalty.queries.accounts import accounts_in_sight
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

N_MONTHS = 24
_CONTRA = LedgerEntry.Contra


def rolled_months(
    programme: Programme, *, on: date, branch: Branch | None = None, n_months: int | None = N_MONTHS
) -> list[RolledMonth]:
    """The last n months up to the day, or all of them; one query. A month without moves is 0."""
    entries = LedgerEntry.objects.filter(account__programme=programme, posted_on__lte=on)
    if branch:
        entries = entries.filter(account__in=accounts_in_sight(branch))
    rows = entries.order_by().values_list(TruncMonth("posted_on"), "contra").annotate(Sum("points"))
    sums: dict[date, dict[str, int]] = {}
    for month, contra, points in rows:
        sums.setdefault(month, {})[contra] = points
    if not sums:
        return []
    months = list(_months(min(sums), on))
    moves = [
        Moves(
            month,
            issued=found.get(_CONTRA.ISSUED, 0),
            redeemed=-found.get(_CONTRA.REDEEMED, 0),
            expired=-found.get(_CONTRA.EXPIRED, 0),
            adjusted=found.get(_CONTRA.ADJUSTED, 0) + found.get(_CONTRA.TRANSFERRED, 0),
        )
        for month in months
        for found in [sums.get(month, {})]
    ]
    rolled = roll_forward(moves, opening=0)
    return rolled[-n_months:] if n_months else rolled


def _months(first: date, last: date) -> Iterator[date]:
    """First days of months, from that of `first` to that of `last`."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def breakage_estimate(programme: Programme, *, on: date) -> tuple[Breakage | None, Ended]:
    """From the programme's own points that have come to their end; one query."""
    given = {"clinic": current_clinic_id(), "programme": programme.pk, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, given)
        ended = Ended(*map(int, cursor.fetchone()))
    return breakage_of(ended), ended


def deferral_rows(programme: Programme, *, on: date) -> list[DeferralRow]:
    """Every month since the first sale that earned, as things stand today; two queries."""
    given = {"clinic": current_clinic_id(), "programme": programme.pk, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(_COHORTS, given)
        cohorts = [Cohort(*row) for row in cursor.fetchall()]
        cursor.execute(_USED, given)
        used = {(born, month): Used(*points) for born, month, *points in cursor.fetchall()}
    if not cohorts:
        return []
    return deferral(
        cohorts,
        used,
        months=_months(cohorts[0].month, on),
        point_value_minor=programme.point_value_minor,
        breakage_rate=programme.breakage_rate,
    )


def search_entries(asked: dict, *, branch: Branch | None) -> QuerySet[LedgerEntry]:
    """Entries that match the cleaned fields of LedgerSearchForm, the latest first."""
    found = Q()
    if asked.get("customer"):
        text = asked["customer"]
        named = Q(account__customer__name__icontains=text)
        numbered = Q(account__customer__identities__external_id=text)
        own = Q(account__customer_id=int(text)) if text.isdecimal() and len(text) < 19 else Q()
        found &= named | numbered | own
    for field, lookup in (
        ("key", "idempotency_key__icontains"), ("kind", "kind"), ("reason", "reason__icontains"),
        ("from_on", "posted_on__gte"), ("until_on", "posted_on__lte"), ("actor", "actor"),
    ):  # fmt: skip
        if asked.get(field):
            found &= Q(**{lookup: asked[field]})
    entries = LedgerEntry.objects.filter(found)
    if asked.get("customer"):
        entries = LedgerEntry.objects.filter(pk__in=entries.values("pk"))  # several ids, one row
    if branch:
        entries = entries.filter(account__in=accounts_in_sight(branch))
    return entries.select_related("account__customer", "actor__user", "sale").order_by(
        "-posted_on", "-pk"
    )


# Squares and products are summed account by account: a customer's points share one fate.
_ENDED = """
WITH of_account AS (
    SELECT lot.account_id,
        coalesce(sum(u.points) FILTER (WHERE e.kind = 'expiry'), 0) AS expired,
        coalesce(sum(u.points) FILTER (WHERE e.kind IN ('expiry', 'redemption', 'return')), 0)
            AS total
    FROM loyalty_pointlot lot
    JOIN loyalty_account a ON a.clinic_id = lot.clinic_id AND a.id = lot.account_id
        AND a.programme_id = %(programme)s
    JOIN loyalty_lotuse u ON u.clinic_id = lot.clinic_id AND u.lot_id = lot.id
    JOIN loyalty_ledgerentry e ON e.clinic_id = u.clinic_id AND e.id = u.entry_id
    WHERE lot.clinic_id = %(clinic)s AND lot.expires_on <= %(on)s
    GROUP BY lot.account_id
)
SELECT count(*), coalesce(sum(expired), 0), coalesce(sum(total), 0),
    coalesce(sum(expired * expired), 0), coalesce(sum(expired * total), 0),
    coalesce(sum(total * total), 0)
FROM of_account WHERE total > 0
"""

_COHORTS = """
WITH earned AS (
    SELECT e.sale_id, min(date_trunc('month', e.posted_on)::date) AS month, sum(e.points) AS points
    FROM loyalty_ledgerentry e
    JOIN loyalty_account a ON a.clinic_id = e.clinic_id AND a.id = e.account_id
        AND a.programme_id = %(programme)s
    WHERE e.clinic_id = %(clinic)s AND e.sale_id IS NOT NULL AND e.kind = 'accrual'
        AND e.posted_on <= %(on)s
    GROUP BY e.sale_id
), taken AS (
    SELECT coalesce(s.refund_of_id, s.id) AS sale_id, -sum(e.points) AS points
    FROM loyalty_ledgerentry e
    JOIN loyalty_account a ON a.clinic_id = e.clinic_id AND a.id = e.account_id
        AND a.programme_id = %(programme)s
    JOIN customers_sale s ON s.clinic_id = e.clinic_id AND s.id = e.sale_id
    WHERE e.clinic_id = %(clinic)s AND e.kind <> 'accrual' AND e.posted_on <= %(on)s
    GROUP BY 1
), refunded AS (
    SELECT refund_of_id AS sale_id, sum(net_minor) AS net_minor FROM customers_sale
    WHERE clinic_id = %(clinic)s AND refund_of_id IS NOT NULL AND occurred_on <= %(on)s
    GROUP BY 1
)
SELECT earned.month, sum(s.net_minor + coalesce(refunded.net_minor, 0))::bigint,
    sum(earned.points)::bigint, coalesce(sum(taken.points), 0)::bigint
FROM earned
JOIN customers_sale s ON s.clinic_id = %(clinic)s AND s.id = earned.sale_id
LEFT JOIN taken ON taken.sale_id = earned.sale_id
LEFT JOIN refunded ON refunded.sale_id = earned.sale_id
GROUP BY earned.month ORDER BY earned.month
"""

# What was passed on, in a family or by a merge, is followed back to the purchase that earned it: a
# lot made by a transfer came from one that ends on the same day. Points taken away by hand come to
# nothing, as expired ones do; those that paid for points spent before were redeemed.
_USED = """
WITH RECURSIVE step AS (
    SELECT DISTINCT ON (passed.id) passed.id AS lot_id, source.id AS from_id
    FROM loyalty_ledgerentry got
    JOIN loyalty_pointlot passed ON passed.clinic_id = got.clinic_id AND passed.entry_id = got.id
    JOIN loyalty_ledgerentry gave ON gave.clinic_id = got.clinic_id
        AND gave.transfer_key = got.transfer_key AND gave.transfer_key <> '' AND gave.points < 0
    JOIN loyalty_lotuse u ON u.clinic_id = gave.clinic_id AND u.entry_id = gave.id AND u.points > 0
    JOIN loyalty_pointlot source ON source.clinic_id = u.clinic_id AND source.id = u.lot_id
        AND source.expires_on IS NOT DISTINCT FROM passed.expires_on
    WHERE got.clinic_id = %(clinic)s AND got.kind = 'transfer' AND got.transfer_key <> ''
        AND got.points > 0
    ORDER BY passed.id, source.id
), way AS (
    SELECT lot_id, from_id FROM step
    UNION ALL
    SELECT way.lot_id, step.from_id FROM way JOIN step ON step.lot_id = way.from_id
), root AS (
    SELECT lot_id, from_id FROM way
    WHERE NOT EXISTS (SELECT FROM step WHERE step.lot_id = way.from_id)
), used AS (
    SELECT coalesce(root.from_id, u.lot_id) AS lot_id, u.points, e.posted_on,
        coalesce(s.refund_of_id, s.id) AS taken_for_id,
        e.kind = 'expiry' OR (e.kind = 'adjustment' AND s.id IS NULL) AS is_lost
    FROM loyalty_lotuse u
    JOIN loyalty_ledgerentry e ON e.clinic_id = u.clinic_id AND e.id = u.entry_id
        AND e.kind <> 'transfer' AND e.posted_on <= %(on)s
    LEFT JOIN customers_sale s ON s.clinic_id = e.clinic_id AND s.id = e.sale_id
        AND e.kind IN ('reversal', 'adjustment')
    LEFT JOIN root ON root.lot_id = u.lot_id
    WHERE u.clinic_id = %(clinic)s
)
SELECT date_trunc('month', born.posted_on)::date, date_trunc('month', used.posted_on)::date,
    coalesce(sum(used.points) FILTER (WHERE NOT used.is_lost), 0)::bigint,
    coalesce(sum(used.points) FILTER (WHERE used.is_lost), 0)::bigint
FROM used
JOIN loyalty_pointlot lot ON lot.clinic_id = %(clinic)s AND lot.id = used.lot_id
JOIN loyalty_ledgerentry born ON born.clinic_id = lot.clinic_id AND born.id = lot.entry_id
    AND born.sale_id IS NOT NULL AND born.kind = 'accrual'
JOIN loyalty_account a ON a.clinic_id = born.clinic_id AND a.id = born.account_id
    AND a.programme_id = %(programme)s
WHERE used.taken_for_id IS DISTINCT FROM born.sale_id  -- what its own sale took back was never sold
GROUP BY 1, 2
"""
