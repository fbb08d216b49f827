"""Everybody enrolled is somewhere; read-outs speak of those who were enrolled."""

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics import invariants as of_analytics
from analytics.models import Experiment
from analytics.services.read_outs import measure
from campaigns import invariants as of_campaigns
from campaigns.models import Step
from tests.factories.campaigns import EnrolmentFactory, MessageFactory

NOW = datetime(2026, 5, 1, 5, tzinfo=UTC)


def test_an_audience_that_adds_up_is_sound(campaign, enrol):
    for state in ("queued", "failed"):
        MessageFactory(enrolment=enrol("treated"), state=state)
    MessageFactory(enrolment=enrol("treated"), state="sent", sent_at=NOW)
    MessageFactory(enrolment=enrol("treated"), state="skipped", skip_reason="no_consent")
    EnrolmentFactory(campaign=campaign, arm="treated", step=2, due_at=NOW + timedelta(days=3))
    EnrolmentFactory(campaign=campaign, arm="treated", left_reason="returned")
    enrol("holdout")

    assert of_campaigns.violations() == []


def test_somebody_who_is_nowhere_is_found(campaign, enrol):
    lost = enrol("treated")

    assert of_campaigns.violations() == [
        f"enrolment {lost.pk}: treated, and neither written to, nor left out, nor waiting",
        f"campaign {campaign.pk}: its treated are more than its customers in messages, calls and"
        " waits",
    ]


def test_a_journey_that_waits_first_may_end_without_a_word(campaign, enrol):
    Step.objects.create(campaign=campaign, number=1, kind="wait", wait_days=7)
    enrol("treated")

    assert of_campaigns.violations() == []


def test_a_message_of_no_step_is_found(campaign, enrol):
    Step.objects.create(campaign=campaign, number=2, kind="message", channel="email")
    stray = MessageFactory(enrolment=enrol("treated"), step=1)

    assert of_campaigns.violations() == [
        f"message {stray.pk}: its step is none of its campaign's messages"
    ]


@pytest.mark.parametrize("arm", ["treated", "holdout"])
def test_a_final_read_out_of_other_people_is_found(campaign, enrol, arm):
    MessageFactory(enrolment=enrol("treated"), state="sent", sent_at=NOW)
    enrol("holdout")
    read_out = measure(campaign, date(2026, 8, 1))
    assert of_analytics.violations() == []

    EnrolmentFactory(campaign=campaign, arm=arm, enrolled_on=date(2026, 5, 1))

    assert of_analytics.violations() == [
        f"read-out {read_out.pk}: treated and held out are not those enrolled by its day"
    ]


def test_an_experiment_whose_arms_do_not_add_up_is_found(clinic):
    one = Experiment.objects.create(
        name="x", file_name="x.csv", digest="0" * 64, n_read=9, n_used=9, imported_at=NOW,
        result={"arms": [{"n": 4}, {"n": 4}]},
    )  # fmt: skip

    assert of_analytics.violations() == [
        f"experiment {one.pk}: its arms are not all the rows it used"
    ]
