"""Answering a call."""

from datetime import UTC, datetime, timedelta

import pytest

from care.models import Task
from care.services.tasks import OutcomeUnknown, complete_task, postpone_task
from customers.models import CustomerEvent
from tests.care.factories import TODAY, open_call

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
