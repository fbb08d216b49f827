"""A demo clinic's history is told in two parts: each row once, and none before its day."""

from datetime import timedelta

import numpy as np
import pytest

from clinic_crm.demo.told import told_by
from clinic_crm.simulator import respond
from tests.simulator.conftest import UNTIL

ON = UNTIL - timedelta(days=45)


@pytest.fixture(scope="module")
def superseded(world) -> np.ndarray:
    rows = np.arange(0, len(world.customers), 2)
    return respond(world, customer_rows=rows, offer="discount_20", on=ON).superseded_sales


def test_both_parts_together_tell_every_row_once(world, superseded):
    first = told_by(world, ON)
    second = told_by(world, UNTIL, leave_out=superseded).but_not(first)
    for table, n_told in [("sales", first.sales.astype(int) + second.sales),
                          ("refunds", first.refunds.astype(int) + second.refunds)]:  # fmt: skip
        assert n_told.max() == 1, table
    every = np.ones(len(world.sales.external_id), dtype=bool)
    every[superseded] = False
    assert np.array_equal(first.sales | second.sales, every)


def test_the_first_part_knows_nothing_of_later_days(world):
    first = told_by(world, ON)
    assert world.sales.occurred_at[first.sales].astype("datetime64[D]").max() <= np.datetime64(ON)
    assert world.appointments.booked_on[first.appointments].max() <= np.datetime64(ON)


def test_appointments_of_superseded_sales_are_not_told(world, superseded):
    gone = world.sales.appointment[superseded]
    told = told_by(world, UNTIL, leave_out=superseded)
    assert (gone >= 0).any()
    assert not told.appointments[gone[gone >= 0]].any()
