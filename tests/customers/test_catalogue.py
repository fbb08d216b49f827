"""The treatment catalogue in settings, and when a customer's treatments are due by it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.models import Treatment
from tenancy.models import AuditEntry
from tests.customers.test_pages_customers import own_queries
from tests.factories.customers import (
    AppointmentFactory,
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)

ADDRESS = "/settings/treatments/"
BOTOX = {
    "code": "BTX", "name": "Botulinum toxin", "category": "Injectables", "nature": "surgery",
    "level": "premium", "interval_days": "120", "interval_min_days": "100",
    "interval_max_days": "150", "min_clinical_interval_days": "90", "course_length": "1",
    "price_minor": "1280.50", "cost_minor": "310", "is_active": "on",
}  # fmt: skip


def test_a_treatment_is_added_and_changed_with_a_trace(client_as):
    client = client_as("owner")
    assert client.post(f"{ADDRESS}new/", BOTOX).status_code == 302

    made = Treatment.objects.get()
    assert (made.price_minor, made.cost_minor) == (128_050, 31_000)
    assert (made.interval_min_days, made.interval_days, made.interval_max_days) == (100, 120, 150)
    page = client.get(f"{ADDRESS}{made.pk}/")
    assert 'value="1280.50"' in page.content.decode()
    client.post(f"{ADDRESS}{made.pk}/", BOTOX | {"price_minor": "", "is_active": ""})
    made.refresh_from_db()
    assert (made.price_minor, made.is_active) == (None, False)
    traces = AuditEntry.objects.filter(action="treatment.changed").order_by("pk")
    assert traces.last().detail == {"fields": ["is_active", "price_minor"]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "peel"}, "code"),  # PEEL is there
        ({"name": ""}, "name"),
        ({"name": "  chemical   PEEL "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"interval_days": "0"}, "interval_days"),
        ({"interval_days": "3651", "interval_max_days": ""}, "interval_days"),
        ({"interval_days": "-5"}, "interval_days"),
        ({"interval_days": "99999999999999"}, "interval_days"),
        ({"interval_days": ""}, "interval_days"),  # a range around nothing
        ({"interval_min_days": "121"}, "interval_min_days"),
        ({"interval_max_days": "119"}, "interval_max_days"),
        ({"min_clinical_interval_days": "101"}, "min_clinical_interval_days"),
        ({"course_length": "0"}, "course_length"),
        ({"course_length": "101"}, "course_length"),
        ({"price_minor": "-1"}, "price_minor"),
        ({"price_minor": "1.005"}, "price_minor"),
        ({"price_minor": "1e30"}, "price_minor"),
        ({"price_minor": "NaN"}, "price_minor"),
        ({"cost_minor": "lots"}, "cost_minor"),
        ({"nature": "magic"}, "nature"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(client_as, changed, field):
    TreatmentFactory(code="PEEL", name="Chemical peel")
    response = client_as("owner").post(f"{ADDRESS}new/", BOTOX | changed)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Treatment.objects.count() == 1


def test_the_yen_has_no_decimals(client_as, clinic):
    clinic.currency = "JPY"
    clinic.save()
    client = client_as("owner")
    assert client.post(f"{ADDRESS}new/", BOTOX).status_code == 422
    assert client.post(f"{ADDRESS}new/", BOTOX | {"price_minor": "1280"}).status_code == 302
    assert Treatment.objects.get().price_minor == 1_280


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("treatment_range_around_interval", {"interval_min_days": 121}),
        ("treatment_range_around_interval", {"interval_max_days": 119}),
        ("treatment_range_needs_interval", {"interval_days": None, "interval_max_days": 1}),
        ("treatment_course_at_least_one", {"course_length": 0}),
        ("treatment_money_not_negative", {"price_minor": -1}),
        ("treatment_money_not_negative", {"cost_minor": -1}),
    ],
)
def test_the_database_refuses_it_too(clinic, constraint, values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        TreatmentFactory(**{"interval_days": 120} | values)


def test_managers_look_and_staff_do_not(client_as):
    treatment = TreatmentFactory()
    assert client_as("manager").get(ADDRESS).status_code == 200
    assert client_as("manager").get(f"{ADDRESS}{treatment.pk}/").status_code == 403
    assert client_as("manager").post(f"{ADDRESS}new/", BOTOX).status_code == 403
    assert client_as("staff").get(ADDRESS).status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_costs_the_same_for_any_number(client_as, n):
    TreatmentFactory.create_batch(n, price_minor=100)
    assert own_queries(client_as("owner"), ADDRESS) <= 2


def test_the_list_is_searched_by_name_and_code(client_as):
    TreatmentFactory(code="PEEL", name="Chemical peel")
    TreatmentFactory(code="BTX", name="Toxin")
    client = client_as("owner")
    found = client.get(ADDRESS, {"q": "eel"}, headers={"HX-Request": "true"})
    assert [row.code for row in found.context["page"]] == ["PEEL"]
    assert b"No treatment matches" in client.get(ADDRESS, {"q": "\x00%"}).content


def due_of(client, customer):
    return client.get(f"/customers/{customer.pk}/").context["profile"].due


def bought(customer, treatment, on: date) -> None:
    SaleFactory(customer=customer, on=on).lines.create(
        line_no=1, treatment=treatment, net_minor=10_000
    )


def test_due_follows_the_last_time_bought_or_had(client_as):
    customer = CustomerFactory()
    toxin = TreatmentFactory(
        name="Toxin", interval_days=120, interval_min_days=100, interval_max_days=150
    )
    peel = TreatmentFactory(name="Peel", interval_days=30)
    stopped = TreatmentFactory(name="Stopped", is_active=False)
    once = TreatmentFactory(name="Once", interval_days=None)
    for treatment in (toxin, peel, stopped, once):
        bought(customer, treatment, date(2026, 1, 1))
    AppointmentFactory(  # 1 March, early in the morning in Shanghai
        customer=customer, treatment=toxin, status="attended",
        starts_at=datetime(2026, 2, 28, 17, tzinfo=UTC),
    )  # fmt: skip
    AppointmentFactory(customer=customer, treatment=toxin, status="no_show")

    due = due_of(client_as("staff"), customer)

    assert [(one.name, one.last_on, one.due_on) for one in due] == [
        ("Peel", date(2026, 1, 1), date(2026, 1, 31)),
        ("Toxin", date(2026, 3, 1), date(2026, 6, 29)),
    ]
    assert due[1].from_on == date(2026, 3, 1) + timedelta(days=100)
    assert due[1].until_on == date(2026, 3, 1) + timedelta(days=150)


def test_nothing_is_due_before_the_medical_minimum(client_as):
    customer = CustomerFactory()
    odd = TreatmentFactory(interval_days=30, interval_min_days=20, min_clinical_interval_days=45)
    bought(customer, odd, date(2026, 1, 1))

    (due,) = due_of(client_as("staff"), customer)

    assert due.from_on == due.due_on == due.until_on == date(2026, 2, 15)


def test_the_profile_says_what_is_due_next(client_as):
    customer = CustomerFactory()
    bought(customer, TreatmentFactory(name="Peel", interval_days=30), date(2026, 1, 1))
    page = " ".join(client_as("staff").get(f"/customers/{customer.pk}/").content.decode().split())
    assert "Peel · was due 31 Jan 2026" in page
