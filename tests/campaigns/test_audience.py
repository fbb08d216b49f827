"""Freezing an audience: arms by the stable hash, and sums that always add up."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from campaigns.arms import assign
from campaigns.exceptions import CampaignRefused, WrongState
from campaigns.models import Campaign, Enrolment, Message
from campaigns.queries.progress import progress_of
from campaigns.services import audience, draft, expansion, freezing, launch
from tenancy.models import AuditEntry
from tests.factories.campaigns import (
    AudienceFactory,
    CampaignFactory,
    EnrolmentFactory,
    MessageFactory,
    SuppressionFactory,
)
from tests.factories.customers import ConsentFactory, ContactPointFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def plan(segment, **changes) -> draft.Plan:
    fields = {
        "name": "Spring recall",
        "segment": segment,
        "subject": "Hello",
        "body": "See you soon",
        "holdout_percent": 10,
    }
    return draft.Plan(**(fields | changes))


def freeze(clinic, **fields) -> Campaign:
    campaign = CampaignFactory(state="launching", **fields)
    freezing.freeze(campaign=campaign, clinic=clinic, at=NOON)
    return campaign


def test_arms_in_the_database_are_those_of_the_pure_function(clinic):
    customers = [CustomerFactory() for _ in range(60)]
    campaign = freeze(clinic, holdout_rate=0.3)

    ids = np.array([customer.pk for customer in customers])
    expected = set(ids[assign(f"campaign:{campaign.pk}", ids, 0.3)].tolist())
    held_out = campaign.enrolments.filter(arm="holdout").values_list("customer_id", flat=True)
    assert set(held_out) == expected
    assert 0 < len(expected) < 60


def test_enrolled_is_treated_and_holdout_and_treated_is_the_sum_of_all_states(clinic, reachable):
    for n in range(20):
        reachable(f"Customer {n}")
    for _ in range(5):
        CustomerFactory()
    campaign = freeze(clinic, holdout_rate=0.4)

    so_far = progress_of(campaign)

    assert so_far.n_enrolled == 25
    assert so_far.n_treated == sum(so_far.n_by_state.values())
    assert so_far.n_holdout == 25 - so_far.n_treated > 0
    assert not Message.objects.exclude(enrolment__arm="treated").exists()


def test_freezing_twice_changes_nothing(clinic, reachable):
    reachable()
    campaign = freeze(clinic)
    before = list(campaign.messages.values_list("reference"))

    freezing.freeze(campaign=campaign, clinic=clinic, at=NOON)

    assert list(campaign.messages.values_list("reference")) == before
    assert campaign.enrolments.count() == 1


def test_a_family_with_one_address_gets_one_message_for_who_said_yes(clinic, reachable):
    silent = CustomerFactory(name="Father")
    ContactPointFactory(customer=silent, value="Family@mail.example")
    consenting = reachable("Mother", email="family@mail.example")
    campaign = freeze(clinic)

    rows = campaign.messages.order_by("customer_id").values_list("customer", "state", "skip_reason")

    assert list(rows) == [
        (silent.pk, "skipped", "shared_address"),
        (consenting.pk, "queued", ""),
    ]


def test_primary_valid_address_is_the_one_written_to(clinic):
    customer = CustomerFactory()
    ContactPointFactory(customer=customer, value="old@mail.example", is_primary=False)
    ContactPointFactory(customer=customer, value="dead@mail.example", is_valid=False)
    campaign = freeze(clinic)

    assert campaign.messages.get().address == "old@mail.example"


def test_a_campaign_of_one_branch_leaves_the_others_alone(clinic):
    here, there = BranchFactory(), BranchFactory()
    mine = CustomerFactory(home_branch=here)
    CustomerFactory(home_branch=there)
    campaign = freeze(clinic, branch=here)

    assert list(campaign.enrolments.values_list("customer_id", flat=True)) == [mine.pk]


def test_customers_of_another_clinic_are_never_enrolled(clinic, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        CustomerFactory()
    mine = CustomerFactory()
    campaign = freeze(clinic)

    assert list(Enrolment.objects.values_list("customer_id", flat=True)) == [mine.pk]
    assert campaign.messages.get().customer_id == mine.pk


def test_forecast_says_every_reason_and_adds_up(clinic, reachable):
    for n in range(3):
        reachable(f"Customer {n}")
    CustomerFactory()
    no_consent = CustomerFactory()
    ContactPointFactory(customer=no_consent)
    gone = reachable("Gone", email="gone@mail.example")
    SuppressionFactory(address="gone@mail.example")
    twin = CustomerFactory()
    ContactPointFactory(customer=twin, value=gone.contact_points.get().value)
    ConsentFactory(customer=twin)
    campaign = CampaignFactory()

    forecast = audience.foresee(campaign=campaign, clinic=clinic, at=NOON)

    assert (forecast.n_audience, forecast.n_holdout, forecast.n_to_send) == (7, 0, 3)
    assert dict(forecast.left_out) == {
        "no_address": 1, "no_consent": 1, "suppressed": 1, "shared_address": 1,
    }  # fmt: skip
    assert forecast.n_treated == forecast.n_to_send + forecast.n_left_out


def test_forecast_asks_the_same_number_of_queries_for_any_size(
    clinic, reachable, django_assert_max_num_queries
):
    for n in range(30):
        reachable(f"Customer {n}")
    campaign = CampaignFactory(body="{{ last_treatment | default: 'x' }} {{ points }} {{ tier }}")

    with django_assert_max_num_queries(28):
        forecast = audience.foresee(campaign=campaign, clinic=clinic, at=NOON)

    assert dict(forecast.left_out) == {"empty_field": 30}


def test_an_empty_audience_is_refused(clinic, manager):
    campaign = CampaignFactory()

    with pytest.raises(CampaignRefused) as refused:
        launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)

    assert refused.value.field == "segment"
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_everybody_held_out_is_refused(clinic, manager, reachable):
    campaign = CampaignFactory(holdout_rate=0.9, no_holdout_reason="")
    customer = reachable()
    while not assign(audience.campaign_key(campaign), np.array([customer.pk]), 0.9)[0]:
        customer.delete()
        customer = reachable()

    with pytest.raises(CampaignRefused) as refused:
        launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)

    assert refused.value.field == "holdout_percent"


def test_confirming_launches_once_and_is_audited(clinic, manager, reachable, run_tasks, inbox):
    reachable()
    campaign = CampaignFactory()

    launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)
    with pytest.raises(WrongState):
        launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)

    assert (
        AuditEntry.objects.filter(action="campaign.launched", subject_id=campaign.pk).count() == 1
    )


def test_a_segment_that_emptied_before_launch_becomes_a_draft_again(clinic):
    campaign = CampaignFactory(state="launching")

    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=NOON)

    campaign.refresh_from_db()
    assert campaign.state == "draft"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"holdout_percent": 0}, "no_holdout_reason"),
        ({"holdout_percent": 91}, "holdout_percent"),
        ({"outcome_window_days": 0}, "outcome_window_days"),
        ({"body": "{{ nick }}"}, "body"),
        ({"subject": ""}, "subject"),
    ],
)
def test_a_draft_keeps_the_rules(clinic, manager, change, field):
    with pytest.raises(CampaignRefused) as refused:
        draft.save_draft(plan=plan(AudienceFactory(), **change), by=manager)

    assert refused.value.field == field
    assert not Campaign.objects.exists()


def test_no_holdout_keeps_its_reason(clinic, manager):
    made = draft.save_draft(
        plan=plan(AudienceFactory(), holdout_percent=0, no_holdout_reason="a legal notice"),
        by=manager,
    )

    assert (made.holdout_rate, made.no_holdout_reason) == (0, "a legal notice")


def test_a_launched_campaign_cannot_be_changed(clinic, manager):
    campaign = CampaignFactory(state="running")

    with pytest.raises(WrongState):
        draft.save_draft(plan=plan(campaign.segment), by=manager, campaign=campaign)


def trips(constraint: str):
    return pytest.raises(IntegrityError, match=constraint)


def test_the_database_refuses_a_message_to_a_holdout(clinic):
    held_out = EnrolmentFactory(arm="holdout")

    with trips("message_arm_is_its_enrolments"), transaction.atomic():
        MessageFactory(enrolment=held_out, arm="treated")
    with trips("message_never_to_holdout"), transaction.atomic():
        MessageFactory(enrolment=held_out, arm="holdout")


def test_the_database_refuses_to_hold_out_who_has_a_message(clinic):
    message = MessageFactory()

    with trips("message_arm_is_its_enrolments"), transaction.atomic():
        Enrolment.objects.filter(pk=message.enrolment_id).update(arm="holdout")


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("message_skipped_says_why", {"state": "skipped", "skip_reason": ""}),
        ("message_skipped_says_why", {"state": "queued", "skip_reason": "minor"}),
        ("message_state_fits_times", {"state": "sending"}),
        ("message_state_fits_times", {"state": "sent"}),
        ("message_state_fits_times", {"state": "unknown"}),
        ("message_has_address_or_is_skipped", {"address": ""}),
    ],
)
def test_message_constraints(clinic, constraint, changes):
    with trips(constraint), transaction.atomic():
        MessageFactory(**changes)


def test_one_intent_one_message(clinic):
    first = MessageFactory(address="a@mail.example")
    second = EnrolmentFactory(campaign=first.campaign)

    with trips("message_one_an_intent"), transaction.atomic():
        MessageFactory(enrolment=second, address="a@mail.example")
    with trips("message_one_an_enrolment"), transaction.atomic():
        MessageFactory(enrolment=first.enrolment)
    with trips("message_reference_once"), transaction.atomic():
        MessageFactory(enrolment=second, reference=first.reference)


def test_other_constraints(clinic):
    enrolment = EnrolmentFactory()
    with trips("enrolment_once"), transaction.atomic():
        EnrolmentFactory(campaign=enrolment.campaign, customer=enrolment.customer)
    with trips("enrolment_arm_known"), transaction.atomic():
        EnrolmentFactory(arm="both")
    with trips("campaign_holdout_is_rate"), transaction.atomic():
        CampaignFactory(holdout_rate=0.95)
    with trips("campaign_without_holdout_says_why"), transaction.atomic():
        CampaignFactory(state="running", no_holdout_reason="")
    SuppressionFactory(address="a@mail.example")
    with trips("suppression_once"), transaction.atomic():
        SuppressionFactory(address="a@mail.example")
    assert not connection.needs_rollback


def test_of_a_large_audience_some_are_looked_at_and_all_are_counted(clinic, reachable, monkeypatch):
    for n in range(40):
        reachable(f"Customer {n}")
    for _ in range(40):
        CustomerFactory()
    campaign = CampaignFactory(holdout_rate=0.2)
    exact = audience.foresee(campaign=campaign, clinic=clinic, at=NOON)
    monkeypatch.setattr(audience, "FULL_LOOK", 30)

    reckoned = audience.foresee(campaign=campaign, clinic=clinic, at=NOON)

    assert not exact.is_reckoned
    assert reckoned.is_reckoned
    assert 10 <= reckoned.n_looked_at <= 50
    counted = (exact.n_audience, exact.n_treated, exact.n_holdout)
    assert (reckoned.n_audience, reckoned.n_treated, reckoned.n_holdout) == counted
    assert abs(reckoned.n_to_send - exact.n_to_send) <= 20
