"""Look through all customers, or through those who came or changed since the last look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from customers.matching import find_pairs
from customers.matching.deciding import MERGE
from customers.matching.reasons import reasons_of
from customers.models import Customer, DuplicateRules
from customers.services.duplicates.loading import load_people
from customers.services.duplicates.pairs import FoundPair, keep_pairs
from customers.services.duplicates.rules import rules_of_clinic, thresholds_of
from tenancy.scope import current_clinic_id
from tenancy.turns import try_turn, wait_for_turn

TURN = "customers.duplicates"
MOST_CHANGED = 2_000  # more than that, and everybody is looked at
N_REFERENCE = 4_000  # customers beside them, to know how common a name is


@dataclass(frozen=True)
class Searched:
    """pairs: all that are not different. n_new: rows of the queue that were not there before."""

    pairs: list[FoundPair]
    n_customers: int
    n_new: int


def search_all(*, at: datetime) -> Searched:
    """Compare everybody with everybody; the queue afterwards holds what was found now."""
    wait_for_turn(TURN)
    rules = rules_of_clinic()
    ids, people = load_people()
    pairs = list(_pairs(ids, find_pairs(people, thresholds_of(rules))))
    n_new = keep_pairs(pairs, at=at, is_everything=True)
    rules.last_full_search_at = at
    rules.save()
    return Searched(pairs, len(ids), n_new)


def search_changed(*, since: datetime, at: datetime) -> Searched:
    """Compare customers touched since then with those who share something with them.

    Nothing while everybody is being compared: that finds them as well.
    """
    if not try_turn(TURN):
        return Searched([], 0, 0)
    touched = Customer.objects.filter(updated_at__gte=since).order_by("updated_at", "pk")
    changed = list(touched.values_list("pk", flat=True)[: MOST_CHANGED + 1])
    if not changed:
        return Searched([], 0, 0)
    if len(changed) > MOST_CHANGED:
        return search_all(at=at)
    ids, people = load_people({*changed, *_neighbours(changed), *_reference()})
    found = find_pairs(
        people, thresholds_of(rules_of_clinic()), n_all=max(Customer.objects.count(), len(ids))
    )
    fresh = set(changed)
    pairs = [p for p in _pairs(ids, found) if fresh & {p.first_id, p.second_id}]
    return Searched(pairs, len(changed), keep_pairs(pairs, at=at, is_everything=False))


def _pairs(ids: list[int], found) -> Iterator[FoundPair]:
    rows = zip(
        found.a.tolist(),
        found.b.tolist(),
        found.score.tolist(),
        found.decision.tolist(),
        found.is_implied.tolist(),
        strict=True,
    )
    for row, (a, b, score, decision, is_implied) in enumerate(rows):
        yield FoundPair(
            first_id=min(ids[a], ids[b]),
            second_id=max(ids[a], ids[b]),
            score=round(score, 4),
            decision="merge" if decision == MERGE else "review",
            reasons=reasons_of(found.levels, row, is_implied=is_implied),
        )


def _neighbours(changed: list[int]) -> list[int]:
    """Customers with the same phone, e-mail, name or birthday, or a word of the name in common."""
    with connection.cursor() as cursor:
        cursor.execute(_NEIGHBOURS, {"clinic": current_clinic_id(), "ids": changed})
        return [pk for (pk,) in cursor.fetchall()]


def _reference() -> list[int]:
    """Some customers at even steps through the ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM customers_customer WHERE clinic_id = %s AND merged_into_id IS NULL"
            " ORDER BY id * 2654435761 %% 4294967291 LIMIT %s",
            [current_clinic_id(), N_REFERENCE],
        )
        return [pk for (pk,) in cursor.fetchall()]


_NEIGHBOURS = """
WITH changed AS (
    SELECT id, name, birth_on FROM customers_customer
    WHERE clinic_id = %(clinic)s AND id = ANY (%(ids)s)
), shared AS (
    SELECT other.customer_id FROM customers_contactpoint own
    JOIN customers_contactpoint other ON other.clinic_id = own.clinic_id
        AND other.kind = own.kind AND other.value = own.value
    WHERE own.clinic_id = %(clinic)s AND own.customer_id = ANY (%(ids)s)
    UNION
    SELECT c.id FROM customers_customer c JOIN changed ON changed.name = c.name
    WHERE c.clinic_id = %(clinic)s
    UNION
    SELECT c.id FROM customers_customer c JOIN changed ON changed.birth_on = c.birth_on
    WHERE c.clinic_id = %(clinic)s
    UNION
    SELECT other.customer_id FROM customers_searchtoken own
    JOIN LATERAL (SELECT customer_id FROM customers_searchtoken t
        WHERE t.clinic_id = own.clinic_id AND t.token = own.token LIMIT 50) other ON true
    WHERE own.clinic_id = %(clinic)s AND own.customer_id = ANY (%(ids)s)
        AND char_length(own.token) > 4
)
SELECT DISTINCT customer_id FROM shared
"""


def last_look() -> datetime | None:
    """When everybody was compared the last time; None: never."""
    return DuplicateRules.objects.values_list("last_full_search_at", flat=True).first()
