"""Answering a call."""

from datetime import UTC, datetime, timedelta

import pytest

from care.models import Task
from care.services import tasks
from care.services.tasks import OutcomeUnknown, complete_task, postpone_task
from customers.models import CustomerEvent
from tests.care.factories import TODAY, open_call
from tests.factories.customers import CustomerFactory
from tests.factories.tenancy import MembershipFactory

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


def test_answer_is_written_and_told_on_the_timeline(clinic, staff):
    task = open_call()

    assert complete_task(task, "booked", " on Friday ", by=staff, at=NOW)

    task.refresh_from_db()
    assert (task.outcome, task.outcome_note) == ("booked", "on Friday")
    assert (task.done_by, task.done_at) == (staff, NOW)
    event = CustomerEvent.objects.get()
    assert (event.kind, event.customer, event.occurred_at) == ("call.made", task.customer, NOW)
    assert event.source_key == f"task:{task.pk}"
    assert event.payload["outcome"] == "booked"


def test_second_tap_changes_nothing(clinic, staff, owner):
    task = open_call()
    complete_task(task, "booked", by=staff, at=NOW)

    assert not complete_task(task, "declined", by=owner, at=NOW + timedelta(seconds=1))

    task.refresh_from_db()
    assert (task.outcome, task.done_by) == ("booked", staff)
    assert CustomerEvent.objects.count() == 1


def test_unknown_outcome_is_refused(clinic, staff):
    task = open_call()

    with pytest.raises(OutcomeUnknown, match="'maybe' is none of reached"):
        complete_task(task, "maybe", by=staff, at=NOW)

    assert Task.objects.get().done_at is None


def test_note_is_cut_at_the_length_of_its_field(clinic, staff):
    task = open_call()

    complete_task(task, "reached", "x" * 900, by=staff, at=NOW)

    assert task.outcome_note == "x" * 500


def test_later_moves_an_open_call_and_no_other(clinic, staff):
    task = open_call()
    assert postpone_task(task, until=TODAY + timedelta(days=1))
    assert task.due_on == TODAY + timedelta(days=1)

    complete_task(task, "reached", by=staff, at=NOW)

    assert not postpone_task(task, until=TODAY)
    assert task.due_on == TODAY + timedelta(days=1)


def test_the_call_of_a_campaign_is_open_once_an_intent(clinic):
    consultant = MembershipFactory(role="staff")
    customer = CustomerFactory(consultant=consultant)
    asked = {
        "customer_id": customer.pk, "intent": "campaign:7:2", "why": "Spring", "script": "Ask.",
        "due_on": TODAY, "campaign_id": 7,
    }  # fmt: skip

    first, is_new = tasks.open_call(**asked)
    again, is_new_again = tasks.open_call(**asked)

    assert (is_new, is_new_again, again) == (True, False, first)
    assert (first.assigned_to, first.script, first.reason["campaign"]) == (consultant, "Ask.", 7)


def test_what_was_agreed_and_the_hour_asked_for_are_kept(clinic):
    task = open_call()
    at = NOW

    postpone_task(task, until=TODAY, call_at=at)
    assert (task.due_on, task.call_at) == (TODAY, at)
    complete_task(task, "reached", by=None, at=at, next_step="Send the prices", n_minutes=4)

    assert (task.next_step, task.n_minutes) == ("Send the prices", 4)
