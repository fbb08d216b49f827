"""Why a customer may stay away: read from the records, kept with the score, told in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from customers.models import SaleLine
from customers.services.interactions import InteractionRecord, record_interactions
from customers.services.timeline import Event, record_events
from segmentation.models import CustomerScore
from segmentation.next_step import risk_of
from segmentation.scoring.reasons import REASONS
from segmentation.scoring.signals import (
    COMPLAINT,
    DISCOUNT,
    KINDS,
    MISSED,
    NEW_CONSULTANT,
    SURVEY,
    TREATMENT,
)
from segmentation.services.score_facts import read_facts
from segmentation.services.score_run import run
from segmentation.why import explain
from tests.factories.customers import (
    AppointmentFactory,
    CustomerFactory,
    IdentityFactory,
    SaleFactory,
    TreatmentFactory,
)
from tests.factories.tenancy import MembershipFactory

AS_OF = date(2026, 5, 31)
TODAY = AS_OF + timedelta(days=1)


def at(days_ago: int) -> datetime:
    return datetime(2026, 5, 31, 12, tzinfo=UTC) - timedelta(days=days_ago)


def complain(customer, days_ago: int) -> None:
    IdentityFactory(source="desk", external_id=f"c{customer.pk}", customer=customer)
    record = InteractionRecord(
        f"complaint:{customer.pk}",
        customer_external_id=f"c{customer.pk}",
        kind="complaint",
        channel="desk",
        direction="in",
        occurred_at=at(days_ago),
    )
    (outcome,) = record_interactions(source="desk", records=[record], at=timezone.now())
    assert outcome.state == "created"


def answer(customer, days_ago: int, csat: object) -> None:
    event = Event(
        kind="feedback.given",
        customer_id=customer.pk,
        occurred_at=at(days_ago),
        source_key=f"survey:{customer.pk}:{days_ago}",
        payload={"csat": csat},
    )
    record_events([event], at=timezone.now())


def fill(n: int) -> None:
    """Customers who come every 60 days, and some who stopped."""
    for place in range(n):
        customer = CustomerFactory()
        for days_ago in range(20 + 9 * (place % 30), 700, 60):
            SaleFactory(customer=customer, on=AS_OF - timedelta(days=days_ago), net_minor=5_000)


def newest(trail, place: int):
    known, day, value = trail.newest((AS_OF - date(1970, 1, 1)).days)
    ago = (AS_OF - date(1970, 1, 1)).days - int(day[place])
    return (ago, float(value[place])) if known[place] else None


def test_what_was_said_missed_and_given_is_read_with_its_day(clinic):
    filler = TreatmentFactory(interval_days=100)
    one, other = MembershipFactory(role="staff"), MembershipFactory(role="staff")
    customer, quiet = CustomerFactory(), CustomerFactory()
    SaleFactory(customer=customer, on=AS_OF - timedelta(days=90), consultant=one)
    sale = SaleFactory(
        customer=customer, on=AS_OF - timedelta(days=30), consultant=other,
        gross_minor=20_000, discount_minor=5_000, net_minor=15_000,
    )  # fmt: skip
    SaleLine.objects.create(sale=sale, line_no=1, treatment=filler, net_minor=15_000)
    AppointmentFactory(customer=customer, starts_at=at(5), status="no_show")
    AppointmentFactory(customer=customer, starts_at=at(4), status="attended")
    complain(customer, 20)
    answer(customer, 25, 2)
    answer(customer, 24, "much")  # nobody knows what that is
    answer(customer, -3, 5)  # not known yet

    facts = read_facts(AS_OF)

    place = list(facts.customer_id).index(customer.pk)
    found = {kind: newest(facts.signals[kind], place) for kind in KINDS}
    assert found == {
        SURVEY: (25, 2), COMPLAINT: (20, 1), MISSED: (5, 1), DISCOUNT: (30, 0.25),
        NEW_CONSULTANT: (30, 1), TREATMENT: (30, 100),
    }  # fmt: skip
    silent = list(facts.customer_id).index(quiet.pk)
    assert all(newest(facts.signals[kind], silent) is None for kind in KINDS)


@pytest.fixture
def upset(clinic):
    fill(60)
    customer = CustomerFactory()
    for days_ago in (430, 330, 230):
        SaleFactory(customer=customer, on=AS_OF - timedelta(days=days_ago), net_minor=5_000)
    complain(customer, 200)
    answer(customer, 225, 2)
    run(as_of=AS_OF)
    return CustomerScore.objects.select_related("run", "next_due_treatment").get(customer=customer)


def test_reasons_add_up_to_the_probability_and_are_told_in_words(upset):
    why = explain(upset, TODAY, currency="CNY")

    total = why.base + why.rest + sum(reason.points for reason in why.reasons)
    assert total == pytest.approx(upset.churn_probability, abs=1e-6)
    texts = {reason.kind: reason.text for reason in why.reasons}
    assert texts["complaint"] == "Complained and has not bought since"
    assert texts["survey"] == "Last survey 2 of 5"
    assert "days past the usual" in texts["wait"]
    assert risk_of(upset, TODAY, "CNY").reason == why.against[0].text


def test_reasons_are_told_in_chinese_too(upset):
    with translation.override("zh-hans"):
        texts = {
            reason.kind: reason.text for reason in explain(upset, TODAY, currency="CNY").reasons
        }

    assert texts["complaint"] == "投诉后未再消费"
    assert texts["survey"] == "最近一次满意度 2 分（满分 5 分）"


def test_low_risk_keeps_no_reasons(upset):
    calm = CustomerScore.objects.filter(run=upset.run, churn_probability__lt=0.3)
    tense = CustomerScore.objects.filter(run=upset.run, churn_probability__gte=0.3)

    assert calm.exists()
    assert not calm.filter(reason_points__isnull=False).exists()
    assert not tense.filter(reason_points__isnull=True).exists()


def test_profile_warns_of_a_complaint_until_the_customer_buys_again(upset, client_as):
    client = client_as("staff")
    page = client.get(f"/customers/{upset.customer_id}/").content.decode()
    assert "Settle it before anything is offered" in page
    assert "Complained and has not bought since" in page

    SaleFactory(customer=upset.customer, on=AS_OF, net_minor=5_000)
    assert "Settle it before" not in client.get(f"/customers/{upset.customer_id}/").content.decode()


def test_an_overdue_habit_is_told_though_another_treatment_is_far_ahead(upset):
    """Waiting that speaks against coming back is never told as time that is left."""
    upset.reason_points[REASONS.index("wait")] = 2_000
    upset.next_due_treatment = TreatmentFactory(name="Lift", interval_days=400)
    upset.next_due_on = TODAY + timedelta(days=174)

    texts = {why.kind: why.text for why in explain(upset, TODAY, currency="CNY").against}

    assert "days past the usual" in texts["wait"]
    assert "Lift" not in texts["wait"]


def test_waiting_within_the_usual_time_is_told_as_it_is(upset):
    upset.reason_points[REASONS.index("wait")] = 2_000
    upset.expected_interval_days, upset.next_due_on = 400.0, TODAY + timedelta(days=150)

    texts = {why.kind: why.text for why in explain(upset, TODAY, currency="CNY").against}

    assert texts["wait"] == "Last bought 231 days ago"


def test_being_late_is_never_told_as_a_reason_to_come_back(upset):
    """The typical customer of a clinic may be later still."""
    upset.reason_points[REASONS.index("wait")] = -2_500

    texts = {why.kind: why.text for why in explain(upset, TODAY, currency="CNY").reasons}

    assert texts["wait"] == "Last bought 231 days ago, later than the typical customer here"
