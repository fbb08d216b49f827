"""Small clinics to score."""

import numpy as np
from hypothesis import strategies as st

from segmentation.scoring.churn_prior import simulate_purchases
from segmentation.scoring.purchases import PurchaseDays

AS_OF = 20_000


def purchases(rows) -> PurchaseDays:
    """Rows of (customer row, days before AS_OF, net in minor units)."""
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return PurchaseDays(columns[:, 0], AS_OF - columns[:, 1], columns[:, 2])


def reordered(given: PurchaseDays, order: np.ndarray) -> PurchaseDays:
    return PurchaseDays(given.customer_row[order], given.day[order], given.net_minor[order])


def simulated(n_customers: int, seed: int = 7) -> PurchaseDays:
    return simulate_purchases(np.random.default_rng(seed), n_customers)


@st.composite
def small_clinics(draw, most_customers=12, most_rows=60):
    """(n_customers, purchases) with ties, money back, facts after AS_OF and customers with none."""
    n_customers = draw(st.integers(0, most_customers))
    if not n_customers:
        return 0, purchases([])
    row = st.tuples(
        st.integers(0, n_customers - 1), st.integers(-100, 1500), st.integers(-300, 900)
    )
    return n_customers, purchases(draw(st.lists(row, max_size=most_rows)))
