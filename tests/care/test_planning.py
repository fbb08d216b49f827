"""Who is put on the staff's list, and who is not."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from care.models import Task
from care.services.planning import plan_calls
from care.services.tasks import complete_task
from customers.models import AdverseEvent, ContactPoint, Customer
from customers.services.adverse_events import note_event
from segmentation.models import CustomerScore
from tenancy.scope import clinic_scope
from tests.care.factories import TODAY, at_risk, open_call
from tests.factories.customers import ConsentFactory
from tests.factories.tenancy import BranchFactory, ClinicFactory, MembershipFactory

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai


def called() -> list[str]:
    return list(Task.objects.order_by("-priority").values_list("customer__name", flat=True))


def test_those_at_risk_are_called_most_at_stake_first(clinic):
    at_risk(name="small", spend=1_000)
    at_risk(name="large", spend=900_000)
    at_risk(name="dormant, unsure", churn=0.2, spend=50_000)
    at_risk(name="active, likely", stage="active", churn=0.5, spend=50_000)

    assert plan_calls(TODAY) == 4

    assert called() == ["large", "active, likely", "dormant, unsure", "small"]
    task = Task.objects.get(customer__name="large")
    assert (task.intent, task.due_on, task.priority) == ("at_risk", TODAY, 720_000.0)
    assert task.reason == {
        "last_purchase_on": "2025-12-23",
        "expected_interval_days": 90,
        "churn_probability": 0.8,
        "monetary_minor": 900_000,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"stage": "churned", "churn": 0.9},
        {"stage": "active", "churn": 0.49},
        {"stage": "potential", "churn": None},
        {"phone": False},
    ],
)
def test_others_are_left_alone(clinic, fields):
    at_risk(**fields)

    assert plan_calls(TODAY) == 0


def test_a_phone_that_does_not_work_is_none(clinic):
    at_risk()
    ContactPoint.objects.update(is_valid=False)

    assert plan_calls(TODAY) == 0


@pytest.mark.parametrize(("n_given_again", "n_calls"), [(0, 0), (1, 1)])
def test_who_took_back_the_consent_to_calls_is_not_called(clinic, n_given_again, n_calls):
    customer = at_risk()
    ConsentFactory(
        customer=customer, channel="phone", given_at=NOW - timedelta(days=9), withdrawn_at=NOW
    )
    for _again in range(n_given_again):
        ConsentFactory(customer=customer, channel="phone", given_at=NOW)

    assert plan_calls(TODAY) == n_calls


def test_who_died_is_not_called_and_leaves_the_list(clinic):
    at_risk(name="alive")
    gone = at_risk(name="gone")
    assert plan_calls(TODAY) == 2

    Customer.objects.filter(pk=gone.pk).update(died_on=TODAY)
    plan_calls(TODAY)

    assert called() == ["alive"]


def test_who_is_harmed_is_not_called_until_it_is_over(clinic, staff):
    event = note_event(
        customer=at_risk(), treatment=None, happened_on=TODAY, words="w", follower=staff,
        by=staff, at=NOW,
    )  # fmt: skip

    assert plan_calls(TODAY) == 0
    AdverseEvent.objects.filter(pk=event.pk).update(closed_at=NOW, closed_by=staff)
    assert plan_calls(TODAY) == 1


def test_planning_twice_opens_nothing_more(clinic):
    at_risk()

    assert (plan_calls(TODAY), plan_calls(TODAY)) == (1, 0)


@pytest.mark.parametrize(("days", "n_calls"), [(0, 0), (29, 0), (31, 1)])
def test_a_call_made_rests_for_thirty_days(clinic, owner, days, n_calls):
    complete_task(open_call(), "no_answer", by=owner, at=NOW)

    assert plan_calls(TODAY + timedelta(days=days)) == n_calls


def test_each_consultant_and_branch_has_a_days_work_and_no_more(clinic, staff):
    north, south = BranchFactory(name="north"), BranchFactory(name="south")
    for spend in (10_000, 30_000, 20_000):
        at_risk(spend=spend, home_branch=north, consultant=staff)
        at_risk(spend=spend, home_branch=north)
        at_risk(spend=spend, home_branch=south)

    assert plan_calls(TODAY, calls_a_day=2) == 6
    assert plan_calls(TODAY, calls_a_day=2) == 0

    mine = Task.objects.filter(assigned_to=staff)
    assert sorted(mine.values_list("priority", flat=True)) == [16_000.0, 24_000.0]
    assert Task.objects.filter(customer__home_branch=south).count() == 2


def test_what_is_done_today_counts_towards_the_days_work(clinic, owner):
    for _number in range(3):
        at_risk()
    plan_calls(TODAY, calls_a_day=2)
    complete_task(Task.objects.first(), "reached", by=owner, at=NOW)

    assert plan_calls(TODAY, calls_a_day=2) == 0
    assert plan_calls(TODAY + timedelta(days=1), calls_a_day=2) == 1


def test_who_is_no_longer_at_risk_leaves_the_list(clinic):
    back, still = at_risk(name="back"), at_risk(name="still")
    plan_calls(TODAY)
    CustomerScore.objects.filter(customer=back).update(stage="active", churn_probability=0.1)

    plan_calls(TODAY)

    assert called() == [still.name]


def test_open_calls_follow_new_scores_and_the_new_consultant(clinic, staff):
    customer = at_risk(spend=10_000)
    plan_calls(TODAY)
    CustomerScore.objects.update(churn_probability=0.5)
    customer.consultant = staff
    customer.save()

    plan_calls(TODAY)

    task = Task.objects.get()
    assert (task.priority, task.reason["churn_probability"], task.assigned_to) == (
        5_000.0, 0.5, staff,
    )  # fmt: skip


def test_planning_leaves_other_intents_and_clinics_alone(clinic, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        at_risk(name="theirs")
    follow_up = open_call(at_risk(stage="active", churn=0.0), intent="campaign:12")

    assert plan_calls(TODAY) == 0

    assert list(Task.objects.all()) == [follow_up]
    with in_clinic(other_clinic):
        assert not Task.objects.exists()


def test_two_plannings_at_once_open_each_call_once(transactional_db):
    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        MembershipFactory()
        for _number in range(4):
            at_risk()
    barrier, opened = threading.Barrier(2), []

    def work() -> None:
        try:
            barrier.wait(timeout=10)
            with clinic_scope(clinic.pk):
                opened.append(plan_calls(TODAY, calls_a_day=3))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert sorted(opened) == [0, 3]
