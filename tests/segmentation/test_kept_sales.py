"""Sales kept for the next score: whatever is written afterwards, what is read is what is there."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from customers.models import FeedMark, Sale, SaleLine
from segmentation.models import CustomerScore, KeptSales, ScoreRun
from segmentation.services import kept_sales
from segmentation.services.score_facts import read_facts
from segmentation.services.score_run import run
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory
from tests.factories.tenancy import MembershipFactory
from tests.segmentation.test_score_reading import told

KEPT_ON = date(2026, 5, 10)
AS_OF = date(2026, 5, 31)


@pytest.fixture
def sold(clinic, monkeypatch) -> list[Sale]:
    """Sales of some weeks, the last to come, of several customers, written long ago."""
    monkeypatch.setattr(kept_sales, "FEWEST", 1)
    monkeypatch.setattr(kept_sales, "MOST_CHANGED", 1.0)
    treatment, adviser = TreatmentFactory(interval_days=60), MembershipFactory()
    people, sales = [CustomerFactory() for _ in range(4)], []
    for n in range(16):
        sale = SaleFactory(
            customer=people[n % 4], on=KEPT_ON + timedelta(days=12 - 30 * n), net_minor=900 + n,
            gross_minor=1_000 + n, discount_minor=100, consultant=adviser if n % 3 else None,
        )  # fmt: skip
        sale.lines.create(line_no=1, treatment=treatment, net_minor=900, cost_minor=200 + n)
        sales.append(sale)
    FeedMark.objects.update(change_no=1)
    return sales


def sell(sales: list[Sale]) -> None:
    new = SaleFactory(customer=sales[0].customer, on=AS_OF, net_minor=5_000)
    new.lines.create(line_no=1, treatment=sales[0].lines.get().treatment, net_minor=1, cost_minor=7)


def sell_long_ago(sales: list[Sale]) -> None:
    SaleFactory(customer=CustomerFactory(), on=KEPT_ON - timedelta(days=99), net_minor=77)


def refund(sales: list[Sale]) -> None:
    sale = sales[5]
    SaleFactory(
        kind="refund", refund_of=sale, customer=sale.customer, on=AS_OF, counts_on=sale.counts_on,
        net_minor=-sale.net_minor,
    )  # fmt: skip


def take_back(sales: list[Sale]) -> None:
    sales[3].delete()


def correct(sales: list[Sale]) -> None:
    Sale.objects.filter(pk=sales[4].pk).update(
        net_minor=4, gross_minor=4, discount_minor=0, consultant=None
    )


def move(sales: list[Sale]) -> None:
    Sale.objects.filter(pk=sales[6].pk).update(
        occurred_on=KEPT_ON - timedelta(days=3), counts_on=KEPT_ON - timedelta(days=3)
    )


def move_to_another_day_to_come(sales: list[Sale]) -> None:
    Sale.objects.filter(pk=sales[7].pk).update(occurred_on=AS_OF + timedelta(days=1))


def merge(sales: list[Sale]) -> None:
    Sale.objects.filter(customer=sales[1].customer).update(customer=sales[2].customer)


def name_another_treatment(sales: list[Sale]) -> None:
    SaleLine.objects.filter(sale=sales[8]).update(treatment=TreatmentFactory(interval_days=33))


def learn_a_cost(sales: list[Sale]) -> None:
    SaleLine.objects.filter(sale=sales[2]).update(cost_minor=800)


def drop_a_line(sales: list[Sale]) -> None:
    sales[9].lines.all().delete()


def nothing(_sales: list[Sale]) -> None:
    pass


CHANGES = [
    sell, sell_long_ago, refund, take_back, correct, move, move_to_another_day_to_come, merge,
    name_another_treatment, learn_a_cost, drop_a_line, nothing,
]  # fmt: skip


def keep() -> None:
    unkept = read_facts(KEPT_ON).unkept
    assert unkept is not None
    kept_sales.keep_sold(unkept, KEPT_ON)
    # Here all is one transaction; what was written before counts as written by another.
    KeptSales.objects.update(seen_below=2)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_is_read_is_what_is_there(sold, change: Callable[[list[Sale]], None]):
    keep()
    change(sold)

    facts = read_facts(AS_OF)

    KeptSales.objects.all().delete()
    whole = read_facts(AS_OF)
    assert facts.unkept is None
    assert told(facts) == told(whole)
    assert facts.unkept is None and whole.unkept is not None


def test_everything_together_scores_to_the_same_bytes(sold):
    keep()
    for change in CHANGES:
        change(sold)

    kept = rows_of(run(as_of=AS_OF))
    KeptSales.objects.all().delete()
    ScoreRun.objects.all().delete()

    assert rows_of(run(as_of=AS_OF)) == kept


def rows_of(made: ScoreRun) -> list[dict]:
    rows = CustomerScore.objects.filter(run=made).order_by("customer_id").values()
    return [{name: row[name] for name in row if name not in {"id", "run_id"}} for row in rows]


def test_a_run_keeps_what_it_read_whole_and_the_next_reads_what_changed(sold, monkeypatch):
    run(as_of=KEPT_ON)
    KeptSales.objects.update(seen_below=2)
    asked = []
    newer = kept_sales.read_newer_sales
    monkeypatch.setattr(
        kept_sales, "read_newer_sales", lambda *given: asked.append(given) or newer(*given)
    )

    correct(sold)
    run(as_of=AS_OF)

    ((_as_of, known_on, changed),) = asked
    assert (known_on, changed.tolist()) == (KEPT_ON, [sold[4].pk])
    assert KeptSales.objects.get().known_on == KEPT_ON  # it is enough still


def test_after_many_changes_all_are_read_and_kept_anew(sold, monkeypatch):
    monkeypatch.setattr(kept_sales, "MOST_CHANGED", 0.05)
    run(as_of=KEPT_ON)
    KeptSales.objects.update(seen_below=2)
    correct(sold)

    run(as_of=AS_OF)

    assert KeptSales.objects.get().known_on == AS_OF


def test_an_earlier_day_is_read_from_the_tables_and_keeps_nothing(sold):
    run(as_of=AS_OF)
    run(as_of=KEPT_ON)

    assert KeptSales.objects.get().known_on == AS_OF


def test_numbers_of_another_database_say_nothing(sold):
    keep()
    KeptSales.objects.update(database_id=1)

    assert read_facts(AS_OF).unkept is not None


def test_few_sales_are_not_kept(sold, monkeypatch):
    monkeypatch.setattr(kept_sales, "FEWEST", 17)

    run(as_of=AS_OF)

    assert not KeptSales.objects.exists()
