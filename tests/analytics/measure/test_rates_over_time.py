from datetime import date

import numpy as np
import pytest

from analytics.measure.rates_over_time import repurchase_rate, retention_rate
from segmentation.scoring.purchases import PurchaseDays

MAY = {"first_on": date(2026, 5, 1), "last_on": date(2026, 5, 31)}
# customer, local day, net in minor units
ROWS = [
    (0, "2026-05-01", 100),
    (0, "2026-05-31", 100),
    (1, "2026-05-10", 100),
    (1, "2026-05-10", 900),  # a second sale on one day is one purchase day
    (2, "2026-04-01", 100),
    (2, "2026-05-20", 100),
    (2, "2026-06-01", 100),
    (3, "2026-03-31", 100),  # the 31 days before May begin here
    (4, "2026-03-30", 100),
    (5, "2026-05-05", 100),
    (5, "2026-05-06", -100),  # money back is no purchase day
]


def purchases(rows) -> PurchaseDays:
    customer, day, net = zip(*rows, strict=True)
    return PurchaseDays(np.array(customer), np.array(day, "datetime64[D]"), np.array(net))


def test_repurchase_rate_counts_customers_with_two_purchase_days():
    rate = repurchase_rate(purchases(ROWS), n_customers=7, **MAY)

    assert (rate.n_hits, rate.n, rate.rate) == (1, 4, 0.25)


def test_retention_rate_looks_at_the_period_before():
    rate = retention_rate(purchases(ROWS), n_customers=7, **MAY)

    assert (rate.n_hits, rate.n, rate.rate) == (1, 2, 0.5)


@pytest.mark.parametrize("measure", [repurchase_rate, retention_rate])
def test_rates_do_not_depend_on_the_order_of_rows(measure):
    rows = np.random.default_rng(3).permutation(len(ROWS))

    assert measure(purchases([ROWS[i] for i in rows]), n_customers=7, **MAY) == measure(
        purchases(ROWS), n_customers=7, **MAY
    )


@pytest.mark.parametrize("measure", [repurchase_rate, retention_rate])
def test_rates_of_an_empty_period_are_unknown(measure):
    rate = measure(
        purchases(ROWS), n_customers=7, first_on=date(2020, 1, 1), last_on=date(2020, 1, 31)
    )

    assert (rate.n, rate.rate) == (0, None)


def test_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends"):
        repurchase_rate(
            purchases(ROWS), n_customers=7, first_on=date(2026, 5, 2), last_on=date(2026, 5, 1)
        )
