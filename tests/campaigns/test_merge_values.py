"""What a message may say of treatments that are due and of points about to end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.queries.merge_values import merge_values
from loyalty.services.adjustment import adjust
from segmentation.models import CustomerScore, ScoreRun
from tests.factories.customers import CustomerFactory, TreatmentFactory
from tests.factories.loyalty import AccountFactory, make_programme

MAY_1 = date(2026, 5, 1)
POINTS = ["points", "points_expiring", "points_expire_on"]


def values_of(customer, fields, clinic, on=MAY_1):
    return merge_values([customer.pk], fields=fields, clinic=clinic, on=on)[customer.pk]


def scored(customer, due_on, treatment):
    now = datetime(2026, 5, 1, tzinfo=UTC)
    run = ScoreRun.objects.create(as_of=MAY_1, is_current=True, started_at=now, finished_at=now)
    CustomerScore.objects.create(
        run=run, customer=customer, stage="active", stage_since_on=MAY_1, next_due_on=due_on,
        next_due_treatment=treatment,
    )  # fmt: skip


def test_the_treatment_that_is_due_and_its_day_in_the_customers_language(clinic):
    customer = CustomerFactory(language="zh-hans")
    scored(customer, date(2026, 5, 12), TreatmentFactory(name="补水护理"))

    said = values_of(customer, ["due_treatment", "due_on"], clinic)

    assert (said["due_treatment"], said["due_on"]) == ("补水护理", "2026年5月12日")


def test_a_day_that_has_passed_is_not_named(clinic):
    customer = CustomerFactory()
    scored(customer, MAY_1 - timedelta(days=1), TreatmentFactory(name="Peel"))

    said = values_of(customer, ["due_treatment", "due_on"], clinic)

    assert said["due_treatment"] == "Peel"
    assert "due_on" not in said


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 5, 1), (300, "June 8, 2026")),  # the last day they can be spent
        (date(2026, 4, 1), None),  # more than sixty days ahead
        (date(2026, 6, 9), (50, "June 28, 2026")),  # the first have ended
    ],
)
def test_points_about_to_end_are_those_of_the_next_day_that_ends_some(clinic, on, expected):
    make_programme(expires_after=100)
    account = AccountFactory(customer=CustomerFactory(language="en"))
    for points, given_on in ((300, date(2026, 3, 1)), (50, date(2026, 3, 21))):
        adjust(
            account=account, points=points, on=given_on, reason="gift", idempotency_key=f"{points}"
        )

    said = values_of(account.customer, POINTS, clinic, on)

    told = (said.get("points_expiring"), said.get("points_expire_on"))
    assert told == (expected or (None, None))


def test_the_number_of_questions_does_not_grow(clinic, django_assert_num_queries):
    make_programme()
    fields = [*POINTS, "due_treatment", "due_on", "last_treatment", "tier"]
    for n in (1, 3):
        people = [AccountFactory().customer.pk for _ in range(n)]
        with django_assert_num_queries(9):
            merge_values(people, fields=fields, clinic=clinic, on=MAY_1)
