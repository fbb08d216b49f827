"""The scoring run: what it reads, writes, and what a reader sees of it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from segmentation.models import CustomerScore, ScoreRun
from segmentation.services import score_run
from segmentation.services.score_run import ScoreRefused, run
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory

AS_OF = date(2026, 5, 31)
FIELDS = (
    "customer_id", "recency_days", "frequency", "monetary_minor", "r", "f", "m", "stage",
    "stage_since_on", "churn_probability", "expected_interval_days", "next_due_on",
    "first_purchase_on", "last_purchase_on",
)  # fmt: skip


def rows_of(made: ScoreRun) -> list[tuple]:
    return list(CustomerScore.objects.filter(run=made).order_by("customer_id").values_list(*FIELDS))


def score_of(customer, made: ScoreRun) -> CustomerScore:
    return CustomerScore.objects.get(run=made, customer=customer)


def buy(customer, *days_ago: int, net_minor: int = 10_000, as_of: date = AS_OF) -> list:
    return [
        SaleFactory(customer=customer, on=as_of - timedelta(days=n), net_minor=net_minor)
        for n in days_ago
    ]


def refund(sale, on: date):
    return SaleFactory(
        kind="refund", refund_of=sale, customer=sale.customer, on=on, counts_on=sale.counts_on,
        net_minor=-sale.net_minor,
    )  # fmt: skip


def test_run_gives_every_known_customer_one_row(clinic):
    visitor = CustomerFactory()
    regular = CustomerFactory()
    buy(regular, 10, 100, 200, 300)

    made = run(as_of=AS_OF)

    assert [row[0] for row in rows_of(made)] == [visitor.pk, regular.pk]
    score = score_of(regular, made)
    assert (score.recency_days, score.frequency, score.monetary_minor) == (10, 4, 40_000)
    assert (score.stage, score.r) == ("loyal", 1)
    assert score.first_purchase_on == AS_OF - timedelta(days=300)
    assert score.last_purchase_on == AS_OF - timedelta(days=10)
    assert 0 < score.churn_probability < 1
    assert made.n_customers == made.report["n_rows"] == 2
    assert made.report["stages"]["potential"] == made.report["stages"]["loyal"] == 1
    assert made.is_current


def test_customer_without_purchase_is_potential_and_has_no_scores(clinic):
    visitor = CustomerFactory(known_since_on=date(2026, 5, 3))

    score = score_of(visitor, run(as_of=AS_OF))

    assert (score.stage, score.stage_since_on) == ("potential", date(2026, 5, 3))
    assert (score.recency_days, score.r, score.churn_probability) == (None, None, None)
    assert (score.frequency, score.monetary_minor, score.next_due_on) == (0, 0, None)


def test_clinic_without_customers_gets_an_empty_run(clinic):
    made = run(as_of=AS_OF)

    assert (made.n_customers, made.is_current, rows_of(made)) == (0, True, [])


def test_facts_after_the_day_change_nothing(clinic):
    regular = CustomerFactory()
    sale, *_ = buy(regular, 10, 100)
    before = rows_of(run(as_of=AS_OF))

    CustomerFactory(known_since_on=AS_OF + timedelta(days=1))
    buy(regular, -1)
    refund(sale, AS_OF + timedelta(days=1))
    again = run(as_of=AS_OF)

    assert rows_of(again) == before


def test_refund_by_the_day_takes_back_the_purchase_day(clinic):
    regular = CustomerFactory()
    sale, _older = buy(regular, 10, 100)
    refund(sale, AS_OF)

    score = score_of(regular, run(as_of=AS_OF))

    assert (score.frequency, score.monetary_minor, score.recency_days) == (1, 10_000, 100)


def test_customer_who_bought_before_becoming_known_is_scored(clinic):
    early = CustomerFactory(known_since_on=AS_OF + timedelta(days=5))
    buy(early, 3)

    assert score_of(early, run(as_of=AS_OF)).stage == "new"


def test_catalogue_interval_moves_the_due_day(clinic):
    slow, unlisted, regular = CustomerFactory(), CustomerFactory(), CustomerFactory()
    buy(regular, 0, 60, 120)  # gives the clinic a habit of its own
    treatment = TreatmentFactory(interval_days=400)
    (sale,) = buy(slow, 10)
    buy(unlisted, 10)
    sale.lines.create(line_no=1, treatment=treatment, net_minor=10_000)

    made = run(as_of=AS_OF)

    assert score_of(slow, made).next_due_on > score_of(unlisted, made).next_due_on


def test_same_day_again_gives_the_same_rows_and_replaces_the_version(clinic):
    buy(CustomerFactory(), 10, 60, 200)
    CustomerFactory()
    first = run(as_of=AS_OF)
    first_rows = rows_of(first)

    second = run(as_of=AS_OF)

    first.refresh_from_db()
    assert rows_of(second) == first_rows
    assert (second.version, second.is_current, first.is_current) == (2, True, False)


def test_older_day_never_replaces_a_newer_one(clinic):
    buy(CustomerFactory(), 10)
    newer = run(as_of=AS_OF)

    older = run(as_of=AS_OF - timedelta(days=30))

    newer.refresh_from_db()
    assert (newer.is_current, older.is_current) == (True, False)


def test_stage_keeps_its_day_while_it_lasts(clinic):
    regular = CustomerFactory()
    buy(regular, 20, 120)
    run(as_of=AS_OF - timedelta(days=10))
    later = run(as_of=AS_OF)
    assert score_of(regular, later).stage == "active"
    assert score_of(regular, later).stage_since_on == AS_OF - timedelta(days=10)

    long_after = run(as_of=AS_OF + timedelta(days=150))

    score = score_of(regular, long_after)
    assert (score.stage, score.stage_since_on) == ("dormant", AS_OF + timedelta(days=150))


def test_stage_new_began_with_the_only_purchase(clinic):
    newcomer = CustomerFactory()
    buy(newcomer, 12)

    assert score_of(newcomer, run(as_of=AS_OF)).stage_since_on == AS_OF - timedelta(days=12)


def test_windows_of_the_call_win_over_the_clinic(clinic):
    regular = CustomerFactory()
    buy(regular, 10, 900)

    narrow, wide = run(as_of=AS_OF), run(as_of=AS_OF, rfm_window_days=None, horizon_days=90)

    assert score_of(regular, narrow).frequency == 1
    assert score_of(regular, wide).frequency == 2
    assert wide.rules["rfm_window_days"] is None
    assert wide.rules["churn"]["horizon_days"] == 90


@pytest.mark.parametrize(
    "asked", [{"as_of": date(2999, 1, 1)}, {"horizon_days": 0}, {"rfm_window_days": -3}]
)
def test_impossible_day_or_window_is_refused(clinic, asked):
    with pytest.raises(ScoreRefused):
        run(**{"as_of": AS_OF} | asked)

    assert not ScoreRun.objects.exists()


def test_run_that_dies_leaves_the_last_one_in_place(clinic, monkeypatch):
    buy(CustomerFactory(), 10)
    first = run(as_of=AS_OF)

    def die_after_writing(*args):
        write(*args)
        raise IntegrityError("the machine went away")

    write = score_run.write_scores
    monkeypatch.setattr(score_run, "write_scores", die_after_writing)
    with pytest.raises(IntegrityError):
        run(as_of=AS_OF + timedelta(days=1))

    assert list(ScoreRun.objects.all()) == [first]
    assert ScoreRun.objects.get(is_current=True) == first
    assert CustomerScore.objects.count() == 1


def test_run_reads_and_writes_one_clinic_only(clinic, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        buy(CustomerFactory(), 5)
        theirs = run(as_of=AS_OF)
    mine = CustomerFactory()
    buy(mine, 10)

    made = run(as_of=AS_OF)

    assert [row[0] for row in rows_of(made)] == [mine.pk]
    with in_clinic(other_clinic):
        theirs.refresh_from_db()
        assert theirs.is_current
