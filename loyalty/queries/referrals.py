"""Friends whose first paid visit is not decided yet, who brings most, and a customer's tree."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from customers.models import Customer, CustomerEvent
from customers.queries import visible_customers
from customers.queries.referrals import DEEPEST, Brought, brought_rows, read_brought
from loyalty.models import Programme, Referral, ReferralCode, ReferralTerms
from loyalty.queries.programmes import open_on
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

PROMOTER_NPS = 9  # of 0–10
VERY_HAPPY_CSAT = 5  # of 1–5
MOST_IN_TREE = 500


@dataclass(frozen=True)
class FirstPaid:
    """A friend's first purchase day, with its net after refunds and one of its sales."""

    friend_id: int
    referrer_id: int
    paid_on: date
    net_minor: int
    sale_id: int


# Whoever was refused as perhaps the same person is looked at again: the pair may be settled.
_FIRST_PAID = """
WITH day AS (
    SELECT s.customer_id, c.referrer_id, s.counts_on, sum(s.net_minor)::bigint AS net_minor,
        min(s.id) FILTER (WHERE s.kind = 'sale') AS sale_id
    FROM customers_customer c
    JOIN customers_sale s ON s.clinic_id = c.clinic_id AND s.customer_id = c.id
    WHERE c.clinic_id = %(clinic)s AND c.referrer_id IS NOT NULL
        AND c.merged_into_id IS NULL AND c.erased_at IS NULL
        AND NOT EXISTS (SELECT FROM loyalty_referral r WHERE r.clinic_id = c.clinic_id
            AND r.friend_id = c.id AND r.refusal <> 'same_person')
    GROUP BY s.customer_id, c.referrer_id, s.counts_on HAVING sum(s.net_minor) > 0
), first AS (
    SELECT DISTINCT ON (customer_id) * FROM day ORDER BY customer_id, counts_on
)
SELECT customer_id, referrer_id, counts_on, net_minor, sale_id FROM first
WHERE counts_on BETWEEN %(since)s AND %(until)s AND sale_id IS NOT NULL
    AND (%(closed)s::datemultirange IS NULL OR NOT counts_on <@ %(closed)s::datemultirange)
ORDER BY customer_id
"""

# Rewards that do not stand any more: the money went back, or two turned out to be one person.
_FALLEN = """
SELECT r.id, CASE WHEN coalesce(f.merged_into_id, f.id) = coalesce(p.merged_into_id, p.id)
        OR twin.id IS NOT NULL THEN 'merged' ELSE 'refunded' END
FROM loyalty_referral r
JOIN customers_customer f ON f.clinic_id = r.clinic_id AND f.id = r.friend_id
JOIN customers_customer p ON p.clinic_id = r.clinic_id AND p.id = r.referrer_id
LEFT JOIN loyalty_referral twin ON twin.clinic_id = r.clinic_id
    AND twin.friend_id = f.merged_into_id AND twin.state = 'rewarded'
WHERE r.clinic_id = %(clinic)s AND r.state = 'rewarded' AND (
    coalesce(f.merged_into_id, f.id) = coalesce(p.merged_into_id, p.id) OR twin.id IS NOT NULL
    OR (SELECT coalesce(sum(s.net_minor), 0) FROM customers_sale s WHERE s.clinic_id = r.clinic_id
        AND s.customer_id = coalesce(f.merged_into_id, f.id) AND s.counts_on = r.paid_on) <= 0)
ORDER BY r.id
"""


def undecided(*, since: date, until: date, closed: str) -> list[FirstPaid]:
    """First purchase days of these days of friends who wait for a decision; one query.

    closed: days that reward nobody, as `closed_days` tells them.
    """
    given = {
        "clinic": current_clinic_id(),
        "since": since,
        "until": until,
        "closed": closed or None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_PAID, given)
        return [FirstPaid(*row) for row in cursor.fetchall()]


