"""Clinics that no textbook has: nobody in them, one customer, all alike, absurd figures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segmentation.scoring.purchases import PurchaseDays
from segmentation.scoring.score import score

AS_OF = 20_000


@dataclass(frozen=True)
class Edge:
    """said: by whom churn was forecast and how well the data held the lifetime model."""

    name: str
    n_customers: int
    said: str
    is_sound: bool


def edges() -> Iterator[Edge]:
    for name, n_customers, rows in _clinics():
        columns = np.array(rows, np.int64).reshape(-1, 3)
        given = PurchaseDays(columns[:, 0], AS_OF - columns[:, 1], columns[:, 2])
        scores = score(given, n_customers=n_customers, as_of=AS_OF)
        known = scores.churn_probability[~np.isnan(scores.churn_probability)]
        sound = bool(((known >= 0) & (known <= 1)).all())
        fit = scores.outlook.fit
        rhythm = "no rhythm to be told" if fit is None else str(fit.shape)
        leans = ", leaning on the shipped assumptions" if scores.outlook.needed_prior else ""
        tested = "not tested: too little data" if scores.churn.auc is None else "tested"
        said = f"{scores.churn_model}; {rhythm}{leans}; {tested}"
        yield Edge(name, n_customers, said, sound)


def _clinics() -> Iterator[tuple[str, int, list[tuple[int, int, int]]]]:
    """(name, customers, rows of customer, days before the day asked, net)."""
    yield "nobody", 0, []
    yield "nobody has bought", 50, []
    yield "one customer, one purchase", 1, [(0, 10, 100)]
    yield "three customers", 3, [(0, 10, 100), (1, 400, 100), (2, 30, 50), (2, 60, 50)]
    alike = [(c, day, 100) for c in range(300) for day in range(10, 900, 30)]
    yield "everybody every 30 days", 300, alike
    yield "nobody came twice", 300, [(c, 3 * c, 100) for c in range(300)]
    yield "everybody left years ago", 300, [(c, 3_000 + c, 100) for c in range(300)]
    yield "one customer every day", 1, [(0, day, 1) for day in range(2_000)]
    huge = [(c, 40 * c + d, 10**14) for c in range(40) for d in (0, 90)]
    yield "absurd amounts", 40, huge
    yield "every purchase taken back", 20, [(c, 50, -100) for c in range(20)]
