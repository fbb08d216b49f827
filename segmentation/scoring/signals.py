"""Dated facts about a customer beside the purchases: what was said, missed, given and changed.

Each kind is a trail of (day, value) a customer, put in order once, so that what was known at the
end of any day is a look-up and nothing later can leak in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from segmentation.scoring.purchases import prefix_sum

SURVEY = "survey"  # value: satisfaction, 1–5
COMPLAINT = "complaint"  # value: 1
MISSED = "missed"  # an appointment nobody came to or called off; value: 1
DISCOUNT = "discount"  # on a purchase; value: share of the list price, 0–1
NEW_CONSULTANT = "new_consultant"  # a purchase with another consultant than before; value: 1
TREATMENT = "treatment"  # one that wears off was bought; value: days until then, by the catalogue
KINDS = (SURVEY, COMPLAINT, MISSED, DISCOUNT, NEW_CONSULTANT, TREATMENT)


@dataclass(frozen=True)
class Trail:
    """start: n_customers + 1 offsets; customer i owns rows start[i] … start[i + 1] − 1, by day."""

    start: np.ndarray
    day: np.ndarray
    value: np.ndarray

    @classmethod
    def of(
        cls, customer_row: np.ndarray, day: np.ndarray, value: np.ndarray, *, n_customers: int
    ) -> Self:
        """Columns of one length in any order; of one day the highest value stands last."""
        counts = np.bincount(customer_row, minlength=n_customers)
        if not _is_in_order(customer_row, day):
            order = np.lexsort((value, day, customer_row))
            day, value = day[order], value[order]
        return cls(prefix_sum(counts, np.int64), day, value.astype(float))

    @property
    def _n(self) -> np.ndarray:
        return np.diff(self.start)

    def n_until(self, day: int) -> np.ndarray:
        """Rows up to and including `day`, one number a customer."""
        return np.diff(prefix_sum(self.day <= day, np.int64)[self.start])

    def newest(self, day: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(known, day, value) of each customer's newest row up to `day`; the last two mean
        nothing where `known` is False."""
        n = self.n_until(day)
        if not len(self.day):
            nothing = np.zeros(len(n), np.int64)
            return nothing > 0, nothing, nothing.astype(float)
        at = np.clip(self.start[:-1] + n - 1, 0, len(self.day) - 1)
        return n > 0, self.day[at], self.value[at]

    def only(self, wanted: np.ndarray) -> Self:
        kept = np.repeat(wanted, self._n)
        start = prefix_sum(self._n[wanted], np.int64)
        return type(self)(start, self.day[kept], self.value[kept])


def _is_in_order(customer_row: np.ndarray, day: np.ndarray) -> bool:
    """Whether every row stands behind the one before it, by customer, then day, without ties."""
    same = customer_row[1:] == customer_row[:-1]
    later = customer_row[1:] > customer_row[:-1]
    return bool((later | (same & (day[1:] > day[:-1]))).all())


@dataclass(frozen=True)
class Signals:
    """A trail of every kind in KINDS, over the same customers as the history beside it."""

    trails: Mapping[str, Trail]

    @classmethod
    def none(cls, n_customers: int) -> Self:
        empty = np.zeros(0, np.int64)
        trail = Trail.of(empty, empty, empty, n_customers=n_customers)
        return cls(dict.fromkeys(KINDS, trail))

    @classmethod
    def of(
        cls,
        rows: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
        *,
        n_customers: int,
    ) -> Self:
        """rows: {kind: (customer_row, day, value)}; a kind that is left out has none.

        Raises ValueError for a kind nobody knows.
        """
        if unknown := set(rows) - set(KINDS):
            raise ValueError(f"Unknown signals: {', '.join(sorted(unknown))}.")
        found = {kind: Trail.of(*rows[kind], n_customers=n_customers) for kind in rows}
        return cls({**cls.none(n_customers).trails, **found})

    def __getitem__(self, kind: str) -> Trail:
        return self.trails[kind]

    def only(self, wanted: np.ndarray) -> Self:
        return type(self)({kind: trail.only(wanted) for kind, trail in self.trails.items()})
