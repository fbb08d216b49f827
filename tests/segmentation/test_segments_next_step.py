"""What the profile suggests: the first reason that applies, said in plain words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers.models import SaleLine
from customers.queries import profile_of, visible_customers, with_profile
from segmentation.models import CustomerScore, ScoreRun
from segmentation.next_step import next_step, risk_of
from tests.factories.customers import (
    AppointmentFactory,
    ConsentFactory,
    ContactPointFactory,
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)

TODAY = date(2026, 5, 1)


def profile(customer, clinic):
    read = with_profile(visible_customers(None), clinic=clinic, until=TODAY).get(pk=customer.pk)
    return profile_of(read, clinic=clinic, today=TODAY, in_clear=True)


def bought(customer, treatment, on: date) -> None:
    sale = SaleFactory(customer=customer, on=on)
    SaleLine.objects.create(sale=sale, line_no=1, treatment=treatment, net_minor=sale.net_minor)


def score(customer, stage: str, **fields) -> CustomerScore:
    run = ScoreRun.objects.create(as_of=TODAY, started_at=datetime(2026, 5, 1, tzinfo=UTC))
    return CustomerScore.objects.create(
        run=run, customer=customer, stage=stage, stage_since_on=TODAY, **fields
    )


def test_due_day_is_the_last_purchase_plus_the_catalogues_interval(clinic):
    customer, filler = CustomerFactory(), TreatmentFactory(name="Filler", interval_days=100)
    bought(customer, filler, TODAY - timedelta(days=300))
    bought(customer, filler, TODAY - timedelta(days=90))
    bought(customer, TreatmentFactory(name="Once", interval_days=None), TODAY)

    due = profile(customer, clinic).due
    assert [(one.name, one.due_on) for one in due] == [("Filler", TODAY + timedelta(days=10))]


@pytest.mark.parametrize(
    ("days_ago", "text", "why"),
    [
        (90, "Offer an appointment before it wears off.", "Filler is due in 10 days."),
        (99, "Offer an appointment before it wears off.", "Filler is due in 1 day."),
        (130, "Offer an appointment now.", "Filler was due 30 days ago."),
        (10, "Nothing to do now.", "Not scored yet: the next nightly run tells more."),
    ],
)
def test_a_due_treatment_comes_first(clinic, days_ago, text, why):
    customer = CustomerFactory()
    filler = TreatmentFactory(name="Filler", interval_days=100)
    bought(customer, filler, TODAY - timedelta(days=days_ago))

    step = next_step(profile(customer, clinic), None)
    assert (step.text, step.why) == (text, why)


def test_an_appointment_goes_before_everything(clinic):
    customer = CustomerFactory()
    filler = TreatmentFactory(name="Filler", interval_days=100)
    bought(customer, filler, TODAY - timedelta(days=130))
    AppointmentFactory(
        customer=customer, treatment=filler, starts_at=datetime(2026, 5, 3, tzinfo=UTC)
    )

    assert next_step(profile(customer, clinic), None).text == "Confirm the appointment."


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        ("potential", "Invite to a consultation."),
        ("dormant", "Call with a reason to come back."),
        ("churned", "Call and ask why the visits stopped."),
        ("active", "Nothing to do now."),
    ],
)
def test_stage_decides_where_nothing_is_due(clinic, stage, text):
    customer = CustomerFactory()
    assert next_step(profile(customer, clinic), score(customer, stage)).text == text


def test_first_reason_of_the_risk_counts_days_past_the_usual_interval(clinic):
    habits = {"expected_interval_days": 100, "churn_probability": 0.6}
    late = score(CustomerFactory(), "dormant", last_purchase_on=date(2026, 1, 1), **habits)
    late_risk = risk_of(late, TODAY)
    assert (late_risk.reason, late_risk.tone) == ("20 days past the usual 100", "act")

    late.last_purchase_on = date(2026, 4, 1)
    assert risk_of(late, TODAY).reason == "70 days left of the usual 100"


def test_ways_to_reach_need_both_consent_and_an_address(clinic):
    customer = CustomerFactory()
    ConsentFactory(customer=customer, channel="email")
    ConsentFactory(customer=customer, channel="phone")
    ConsentFactory(customer=customer, channel="email", purpose="care")
    ContactPointFactory(customer=customer, kind="phone", value="+8613800134321")

    step = next_step(profile(customer, clinic), None)
    assert step.how == "Agreed to be reached by phone."
