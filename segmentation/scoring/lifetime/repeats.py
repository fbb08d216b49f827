"""The four numbers of a customer that the models need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

BLOCK = 8_192  # customers: what is reckoned of so many stays in the processor's own memory


@dataclass(frozen=True)
class Repeats:
    """Arrays of one length, one entry a customer with at least one purchase day.

    n_repeats: purchase days after the first (x). last: time of the last of them since the first
    (t_x, 0 where n_repeats is 0). age: time since the first until now (T). Any unit of time, the
    same everywhere. log_gap_sum: sum of the logs of the gaps between purchase days; only models
    with a regularity above 1 use it.
    """

    n_repeats: np.ndarray
    last: np.ndarray
    age: np.ndarray
    log_gap_sum: np.ndarray

    def __post_init__(self) -> None:
        for name in ("n_repeats", "last", "age", "log_gap_sum"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), float))
        if len({array.shape for array in vars(self).values()}) > 1:
            raise ValueError("The four columns must have one length.")
        wrong = np.flatnonzero(
            ~(
                (self.n_repeats >= 0)
                & (self.last >= 0)
                & (self.last <= self.age)
                & ((self.last > 0) == (self.n_repeats > 0))
            )
        )
        if wrong.size:
            row = wrong[0]
            raise ValueError(
                f"Row {row} cannot be: n_repeats {self.n_repeats[row]:g},"
                f" last {self.last[row]:g}, age {self.age[row]:g}."
            )

    def __len__(self) -> int:
        return len(self.n_repeats)

    def taken(self, rows: np.ndarray | slice) -> Self:
        """Those customers only."""
        return self._alike(*(array[rows] for array in vars(self).values()))

    def scaled(self, unit: float) -> Self:
        """With times counted in `unit`s of the present unit."""
        log_gaps = self.log_gap_sum - self.n_repeats * np.log(unit)
        return self._alike(self.n_repeats, self.last / unit, self.age / unit, log_gaps)

    def _alike(self, *columns: np.ndarray) -> Self:
        """Customers who need no second look, because they come from these."""
        made = object.__new__(type(self))
        for name, column in zip(vars(self), columns, strict=True):
            object.__setattr__(made, name, column)
        return made


def counted(whole: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of whole numbers ≥ 0: which there are, how often, and of each its place among them."""
    numbers = whole.astype(np.int64)
    often = np.bincount(numbers)
    there = np.flatnonzero(often)
    places = np.zeros(len(often), np.int64)
    places[there] = np.arange(len(there))
    return there.astype(float), often[there], places[numbers]


def blocks(n_customers: int) -> Iterator[slice]:
    """Rows to be reckoned together, a block at a time: four times as fast as all at once."""
    for start in range(0, n_customers, BLOCK):
        yield slice(start, start + BLOCK)


def by_blocks(reckon: Callable[[Repeats], np.ndarray], repeats: Repeats) -> np.ndarray:
    """What `reckon` says of each customer."""
    if len(repeats) <= BLOCK:
        return reckon(repeats)
    return np.concatenate([reckon(repeats.taken(rows)) for rows in blocks(len(repeats))])
