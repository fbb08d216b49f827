"""Learned once a week: each day has one lesson, and it is made of nothing later than its day."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from customers.models import Sale
from segmentation.models import CustomerScore, ScoreRun
from segmentation.scoring.purchases import day_number
from segmentation.services import score_lessons, score_run
from segmentation.services.sale_facts import SaleRows
from segmentation.services.score_facts import read_facts
from segmentation.services.score_lessons import (
    LONGEST_DAYS,
    WEEK_DAYS,
    learning_day,
    own_number,
)
from segmentation.services.score_run import run
from tests.factories.customers import CustomerFactory, SaleFactory

SUNDAY = date(2026, 5, 31)
N_CUSTOMERS = 24
MADE_ANEW = {"id", "run_id"}
SAID = (
    "r", "f", "m", "stage", "layer", "churn_probability", "p_alive", "expected_purchases",
    "expected_spend_minor", "clv_minor", "next_due_on", "reason_points",
)  # fmt: skip


@pytest.fixture
def learned(monkeypatch) -> list[date]:
    """The days at which something was learned, in order; a few sales are many."""
    monkeypatch.setattr(score_lessons, "FEWEST_SALES", 20)
    days: list[date] = []
    scored = score_run._scored

    def watched(facts, as_of, rules, lesson):
        if lesson is None:
            days.append(as_of)
        return scored(facts, as_of, rules, lesson)

    monkeypatch.setattr(score_run, "_scored", watched)
    return days


@pytest.fixture
def monday(clinic) -> date:
    """A learning day of a clinic in which people come and stay away; its week lies in the past."""
    people_come()
    offset = (day_number(SUNDAY) + own_number(read_facts(SUNDAY).sales)) % LONGEST_DAYS
    return SUNDAY - timedelta(days=offset + LONGEST_DAYS)


def people_come() -> None:
    for place in range(N_CUSTOMERS):
        customer = CustomerFactory()
        for n in range(1 + place % 5):
            SaleFactory(
                customer=customer, on=SUNDAY - timedelta(days=60 + 9 * place + n * (50 + place)),
                net_minor=10_000 + 700 * place,
            )  # fmt: skip


def rows_of(made: ScoreRun) -> list[dict]:
    rows = CustomerScore.objects.filter(run=made).order_by("customer_id").values()
    return [{key: row[key] for key in row if key not in MADE_ANEW} for row in rows]


def later(day: date, n: int) -> date:
    return day + timedelta(days=n)


def test_the_days_after_speak_with_what_was_learned_on_the_day(monday, learned):
    first = run(as_of=monday)
    sell_something(later(monday, 3))
    rest = [run(as_of=later(monday, n)) for n in range(1, WEEK_DAYS)]
    again = run(as_of=later(monday, WEEK_DAYS))

    assert learned == [monday, later(monday, WEEK_DAYS)]
    assert {made.report["learned_on"] for made in rest} == {monday.isoformat()}
    assert [made.population["fit"] for made in rest] == [first.population["fit"]] * len(rest)
    assert again.report["learned_on"] == later(monday, WEEK_DAYS).isoformat()
    for name in score_lessons.TOLD:
        assert rest[-1].report[name] == first.report[name]


def sell_something(day: date) -> None:
    """So much that another lesson is worth its time."""
    for _ in range(3):
        SaleFactory(customer_id=Sale.objects.first().customer_id, on=day)


def test_weeks_in_which_little_was_sold_need_no_lesson_of_their_own(monday, learned):
    run(as_of=monday)

    rest = [run(as_of=later(monday, n)) for n in (WEEK_DAYS, LONGEST_DAYS - 1)]
    again = run(as_of=later(monday, LONGEST_DAYS))

    assert learned == [monday, later(monday, LONGEST_DAYS)]
    assert {made.report["learned_on"] for made in rest} == {monday.isoformat()}
    assert again.report["learned_on"] == later(monday, LONGEST_DAYS).isoformat()


def test_the_lesson_is_of_the_first_week_since_which_little_was_sold(monday, learned):
    sell_something(later(monday, 3))

    run(as_of=later(monday, LONGEST_DAYS - 1))

    assert learned == [later(monday, WEEK_DAYS)]


def test_a_day_has_the_same_bytes_whether_its_lesson_was_kept_or_not(monday, learned):
    run(as_of=monday)
    kept = rows_of(run(as_of=later(monday, 3)))
    ScoreRun.objects.all().delete()

    anew = run(as_of=later(monday, 3))

    assert learned == [monday, monday]
    assert {row["stage_since_on"] for row in rows_of(anew)} <= {later(monday, 3)} | {
        row["stage_since_on"] for row in kept
    }  # told by earlier runs, and those are gone
    assert without(rows_of(anew), "stage_since_on") == without(kept, "stage_since_on")


def without(rows: list[dict], name: str) -> list[dict]:
    return [{key: row[key] for key in row if key != name} for row in rows]


def test_sales_of_the_week_teach_nothing_before_it_is_over(monday, learned):
    before = run(as_of=monday).population
    for customer_id in set(Sale.objects.values_list("customer_id", flat=True)):
        SaleFactory(customer_id=customer_id, on=later(monday, 1), net_minor=99_000)
    ScoreRun.objects.all().delete()

    made = run(as_of=later(monday, 2))

    assert learned == [monday, monday]
    assert made.population["fit"] == before["fit"]
    assert made.population["churn"]["weights"] == before["churn"]["weights"]
    assert made.population["spend"] == before["spend"]
    assert made.population["rfm"] != before["rfm"]  # but they are counted at once


def test_a_large_import_of_earlier_days_is_learned_from_at_once(monday, learned):
    run(as_of=monday)
    customer = CustomerFactory()
    SaleFactory(customer=customer, on=later(monday, -30))

    made = run(as_of=later(monday, 1))

    assert learned == [monday, monday]
    assert made.report["n_learned_from"] == Sale.objects.count()


def test_other_rules_have_a_lesson_of_their_own(monday, learned):
    run(as_of=monday)
    run(as_of=later(monday, 1), horizon_days=90)

    assert learned == [monday, monday]


def test_a_clinic_with_a_short_past_learns_every_night(monday, learned, monkeypatch):
    monkeypatch.setattr(score_lessons, "FEWEST_SALES", 10_000)
    days = [later(monday, n) for n in range(3)]

    reports = [run(as_of=day).report for day in days]

    assert learned == days
    assert [report["learned_on"] for report in reports] == [day.isoformat() for day in days]


def sold(first: int, net_minor: int) -> SaleRows:
    """Sales of two days."""
    day, net = np.array([first + 9, first]), np.array([5, net_minor])
    none = np.zeros(2, np.int64)
    return SaleRows(none, day, net, none, none, none, np.ones(2, bool))


def test_every_night_has_its_share_of_the_clinics(clinic, monkeypatch):
    monkeypatch.setattr(score_lessons, "FEWEST_SALES", 0)
    monkeypatch.setattr(score_lessons, "_sold_on", lambda after, until: {})

    days = Counter(
        learning_day(sold(17_000, 10_000 * place), SUNDAY)[0] for place in range(28 * 100)
    )

    assert days.keys() == {later(SUNDAY, -n) for n in range(LONGEST_DAYS)}
    assert max(days.values()) < 150


def test_the_same_past_is_scored_alike_in_another_clinic_that_has_no_later_days(
    monday, learned, other_clinic, in_clinic
):
    on = later(monday, 3)
    sell_something(later(on, 1))
    here = said_of(run(as_of=on))
    with in_clinic(other_clinic):
        people_come()
        there = said_of(run(as_of=on))

    assert there == here
    assert learned == [monday, monday]


def said_of(made: ScoreRun) -> list[tuple]:
    """Of those who have bought: others are known in one of the clinics only."""
    rows = CustomerScore.objects.filter(run=made).exclude(stage="potential")
    return list(rows.order_by("customer_id").values_list(*SAID))
