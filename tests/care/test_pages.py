"""The list of calls, its buttons, and what the home page includes."""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from care.models import Task
from care.queries import todays_calls
from tenancy.models import Membership
from tests.care.factories import at_risk, open_call
from tests.factories.tenancy import BranchFactory, MembershipFactory

URL = "/tasks/"
HTMX = {"hx-request": "true"}


def today(clinic) -> date:
    return timezone.now().astimezone(clinic.zone).date()


@pytest.mark.parametrize("n", [1, 3])
def test_list_asks_a_fixed_number_of_queries(client_as, staff, django_assert_num_queries, n):
    for number in range(n):
        open_call(at_risk(name=f"Customer {number}"), assigned_to=staff)
    client = client_as(staff)

    with django_assert_num_queries(17):
        page = client.get(URL)

    assert len(page.context["calls"]) == n


@pytest.mark.parametrize("n", [1, 3])
def test_todays_calls_ask_four_queries(clinic, staff, django_assert_num_queries, n):
    for _number in range(n):
        open_call()
    member = Membership.objects.select_related("clinic").get(pk=staff.pk)  # as a request has it

    with django_assert_num_queries(4):
        calls = todays_calls(member, None)

    assert (len(calls.calls), calls.n_open, calls.n_done) == (n, n, 0)


def test_row_says_who_why_and_which_number(client_as, clinic):
    customer = at_risk(name="Anna Berg")
    reason = {
        "last_purchase_on": str(today(clinic) - timedelta(days=160)),
        "expected_interval_days": 90, "churn_probability": 0.8,
    }  # fmt: skip
    open_call(customer, reason=reason)

    text = client_as("staff").get(URL).content.decode()

    assert "Anna Berg" in text
    assert "160 days ago, expected interval 90 days; 80% likely not to come back" in text
    assert f'href="tel:+86138{customer.pk:08d}"' in text


def test_branch_bound_staff_see_and_answer_their_branch_only(client_as):
    mine, theirs = BranchFactory(), BranchFactory()
    seen = open_call(at_risk(name="Of Mine", home_branch=mine))
    hidden = open_call(at_risk(name="Of Theirs", home_branch=theirs))
    member = MembershipFactory(role="staff", branch=mine)
    client = client_as(member)

    page = client.get(URL)

    assert [call.task for call in page.context["calls"]] == [seen]
    assert [call.task for call in todays_calls(member, mine).calls] == [seen]
    assert client.post(f"{URL}{hidden.pk}/answer/", {"outcome": "reached"}).status_code == 404
    assert Task.objects.get(pk=hidden.pk).done_at is None


def test_answer_replaces_the_row_and_counts(client_as, staff):
    task = open_call()
    client = client_as(staff)

    answer = client.post(
        f"{URL}{task.pk}/answer/", {"outcome": "booked", "note": "on Friday"}, headers=HTMX
    )

    text = answer.content.decode()
    assert f'id="call-{task.pk}"' in text
    assert "Booked" in text and "on Friday" in text
    assert "<form" not in text
    assert answer["HX-Trigger"] == '{"call-answered": {}}'
    assert "1 done today" in client.get(f"{URL}done-today/").content.decode()
    task.refresh_from_db()
    assert (task.outcome, task.done_by) == ("booked", staff)


def test_double_click_shows_the_first_answer(client_as, staff):
    task = open_call()
    client = client_as(staff)
    client.post(f"{URL}{task.pk}/answer/", {"outcome": "booked"}, headers=HTMX)

    again = client.post(f"{URL}{task.pk}/answer/", {"outcome": "declined"}, headers=HTMX)

    assert again.status_code == 200
    assert "Booked" in again.content.decode()


def test_later_takes_the_call_off_todays_list(client_as, staff, clinic):
    task = open_call()

    answer = client_as(staff).post(f"{URL}{task.pk}/answer/", {"outcome": "later"}, headers=HTMX)

    assert "again tomorrow" in answer.content.decode()
    assert todays_calls(staff, None).n_open == 0
    task.refresh_from_db()
    assert (task.done_at, task.due_on) == (None, today(clinic) + timedelta(days=1))


def test_answer_without_javascript_goes_back_to_the_list(client_as):
    task = open_call()

    answer = client_as("staff").post(f"{URL}{task.pk}/answer/", {"outcome": "reached"})

    assert (answer.status_code, answer["Location"]) == (302, URL)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"outcome": "maybe"},
        {"outcome": "\x00"},
        {"outcome": "reached", "note": "a\x00b"},
        {"outcome": "reached", "note": "x" * 501},
    ],
)
def test_answer_that_is_none_is_a_bad_request(client_as, sent):
    task = open_call()

    assert client_as("staff").post(f"{URL}{task.pk}/answer/", sent).status_code == 400
    assert Task.objects.get().done_at is None


def test_another_clinics_call_is_not_found(client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = open_call()
    client = client_as("owner")

    assert client.post(f"{URL}{theirs.pk}/answer/", {"outcome": "reached"}).status_code == 404
    assert client.get(URL).context["calls"] == []


def test_analysts_do_not_call(client_as):
    assert client_as("analyst").get(URL).status_code == 403


@pytest.mark.parametrize("view", ["open", "mine", "done", "nonsense"])
def test_every_view_of_the_list_opens_also_when_empty(client_as, view):
    assert client_as("staff").get(URL, {"view": view, "page": "x"}).status_code == 200


def test_done_view_shows_how_calls_went(client_as, staff):
    task = open_call(outcome="declined", done_at=timezone.now(), done_by=staff)

    page = client_as(staff).get(URL, {"view": "done"})

    assert [call.task for call in page.context["calls"]] == [task]
    assert "Does not want to come" in page.content.decode()


def test_my_calls_are_mine_and_nobodys_most_at_stake_first(clinic, staff, owner):
    small = open_call(priority=1.0, assigned_to=staff)
    large = open_call(priority=9.0)
    open_call(assigned_to=owner)
    open_call(due_on=today(clinic) + timedelta(days=1))

    assert [call.task for call in todays_calls(staff, None).calls] == [large, small]


def test_home_partial_renders_calls_and_both_empty_states(clinic, staff):
    def rendered() -> str:
        return render_to_string(
            "care/_today_calls.html", {"today": todays_calls(staff, None), "clinic": clinic}
        )

    assert "Nobody to call today" in rendered()
    task = open_call(at_risk(name="Anna Berg"))
    assert "Anna Berg" in rendered()
    Task.objects.filter(pk=task.pk).update(outcome="reached", done_at=timezone.now(), done_by=staff)
    assert "All calls of today are made." in rendered()


def test_called_back_at_the_hour_they_asked_for(client_as, staff, clinic):
    task = open_call()
    day = today(clinic) + timedelta(days=2)
    asked = {"outcome": "later", "call_on": day.isoformat(), "call_time": "15:30"}

    answered = client_as(staff).post(f"{URL}{task.pk}/answer/", asked, headers=HTMX)

    assert answered.status_code == 200
    task.refresh_from_db()
    at = task.call_at.astimezone(clinic.zone)
    assert (task.due_on, at.date(), at.hour, at.minute) == (day, day, 15, 30)


@pytest.mark.parametrize(
    "wrong", [{"call_on": "2020-01-01"}, {"call_time": "25:00"}, {"n_minutes": "-1"}]
)
def test_a_call_back_that_cannot_be_is_said(client_as, staff, wrong):
    task = open_call()

    answered = client_as(staff).post(f"{URL}{task.pk}/answer/", {"outcome": "later"} | wrong)

    assert answered.status_code == 400
    task.refresh_from_db()
    assert task.call_at is None
