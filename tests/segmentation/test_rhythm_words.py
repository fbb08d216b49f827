"""How often somebody comes: told as a habit only where their own purchase days show one."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from customers.queries.purchase_days import Spend
from segmentation.models import CustomerScore
from segmentation.rhythm_words import rhythm_text
from segmentation.scoring.reasons import REASONS
from segmentation.services.score_run import run
from segmentation.why import explain
from tests.factories.customers import CustomerFactory, SaleFactory

AS_OF = date(2026, 5, 31)


def spend(n_days: int, span: int) -> Spend:
    return Spend(1_000, n_days, AS_OF - timedelta(days=span), AS_OF)


@pytest.mark.parametrize(
    ("n_days", "span", "expected", "text"),
    [
        (1, 0, 90.0, "Bought on one day so far. Going by"),
        (2, 1, 47.2, "Bought on two days so far, 1 day apart: not a habit yet. Going by"),
        (2, 90, 90.0, "Bought on two days so far, 90 days apart: not a habit yet. Going by"),
        (3, 4, 35.0, "Bought on 3 days so far, 2 days apart on average: too few to go by alone."),
        (3, 2, 35.0, "Bought on 3 days so far, 1 day apart on average: too few to go by alone."),
        (3, 170, 88.0, "Usually comes every 88 days."),
    ],
)
def test_a_habit_needs_three_purchase_days_that_bear_it_out(n_days, span, expected, text):
    said = rhythm_text(spend(n_days, span), expected)

    assert said.startswith(text)
    assert str(round(expected)) in said


def test_nothing_is_said_of_who_never_bought():
    assert rhythm_text(Spend(0, 0, None, None), 90.0) == ""
    assert rhythm_text(spend(1, 0), None) == ""


def test_two_days_a_day_apart_are_told_as_they_are(clinic, client_as):
    for place in range(40):
        customer = CustomerFactory()
        for days_ago in range(20 + 9 * (place % 30), 700, 60):
            SaleFactory(customer=customer, on=AS_OF - timedelta(days=days_ago), net_minor=5_000)
    twice = CustomerFactory()
    for days_ago in (300, 299):
        SaleFactory(customer=twice, on=AS_OF - timedelta(days=days_ago), net_minor=5_000)

    run(as_of=AS_OF)

    score = CustomerScore.objects.select_related("run").get(customer=twice)
    assert 25 < score.expected_interval_days < 70
    score.reason_points[REASONS.index("habit")] = 2_000
    texts = {why.kind: why.text for why in explain(score, AS_OF, currency="CNY").reasons}
    assert texts["habit"] == "Bought on two days only, 1 day apart"
    page = client_as("staff").get(f"/customers/{twice.pk}/").content.decode()
    assert "Bought on two days so far, 1 day apart: not a habit yet." in page
    assert "Usually comes" not in page
    with translation.override("zh-hans"):
        said = rhythm_text(spend(2, 1), 47.2)
    assert said.startswith("至今只有两天有过消费，相隔 1 天，还谈不上规律。参照") and "47" in said
