"""Whom somebody brought, and what those spent: direct and indirect contribution.

Nobody is counted twice: a customer's revenue is the indirect contribution of the one who brought
them and of nobody else, so the indirect contributions of all add up to the revenue of all who were
brought. What their friends' friends spent is told beside it, never added.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from tenancy.scope import current_clinic_id

DEEPEST = 10

# A walk down the tree of referrers; a circle ends where it meets somebody again.
_BROUGHT = """
(WITH RECURSIVE brought(id, spent, depth, path) AS (
    SELECT c.id, c.spent_minor, 1, ARRAY[customers_customer.id, c.id]
    FROM customers_customer c
    WHERE c.clinic_id = %s AND c.referrer_id = customers_customer.id
  UNION ALL
    SELECT c.id, c.spent_minor, b.depth + 1, b.path || c.id
    FROM brought b
    JOIN customers_customer c ON c.clinic_id = %s AND c.referrer_id = b.id
    WHERE b.depth < %s AND c.id <> ALL (b.path)
)
SELECT jsonb_agg(jsonb_build_object('depth', depth, 'n', n, 'spent', spent) ORDER BY depth)
FROM (SELECT depth, count(*) n, sum(spent) spent FROM brought GROUP BY depth) by_depth)
"""


@dataclass(frozen=True)
class Brought:
    """n_friends, friends_minor: whom they brought themselves. Further: those whom these brought."""

    n_friends: int = 0
    friends_minor: int = 0
    n_further: int = 0
    further_minor: int = 0


def brought_rows() -> RawSQL:
    """An annotation of a customer: [{depth, n, spent}], or None for nobody."""
    clinic_id = current_clinic_id()
    return RawSQL(  # noqa: S611 our own text
        _BROUGHT, [clinic_id, clinic_id, DEEPEST], output_field=JSONField()
    )


def read_brought(rows: list[dict[str, Any]] | None) -> Brought:
    rows = rows or []
    near = [row for row in rows if row["depth"] == 1]
    far = [row for row in rows if row["depth"] > 1]
    return Brought(
        n_friends=sum(row["n"] for row in near),
        friends_minor=int(sum(row["spent"] for row in near)),
        n_further=sum(row["n"] for row in far),
        further_minor=int(sum(row["spent"] for row in far)),
    )
