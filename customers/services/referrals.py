"""Who brought whom: nobody brings, over however many friends, themselves."""

from collections.abc import Mapping

from django.db import connection
from django.utils.translation import gettext as _

from customers.models import Customer
from tenancy.exceptions import DomainError
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

# UNION, not UNION ALL: an old circle in the data ends the walk as well.
_UPWARDS = """
WITH RECURSIVE up (id) AS (
    SELECT %(start)s::bigint
    UNION
    SELECT c.referrer_id FROM customers_customer c JOIN up ON up.id = c.id
    WHERE c.clinic_id = %(clinic)s AND c.referrer_id IS NOT NULL
)
SELECT EXISTS (SELECT 1 FROM up WHERE id = %(sought)s)
"""


class ReferrerCircle(DomainError):
    code = "referrer_circle"


def refuse_circle(*, customer_id: int, referrer: Customer | None) -> None:
    """Raises ReferrerCircle when this referrer was brought, directly or not, by the customer.

    Waits until nobody else sets a referrer: two changes at once could close a circle together.
    """
    if referrer is None:
        return
    wait_for_turn("referrers")
    with connection.cursor() as cursor:
        cursor.execute(
            _UPWARDS,
            {"start": referrer.pk, "sought": customer_id, "clinic": current_clinic_id()},
        )
        (is_circle,) = cursor.fetchone()
    if referrer.pk == customer_id:
        raise ReferrerCircle(_("Nobody brings themselves. Choose somebody else."))
    if is_circle:
        message = _("%(name)s was brought by this customer, directly or through friends.")
        raise ReferrerCircle(message % {"name": referrer.name})


def closing_circles(links: Mapping[int, int | None]) -> set[int]:
    """Of {customer: new referrer or None}, those who would, over all together, bring themselves.

    One query a generation of referrers that are not in `links` themselves.
    """
    if not any(links.values()):
        return set()
    wait_for_turn("referrers")
    upwards: dict[int, int | None] = dict(links)
    unknown = {up for up in links.values() if up is not None} - upwards.keys()
    while unknown:
        rows = Customer.objects.filter(pk__in=unknown).values_list("pk", "referrer_id")
        upwards |= dict.fromkeys(unknown) | dict(rows)
        unknown = {up for up in upwards.values() if up is not None} - upwards.keys()
    return {customer for customer in links if _meets_itself(customer, upwards)}


def _meets_itself(customer: int, upwards: Mapping[int, int | None]) -> bool:
    seen: set[int] = set()
    at = upwards.get(customer)
    while at is not None and at not in seen:
        if at == customer:
            return True
        seen.add(at)
        at = upwards.get(at)
    return False
