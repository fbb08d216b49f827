"""Sales and lines as columns, against the same reckoned row by row."""

from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from segmentation.scoring.purchases import day_number
from segmentation.services.line_facts import CostRows, LineRows
from segmentation.services.sale_facts import SaleRows

AS_OF = date(2026, 5, 31)
TODAY = day_number(AS_OF)
N_CUSTOMERS = 6


def lines_of(seed: int, n: int) -> LineRows:
    chance = np.random.default_rng(seed)
    treatment = chance.integers(-1, 5, n)
    intervals = np.array([0, 90, 180, 30, 0, 0])  # the last place stands for none
    return LineRows(
        customer_id=chance.integers(0, N_CUSTOMERS, n),
        day=TODAY - chance.integers(0, 900, n) // 30 * 30,
        treatment_id=treatment,
        is_sale=chance.random(n) < 0.9,
        interval_days=intervals[treatment],
        course_length=np.ones(n, np.int64),
    )


def rows_of(lines: LineRows):
    return list(zip(*(column.tolist() for column in vars(lines).values()), strict=True))


@pytest.mark.parametrize(("seed", "n"), [(1, 0), (2, 1), (3, 400)])
def test_treatment_days_are_those_of_each_customer_and_treatment(seed, n):
    lines = lines_of(seed, n)
    days = defaultdict(list)
    for customer, day, treatment, is_sale, interval, _course in rows_of(lines):
        if is_sale and interval:
            days[customer, treatment].append(day)

    found = lines.treatment_days(lines.customer_id)

    seen = zip(
        found.customer_row.tolist(), found.treatment.tolist(), found.day[found.start[:-1]].tolist(),
        found.last_day.tolist(), found.n_days.tolist(), found.n_lines.tolist(), strict=True,
    )  # fmt: skip
    assert sorted(seen) == sorted(
        (*pair, min(on), max(on), len(set(on)), len(on)) for pair, on in days.items()
    )


@pytest.mark.parametrize(("seed", "n"), [(1, 0), (3, 400)])
def test_what_wears_off_is_told_once_a_day_with_the_shortest_interval(seed, n):
    lines = lines_of(seed, n)
    shortest: dict = {}
    for customer, day, _treatment, is_sale, interval, _course in rows_of(lines):
        if is_sale and interval:
            shortest[customer, day] = min(interval, shortest.get((customer, day), interval))

    customer, day, interval = lines.wearing_off(lines.customer_id)

    found = dict(zip(zip(customer.tolist(), day.tolist(), strict=True), interval, strict=True))
    assert len(found) == len(customer)
    assert found == shortest


def test_goods_and_the_margin_they_leave():
    costs = CostRows(np.array([0, 2, 0]), np.array([100, 300, -20]), np.array([30, 70, -5]))

    goods = costs.goods(costs.customer_id, n_customers=3)

    assert goods.last_year_minor.tolist() == [25, 0, 70]
    assert goods.margin_rate == 0.75


def sales_of(*rows) -> SaleRows:
    """Rows of (customer, day, gross, discount, consultant, seconds, is_sale)."""
    customer, day, gross, off, consultant, seconds, is_sale = np.array(rows, np.int64).T
    return SaleRows(customer, day, gross - off, off, consultant, seconds, is_sale == 1)


def test_discount_is_the_share_of_the_whole_day():
    sales = sales_of((0, 5, 100, 0, 1, 1, 1), (0, 5, 300, 100, 1, 2, 1), (1, 5, 80, 0, 1, 3, 1),
                     (1, 6, 90, 90, 1, 4, 0))  # fmt: skip

    assert [column.tolist() for column in sales.discounts(sales.customer_id)] == [[0], [5], [0.25]]


def test_consultants_follow_the_clock_not_the_order_of_rows():
    sales = sales_of((0, 9, 1, 0, 7, 900, 1), (0, 5, 1, 0, 4, 500, 1), (0, 7, 1, 0, 4, 700, 1),
                     (0, 8, 1, 0, -1, 800, 1), (1, 5, 1, 0, 9, 100, 1))  # fmt: skip

    row, day, _one = sales.new_consultants(sales.customer_id)

    assert (row.tolist(), day.tolist()) == ([0], [9])
