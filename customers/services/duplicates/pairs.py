"""Pairs in the queue: written set by set, and never asked again once somebody has decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from customers.models import DuplicatePair
from customers.services.bulk_rows import insert_rows
from tenancy.scope import current_clinic_id

_AT_ONCE = 20_000
_RENEW = (
    "(clinic_id, first_id, second_id) DO UPDATE SET score = EXCLUDED.score,"
    " decision = EXCLUDED.decision, reasons = EXCLUDED.reasons"
    " WHERE customers_duplicatepair.state = 'open'"
)


@dataclass(frozen=True, slots=True)
class FoundPair:
    """first_id < second_id. decision: «merge» or «review». reasons: of matching/reasons.py."""

    first_id: int
    second_id: int
    score: float
    decision: str
    reasons: list[str]


def keep_pairs(pairs: Sequence[FoundPair], *, at: datetime, is_everything: bool) -> int:
    """Write them; how many are new. is_everything: open ones not among them are gone."""
    n_before = DuplicatePair.objects.count()
    if is_everything:
        _forget_all_but(pairs)
        n_before = DuplicatePair.objects.count()
    for start in range(0, len(pairs), _AT_ONCE):
        rows = [_row(pair, at) for pair in pairs[start : start + _AT_ONCE]]
        insert_rows(DuplicatePair, rows, on_conflict=_RENEW)
    return DuplicatePair.objects.count() - n_before


def _forget_all_but(pairs: Sequence[FoundPair]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM customers_duplicatepair p WHERE p.clinic_id = %s AND p.state = 'open'"
            " AND NOT EXISTS (SELECT FROM unnest(%s::bigint[], %s::bigint[]) AS kept(a, b)"
            " WHERE kept.a = p.first_id AND kept.b = p.second_id)",
            [
                current_clinic_id(),
                [pair.first_id for pair in pairs],
                [pair.second_id for pair in pairs],
            ],
        )


def _row(pair: FoundPair, at: datetime) -> dict:
    return {
        "first_id": pair.first_id,
        "second_id": pair.second_id,
        "score": min(max(pair.score, 0.0), 1.0),
        "decision": pair.decision,
        "reasons": pair.reasons,
        "state": "open",
        "found_at": at,
        "decided_at": None,
        "decided_by_id": None,
    }
