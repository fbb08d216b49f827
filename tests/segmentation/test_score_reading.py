"""Columns as strings of bytes; a large clinic piece by piece; the newest of every signal."""

from datetime import date, timedelta

import numpy as np
import pytest

from segmentation.scoring.purchases import day_number
from segmentation.scoring.signals import KINDS
from segmentation.services import line_facts, sale_facts
from segmentation.services.copy_columns import read_packed
from segmentation.services.score_facts import UNTOLD, Facts, read_facts
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory
from tests.factories.tenancy import MembershipFactory

AS_OF = date(2026, 5, 31)


def test_columns_come_as_they_are(clinic):
    query = """SELECT * FROM (VALUES (1, DATE '1969-12-31', true), (-(2^62)::bigint, DATE
        '9999-12-31', false)) AS listed (number, day, is_so)"""

    number, day, is_so = read_packed(query, [], ("bigint", "date", "boolean"))

    assert number.tolist() == [1, -(2**62)]
    assert day.tolist() == [-1, day_number(date(9999, 12, 31))]
    assert is_so.tolist() == [1, 0]


def test_no_row_is_an_empty_column(clinic):
    found = read_packed("SELECT 1, 2 WHERE false", [], ("bigint", "bigint?"))

    assert [column.tolist() for column in found] == [[], []]


def test_numbers_put_together_come_apart(clinic):
    query = """SELECT id, CASE WHEN id > 1 THEN int8send(-id) || date_send(DATE '1970-01-01' + id)
        END FROM generate_series(1, 3) AS id"""

    number, less, day = read_packed(query, [], ("bigint", ("bigint", "date")))

    assert (number.tolist(), less.tolist(), day.tolist()) == ([1, 2, 3], [-2, -3], [2, 3])


def test_a_null_is_refused_or_left_out_as_the_column_says(clinic):
    query = "SELECT id, nullif(id, 2) FROM generate_series(1, 3) AS id"

    assert read_packed(query, [], ("bigint", "bigint?"))[1].tolist() == [1, 3]
    with pytest.raises(ValueError, match="NULL"):
        read_packed(query, [], ("bigint", "bigint"))


@pytest.fixture
def customers(clinic) -> list:
    """People with sales, lines, discounts, consultants and refunds on several days."""
    chance = np.random.default_rng(5)
    listed = [TreatmentFactory(interval_days=days) for days in (60, 90, 200)]
    advisers = [None, MembershipFactory(), MembershipFactory()]
    people = [CustomerFactory() for _ in range(7)]
    for person in people[:-1]:
        for days_ago in chance.choice(900, 6, replace=False).tolist():
            off = int(chance.integers(1, 30)) * 100
            sale = SaleFactory(
                customer=person, on=AS_OF - timedelta(days=days_ago), net_minor=10_000 - off,
                gross_minor=10_000, discount_minor=off, consultant=advisers[chance.integers(3)],
            )  # fmt: skip
            for number in range(chance.integers(1, 3)):
                sale.lines.create(
                    line_no=number, treatment=listed[chance.integers(3)], net_minor=4_500,
                    cost_minor=800,
                )  # fmt: skip
    SaleFactory(
        kind="refund", refund_of=sale, customer=sale.customer, on=AS_OF, counts_on=sale.counts_on,
        net_minor=-sale.net_minor,
    )  # fmt: skip
    return people


def told(facts: Facts) -> dict[str, list]:
    """Whatever order the rows came in."""
    bought, treated = facts.purchases, facts.treatments
    signals = facts.signals
    return {
        "customers": facts.customer_id.tolist(),
        "purchases": sorted(
            zip(*(column.tolist() for column in vars(bought).values()), strict=True)
        ),
        "treatments": [column.tolist() for column in vars(treated).values()],
        "goods": [facts.goods.last_year_minor.tolist(), facts.goods.margin_rate],
        "signals": [[column.tolist() for column in vars(signals[kind]).values()] for kind in KINDS],
    }


def test_a_large_clinic_is_read_in_pieces_that_make_the_whole(customers, monkeypatch):
    whole = told(read_facts(AS_OF))
    monkeypatch.setattr(sale_facts, "CUSTOMERS_AT_ONCE", 2)
    monkeypatch.setattr(line_facts, "SALES_AT_ONCE", 5)

    assert told(read_facts(AS_OF)) == whole
    assert len(whole["purchases"]) == 37


def test_costs_are_those_of_the_last_year_that_were_known_by_then(clinic):
    buyer, other = CustomerFactory(), CustomerFactory()
    for customer, days_ago, net, cost in (
        (buyer, 364, 1_000, 300), (buyer, 365, 1_000, 900), (other, 1, 500, None), (other, -1, 9, 9)
    ):  # fmt: skip
        sale = SaleFactory(customer=customer, on=AS_OF - timedelta(days=days_ago), net_minor=net)
        sale.lines.create(line_no=1, treatment=None, net_minor=net, cost_minor=cost)

    facts = read_facts(AS_OF)

    costs = dict(zip(facts.customer_id.tolist(), facts.goods.last_year_minor.tolist(), strict=True))
    assert costs == {buyer.pk: 300, other.pk: 0}
    assert facts.goods.margin_rate == 0.7


def test_the_newest_of_every_signal_is_what_all_of_them_say_on_the_day(customers):
    facts = read_facts(AS_OF)
    today = day_number(AS_OF)

    for kind in KINDS:
        known, day, value = facts.signals[kind].newest(today)
        newest = facts.newest_signals[kind].newest(today)
        assert newest[0].tolist() == known.tolist()
        assert newest[1][known].tolist() == day[known].tolist()
        assert newest[2][known].tolist() == value[known].tolist()
    assert facts.signals["discount"].newest(today)[0].sum() == len(customers) - 1


def test_who_buys_before_becoming_known_is_known_since_no_day(clinic):
    known = CustomerFactory(known_since_on=AS_OF)
    early = CustomerFactory(known_since_on=AS_OF + timedelta(days=5))
    SaleFactory(customer=early, on=AS_OF)

    facts = read_facts(AS_OF)

    assert facts.customer_id.tolist() == [known.pk, early.pk]
    assert facts.known_since.tolist() == [day_number(AS_OF), UNTOLD]
