"""Offers side by side: how often used, what they took off, what they brought."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from loyalty.models import CouponUse, Offer
from loyalty.offer_effect import Arm, Effect, effect_of
from tenancy.scope import current_clinic_id

OUTCOME_DAYS = 30

# Both arms counted from their own day: visits are purchase days, net after refunds.
_ARMS = """
WITH zone AS (SELECT timezone AS name FROM tenancy_clinic WHERE id = %(clinic)s), arm AS (
    SELECT offer_id, customer_id, true AS is_given,
        (min(issued_at) AT TIME ZONE zone.name)::date AS from_on
    FROM loyalty_coupon, zone WHERE clinic_id = %(clinic)s AND customer_id IS NOT NULL
        AND offer_id = ANY (%(offers)s) GROUP BY 1, 2, zone.name
    UNION ALL
    SELECT offer_id, customer_id, false, (held_at AT TIME ZONE zone.name)::date
    FROM loyalty_offerholdback, zone WHERE clinic_id = %(clinic)s AND offer_id = ANY (%(offers)s)
), cost AS (
    SELECT l.sale_id, sum(l.cost_minor) AS minor FROM customers_saleline l
    WHERE l.clinic_id = %(clinic)s AND l.sale_id IN (
        SELECT s.id FROM customers_sale s JOIN arm ON arm.customer_id = s.customer_id
        WHERE s.clinic_id = %(clinic)s AND s.counts_on >= arm.from_on
            AND s.counts_on < arm.from_on + %(days)s)
    GROUP BY 1
), day AS (
    SELECT arm.offer_id, arm.is_given, arm.customer_id, s.counts_on,
        sum(s.net_minor) AS net, sum(coalesce(cost.minor, 0)) AS cost
    FROM arm JOIN customers_sale s ON s.clinic_id = %(clinic)s AND s.customer_id = arm.customer_id
        AND s.counts_on >= arm.from_on AND s.counts_on < arm.from_on + %(days)s
    LEFT JOIN cost ON cost.sale_id = s.id
    GROUP BY 1, 2, 3, 4
), came AS (
    SELECT offer_id, is_given, count(DISTINCT customer_id) FILTER (WHERE net > 0) AS n_came,
        count(*) FILTER (WHERE net > 0) AS n_visits, sum(net) AS net, sum(cost) AS cost
    FROM day GROUP BY 1, 2
), size AS (SELECT offer_id, is_given, count(*) AS n FROM arm GROUP BY 1, 2)
SELECT size.offer_id, size.is_given, size.n, coalesce(n_came, 0), coalesce(n_visits, 0),
    coalesce(net, 0)::bigint, coalesce(cost, 0)::bigint
FROM size LEFT JOIN came USING (offer_id, is_given)
"""


@dataclass(frozen=True)
class OfferLine:
    """n_given: coupons in somebody's hand. used_rate: of those; None for a word for everybody.

    off_minor: taken off, less what refunds gave back. effect: None without a held-back side.
    """

    offer: Offer
    n_given: int
    n_used: int
    off_minor: int
    given: Arm
    held: Arm
    effect: Effect | None

    @property
    def used_rate(self) -> float | None:
        return self.n_used / self.n_given if self.n_given else None


def offers_listed() -> QuerySet[Offer]:
    return Offer.objects.select_related("treatment", "branch", "segment", "occasion_tier").order_by(
        "-is_active", "-created_at", "-pk"
    )


def compare(offers: Sequence[Offer]) -> list[OfferLine]:
    """One line an offer, three queries."""
    ids = [offer.pk for offer in offers]
    uses = CouponUse.objects.filter(offer__in=ids, state=CouponUse.State.USED).order_by()
    used = {
        row["offer"]: row
        for row in uses.values("offer").annotate(
            n=Count("pk"), off=Sum("discount_minor"), back=Sum("discount_back_minor")
        )
    }
    given = dict(
        Offer.objects.filter(pk__in=ids)
        .order_by()
        .values_list("pk")
        .annotate(n=Count("coupons", filter=~Q(coupons__state="revoked")))
    )
    arms = _arms(ids)
    return [_line(offer, given[offer.pk], used.get(offer.pk), arms[offer.pk]) for offer in offers]


def _line(offer: Offer, n_given: int, used: dict | None, arms: dict[bool, Arm]) -> OfferLine:
    n_used = used["n"] if used else 0
    held, lucky = arms.get(False, Arm()), arms.get(True, Arm())
    return OfferLine(
        offer=offer,
        n_given=n_given,
        n_used=n_used,
        off_minor=(used["off"] - used["back"]) if used else 0,
        given=lucky,
        held=held,
        effect=effect_of(lucky, held, offer_cost_minor=offer.cost_minor * n_used),
    )


def _arms(offer_ids: list[int]) -> dict[int, dict[bool, Arm]]:
    values = {"clinic": current_clinic_id(), "offers": offer_ids, "days": OUTCOME_DAYS}
    found: dict[int, dict[bool, Arm]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_ARMS, values)
        for offer_id, is_given, *figures in cursor.fetchall():
            found[offer_id][is_given] = Arm(*figures)
    return found
