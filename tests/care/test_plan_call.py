"""A call that somebody wants made, and the way to the clinic's own booking page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from care.models import Task
from tenancy.clock import local_day
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def today(clinic):
    return local_day(clinic.zone, timezone.now())


def test_a_call_is_planned_once_and_stands_on_the_list(client_as, staff, today):
    customer = CustomerFactory(consultant=staff)
    client, address = client_as(staff), f"/tasks/plan/{customer.pk}/"
    assert b"<dialog" in client.get(address, headers=HTMX).content
    for why in ("First", "Wants to hear of <b>peels</b>"):
        form = {"due_on": today.isoformat(), "why": why, "assigned_to": staff.pk}
        assert client.post(address, form, headers=HTMX).headers["HX-Redirect"]

    task = Task.objects.get()
    assert (task.intent, task.due_on, task.assigned_to, task.customer) == (
        "asked", today, staff, customer,
    )  # fmt: skip
    for page in ("/tasks/", f"/customers/{customer.pk}/", "/"):
        assert b"Wants to hear of &lt;b&gt;peels" in client.get(page).content


@pytest.mark.parametrize(
    ("days", "changed", "field"),
    [
        (-1, {}, "due_on"), (731, {}, "due_on"), (0, {"why": " "}, "why"),
        (0, {"why": "x" * 501}, "why"), (0, {"assigned_to": "999999"}, "assigned_to"),
    ],
)  # fmt: skip
def test_a_bad_plan_is_refused_at_its_field(client_as, today, days, changed, field):
    address = f"/tasks/plan/{CustomerFactory().pk}/"
    form = {"due_on": (today + timedelta(days=days)).isoformat(), "why": "x"} | changed
    answer = client_as("staff").post(address, form)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Task.objects.count() == 0


def test_only_who_works_with_tasks_and_may_see_the_customer_plans(client_as):
    customer = CustomerFactory(home_branch=BranchFactory())
    address = f"/tasks/plan/{customer.pk}/"
    assert client_as("analyst").get(address).status_code == 403
    elsewhere = MembershipFactory(role="staff", branch=BranchFactory())
    assert client_as(elsewhere).get(address).status_code == 404


def settings_with(clinic, booking_url: str) -> dict:
    from tenancy.forms import ClinicForm

    form = ClinicForm(instance=clinic)
    kept = {name: form.initial[name] for name in form.fields if form.initial[name] is not None}
    return kept | {"booking_url": booking_url}


@pytest.mark.parametrize(
    ("typed", "is_taken"),
    [
        ("https://book.example/new?who={id}&name={name}&tel={phone}", True),
        ("", True),
        ("http://book.example/", False),
        ("javascript:alert(1)", False),
        ("https://book.example/{email}", False),
        ("https://book.example/{id", False),
        ("https://{name}.example/", False),
        ("https://book.example/\x00", False),
        ("//book.example/", False),
    ],
)
def test_the_owner_sets_the_booking_page(client_as, clinic, typed, is_taken):
    answer = client_as("owner").post("/settings/", settings_with(clinic, typed))
    assert answer.status_code == (302 if is_taken else 422)
    clinic.refresh_from_db()
    assert clinic.booking_url == (typed if is_taken else "")


def booking_links(client, customer) -> list[str]:
    actions = client.get(f"/customers/{customer.pk}/").context["actions"]
    return [address for action, address in actions if action.key == "book"]


def test_the_profile_leads_to_the_booking_page_with_the_customers_values(client_as, clinic):
    clinic.booking_url = "https://book.example/?who={id}&name={name}&tel={phone}"
    clinic.save()
    customer = CustomerFactory(name="王 & {phone}/<b>")
    ContactPointFactory(customer=customer, kind="phone", value="+8613800134321")
    assert booking_links(client_as("staff"), customer) == [
        f"https://book.example/?who={customer.pk}"
        "&name=%E7%8E%8B%20%26%20%7Bphone%7D%2F%3Cb%3E&tel=%2B8613800134321"
    ]
    clinic.booking_url = ""
    clinic.save()
    assert booking_links(client_as("staff"), customer) == []