def fallen() -> list[tuple[int, str]]:
    """(referral, why) of rewards that must be taken back; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FALLEN, {"clinic": current_clinic_id()})
        return cursor.fetchall()


def terms_now() -> ReferralTerms | None:
    return ReferralTerms.objects.first()


def terms_in_force(on: date) -> ReferralTerms | None:
    """The terms while friends are rewarded: they are on, and so is the programme; one query."""
    programmes = Programme.objects.filter(open_on(on), is_default=True)
    return ReferralTerms.objects.filter(Exists(programmes), is_active=True).first()


def is_rewarding_friends() -> bool:
    """Whether the clinic's terms reward who brings a friend."""
    return ReferralTerms.objects.filter(is_active=True).exists()


def known_code(customer: Customer) -> str:
    """The code this customer hands on, "" before one was made."""
    codes = ReferralCode.objects.filter(customer=customer, is_primary=True)
    return codes.values_list("code", flat=True).first() or ""


def promoters(*, branch: Branch | None = None) -> QuerySet[Customer]:
    """Who brought friends or is very happy: `n_friends`, `n_rewarded`, `earned_points`, `is_happy`.

    The most friends first. Happy: told us 9 or 10 of 10, or 5 of 5.
    """
    happy = CustomerEvent.objects.filter(kind="feedback.given", customer=OuterRef("pk")).filter(
        Q(payload__nps__gte=PROMOTER_NPS) | Q(payload__csat__gte=VERY_HAPPY_CSAT)
    )
    customers = visible_customers(branch).annotate(
        n_friends=Count("referred", filter=Q(referred__merged_into__isnull=True), distinct=True),
        is_happy=Exists(happy),
    )
    found = customers.filter(Q(n_friends__gt=0) | Q(is_happy=True))
    rewarded = Referral.objects.filter(state=Referral.State.REWARDED, referrer=OuterRef("pk"))
    grouped = rewarded.order_by().values("referrer")
    per_referrer = grouped.annotate(n=Count("pk"), sum=Sum("points_referrer"))
    return found.annotate(
        n_rewarded=_one(per_referrer, "n"),
        earned_points=_one(per_referrer, "sum"),
        brought=brought_rows(),
    ).order_by("-n_friends", "-is_happy", "name", "pk")


def _one(grouped: QuerySet, column: str) -> Coalesce:
    return Coalesce(Subquery(grouped.values(column)), 0)


def brought_by(customer: Customer) -> Brought:
    return read_brought(customer.brought)


@dataclass(frozen=True)
class Branchlet:
    """One friend in a tree. depth: 1 for those brought directly. state: of the reward."""

    pk: int
    name: str
    depth: int
    parent_id: int
    spent_minor: int
    state: str


_TREE = """
WITH RECURSIVE brought(id, parent, name, spent, depth, path, trail) AS (
    SELECT c.id, c.referrer_id, c.name, c.spent_minor, 1, ARRAY[c.referrer_id, c.id],
        ARRAY[c.name::text, c.id::text]
    FROM customers_customer c
    WHERE c.clinic_id = %(clinic)s AND c.referrer_id = %(root)s AND c.merged_into_id IS NULL
  UNION ALL
    SELECT c.id, c.referrer_id, c.name, c.spent_minor, b.depth + 1, b.path || c.id,
        b.trail || ARRAY[c.name::text, c.id::text]
    FROM brought b JOIN customers_customer c
        ON c.clinic_id = %(clinic)s AND c.referrer_id = b.id AND c.merged_into_id IS NULL
    WHERE b.depth < %(deepest)s AND c.id <> ALL (b.path)
)
SELECT b.id, b.name, b.depth, b.parent, b.spent, coalesce(r.state, '')
FROM brought b LEFT JOIN loyalty_referral r ON r.clinic_id = %(clinic)s AND r.friend_id = b.id
ORDER BY b.trail LIMIT %(most)s
"""


def tree_of(customer_id: int) -> list[Branchlet]:
    """Everybody this customer brought, directly and through friends, in the order of a tree."""
    values: dict[str, Any] = {
        "clinic": current_clinic_id(),
        "root": customer_id,
        "deepest": DEEPEST,
        "most": MOST_IN_TREE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TREE, values)
        return [Branchlet(*row) for row in cursor.fetchall()]
