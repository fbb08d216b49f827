from datetime import date

import numpy as np
import pytest

from segmentation.scoring.purchases import PurchaseDays, order_history

from .clinics import AS_OF, purchases


def test_day_is_read_as_number_or_date():
    number = PurchaseDays([0], np.array([20_000], np.int32), [5])
    calendar = PurchaseDays([0], np.array(["2024-10-04"], "datetime64[D]"), [5])

    assert number.day.tolist() == calendar.day.tolist()
    assert order_history(calendar, n_customers=1, as_of=date(2024, 10, 4)).n_days.tolist() == [1]
    assert order_history(calendar, n_customers=1, as_of=date(2024, 10, 3)).n_days.tolist() == [0]


def test_rows_of_one_day_are_one_purchase_day():
    history = order_history(
        purchases([(1, 5, 100), (0, 9, 10), (1, 5, 50), (1, 7, 1)]), n_customers=3, as_of=AS_OF
    )

    assert history.n_days.tolist() == [1, 2, 0]
    assert history.net_minor.tolist() == [10, 1, 150]
    assert (AS_OF - history.day).tolist() == [9, 7, 5]


def test_day_paid_back_is_no_purchase_day():
    history = order_history(
        purchases([(0, 5, 100), (0, 5, -100), (0, 9, 10)]), n_customers=1, as_of=AS_OF
    )

    assert history.n_days.tolist() == [1]


def test_standing_looks_at_nothing_later():
    history = order_history(
        purchases([(0, 30, 1), (0, 20, 1), (0, 5, 1), (1, 5, 1)]), n_customers=2, as_of=AS_OF
    )

    then = history.standing(AS_OF - 10)

    assert then.n_days.tolist() == [2, 0]
    assert AS_OF - then.last_day[0] == 20
    assert then.gap_square_sum.tolist() == [100, 0]
    assert history.standing(AS_OF).gap_square_sum.tolist() == [100 + 225, 0]


def test_history_of_some_customers_is_the_same_for_them():
    rows = [(0, 3, 1), (1, 5, 7), (1, 2, 1), (2, 9, 4), (2, 8, -4), (3, 1, 1)]
    whole = order_history(purchases(rows), n_customers=4, as_of=AS_OF)

    some = whole.only(np.array([False, True, True, False]))

    assert some.n_days.tolist() == [2, 1]
    assert some.net_minor_since(None).tolist() == [8, 0]
    assert some.standing(AS_OF).gap_square_sum.tolist() == [9, 0]


@pytest.mark.parametrize("row", [-1, 2])
def test_customer_outside_the_clinic_is_refused_by_row(row):
    with pytest.raises(ValueError, match=r"customer_row: row 1 is -?\d, outside 0 … 1"):
        order_history(purchases([(0, 1, 1), (row, 1, 1)]), n_customers=2, as_of=AS_OF)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([0, 1], [1], [1]), "one length"),
        (([0.5], [1], [1]), "customer_row: needs one column of whole numbers"),
        (([0], [1], ["5"]), "net_minor: needs one column of whole numbers"),
        (([0], np.array(["NaT"], "datetime64[D]"), [1]), "day: row 0 is not a calendar day"),
        (([0], [2**40], [1]), "day: row 0 is not a calendar day"),
    ],
)
def test_unreadable_columns_are_refused_by_name(columns, message):
    with pytest.raises(ValueError, match=message):
        PurchaseDays(*columns)
