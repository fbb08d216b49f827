"""Whoever looks after an adverse event has a call to make until it is over."""

from datetime import UTC, date, datetime

import pytest

from care.models import Task
from care.services.aftercare import follow_open_events
from care.services.tasks import complete_task
from customers.services import adverse_events
from tests.factories.customers import CustomerFactory, TreatmentFactory

NOTED = datetime(2026, 5, 1, 4, tzinfo=UTC)
CANARY = "CANARY swollen eyelid"


@pytest.fixture
def event(staff):
    return adverse_events.note_event(
        customer=CustomerFactory(name="Anna", consultant=staff), happened_on=date(2026, 4, 30),
        treatment=TreatmentFactory(name="Peel"), words=CANARY, follower=staff, by=staff, at=NOTED,
    )  # fmt: skip


def test_the_follower_gets_one_call_for_the_next_day(event, staff, client_as):
    assert follow_open_events(date(2026, 5, 1)) == 1
    assert follow_open_events(date(2026, 5, 1)) == 0

    task = Task.objects.get()
    assert (task.assigned_to, task.due_on, task.customer) == (
        staff,
        date(2026, 5, 2),
        event.customer,
    )
    page = client_as(staff).get("/tasks/?view=mine").content.decode()
    assert "Something went wrong after Peel: ask how it is today." in page
    assert CANARY not in page
    assert ">at stake<" not in page


def test_called_again_while_it_is_open_and_no_more_when_it_is_over(event, staff):
    follow_open_events(date(2026, 5, 1))
    complete_task(Task.objects.get(), "reached", by=staff, at=datetime(2026, 5, 2, 4, tzinfo=UTC))

    follow_open_events(date(2026, 5, 2))
    assert Task.objects.get(done_at__isnull=True).due_on == date(2026, 5, 5)

    adverse_events.close_event(
        customer=event.customer, event_id=event.pk, outcome="gone", by=staff,
        at=datetime(2026, 5, 3, 4, tzinfo=UTC),
    )  # fmt: skip
    follow_open_events(date(2026, 5, 3))
    assert not Task.objects.filter(done_at__isnull=True).exists()


def test_noting_one_at_the_desk_opens_the_call(client_as, staff, run_tasks):
    anna = CustomerFactory(name="Anna", consultant=staff)
    with run_tasks():
        client_as(staff).post(
            f"/customers/{anna.pk}/adverse-events/new/",
            {"happened_on": "2026-04-30", "words": CANARY, "follower": staff.pk},
        )

    assert Task.objects.get().assigned_to == staff
