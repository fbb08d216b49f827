"""How the scores of the current run are spread: how many customers in each band."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import connection

from segmentation.models import ScoreRun
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

N_MONEY_BANDS = 10
EDGES: dict[str, tuple[float, ...]] = {  # where a band begins, the last one is open
    "recency": tuple(range(0, 751, 60)),
    "frequency": tuple(range(1, 12)),
    "churn": tuple(n / 10 for n in range(10)),
    "interval": tuple(range(0, 391, 30)),
}
_SCORES = """
FROM segmentation_customerscore AS score
JOIN customers_customer AS customer
  ON customer.clinic_id = %(clinic)s AND customer.id = score.customer_id
 AND customer.merged_into_id IS NULL AND customer.erased_at IS NULL
WHERE score.clinic_id = %(clinic)s AND score.run_id = %(run)s
  AND (%(branch)s::bigint IS NULL OR customer.home_branch_id = %(branch)s)
"""
_COLUMNS = {
    "recency": "recency_days",
    "frequency": "NULLIF(frequency, 0)",
    "spend": "CASE WHEN frequency > 0 THEN monetary_minor END",
    "churn": "churn_probability",
    "interval": "expected_interval_days",
}
_MIDDLES = "SELECT {columns} " + _SCORES
_BANDS = """
SELECT band.kind, band.number, count(*)
FROM (SELECT score.* {scores}) AS score
CROSS JOIN LATERAL (VALUES {values}) AS band (kind, number)
WHERE band.number IS NOT NULL GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Band:
    """low ≤ value < high; high None for the last one, open above."""

    low: float
    high: float | None
    n: int


@dataclass(frozen=True)
class Distribution:
    """median: half of the customers have less; None while nobody has a value."""

    key: str
    bands: list[Band]
    median: float | None

    @property
    def n(self) -> int:
        return sum(band.n for band in self.bands)


def distributions(run: ScoreRun, branch: Branch | None) -> Mapping[str, Distribution]:
    """Recency, frequency, spend, churn probability and expected interval; two queries.

    Recency, frequency and spend within the RFM window, of who bought in it.
    """
    base: dict[str, Any] = {
        "clinic": current_clinic_id(), "run": run.pk, "branch": branch.pk if branch else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        columns = [
            f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {sql})" for sql in _COLUMNS.values()
        ]
        columns.append(f"percentile_disc(0.95) WITHIN GROUP (ORDER BY {_COLUMNS['spend']})")
        cursor.execute(_MIDDLES.format(columns=", ".join(columns)), base)
        *middles, most_spend = cursor.fetchone()
        edges = EDGES | {"spend": money_edges(int(most_spend or 0))}
        values = ", ".join(
            f"('{key}', width_bucket(({sql})::float8, %({key})s::float8[]))"
            for key, sql in _COLUMNS.items()
        )
        bounds = {key: list(map(float, starts)) for key, starts in edges.items()}
        cursor.execute(_BANDS.format(scores=_SCORES, values=values), base | bounds)
        counts = {(kind, number): n for kind, number, n in cursor.fetchall()}
    return {
        key: Distribution(key, _bands(key, edges[key], counts), median)
        for key, median in zip(_COLUMNS, middles, strict=True)
    }


def money_edges(most_minor: int) -> tuple[int, ...]:
    """Round bands (1, 2 or 5 and zeros) of which ten reach `most_minor`."""
    wanted = max(most_minor, 1) / N_MONEY_BANDS
    zeros = 1
    while True:
        for step in (zeros, 2 * zeros, 5 * zeros):
            if step >= wanted:
                return tuple(step * n for n in range(N_MONEY_BANDS + 1))
        zeros *= 10


def _bands(key: str, edges: tuple[float, ...], counts: Mapping[tuple[str, int], int]) -> list[Band]:
    """width_bucket counts from 1; 0 is below the first edge: net spend after refunds may be."""
    bounds: list[tuple[float, float | None]] = [*pairwise(edges), (edges[-1], None)]
    found = [
        Band(low, high, counts.get((key, number), 0))
        for number, (low, high) in enumerate(bounds, start=1)
    ]
    below = counts.get((key, 0), 0)
    return [Band(found[0].low, found[0].high, found[0].n + below), *found[1:]] if below else found
