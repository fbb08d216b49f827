"""What must hold across the rows of customers."""

from django.db import connection
from django.db.models import Count

from customers.models import Tombstone
from customers.tombstones import all_keys, key_mark
from tenancy.scope import current_clinic_id

_CHECKS = {
    "customer {id}: last_visit_on is not the day of the last visit": """
        SELECT c.id FROM customers_customer c
        LEFT JOIN customers_visit v ON v.clinic_id = c.clinic_id AND v.customer_id = c.id
        WHERE c.clinic_id = %(clinic)s
        GROUP BY c.id, c.last_visit_on HAVING c.last_visit_on IS DISTINCT FROM max(v.visited_on)
    """,
    "customer {id}: spent_minor is not the sum of the sales": """
        SELECT c.id FROM customers_customer c
        LEFT JOIN customers_sale s ON s.clinic_id = c.clinic_id AND s.customer_id = c.id
        WHERE c.clinic_id = %(clinic)s
        GROUP BY c.id, c.spent_minor HAVING c.spent_minor <> coalesce(sum(s.net_minor), 0)
    """,
    "customer {id}: a kind of contact has not exactly one primary point": """
        SELECT DISTINCT customer_id FROM (
            SELECT customer_id FROM customers_contactpoint WHERE clinic_id = %(clinic)s
            GROUP BY customer_id, kind HAVING count(*) FILTER (WHERE is_primary) <> 1) found
    """,
    "sale {id}: its lines do not add up to its net": """
        SELECT s.id FROM customers_sale s
        JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
        WHERE s.clinic_id = %(clinic)s
        GROUP BY s.id, s.net_minor HAVING s.net_minor <> sum(l.net_minor)
    """,
    "package {id}: its sessions are not as many as it counts used": """
        SELECT p.id FROM customers_package p
        LEFT JOIN customers_packagesession s ON s.clinic_id = p.clinic_id AND s.package_id = p.id
        WHERE p.clinic_id = %(clinic)s
        GROUP BY p.id, p.n_used HAVING p.n_used <> count(s.id)
    """,
    "sale {id}: a refund counts on another day than its sale": """
        SELECT r.id FROM customers_sale r
        JOIN customers_sale s ON s.clinic_id = r.clinic_id AND s.id = r.refund_of_id
        WHERE r.clinic_id = %(clinic)s AND r.counts_on <> s.counts_on
    """,
}


def violations() -> list[str]:
    """One line for each row of the open clinic that breaks a rule, with its id."""
    found = []
    with connection.cursor() as cursor:
        for text, query in _CHECKS.items():
            cursor.execute(f"{query} ORDER BY 1", {"clinic": current_clinic_id()})
            found += [text.format(id=pk) for (pk,) in cursor.fetchall()]
    return [*found, *_forgotten_keys()]


def _forgotten_keys() -> list[str]:
    """Tombstones nobody is known by any more, because their key was taken out of the settings."""
    marks = ["", *(key_mark(key) for key in all_keys())]
    lost = Tombstone.objects.exclude(key_mark__in=marks).order_by("key_mark")
    counted = lost.values_list("key_mark").annotate(n=Count("pk"))
    return [
        f"{n} tombstones hang on a key (mark {mark}) that is not in TOMBSTONE_KEYS: whom they keep"
        " out would come back; put that key back at the end of the list"
        for mark, n in counted
    ]
