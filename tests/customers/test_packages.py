"""Prepaid courses: sold once, used by attended appointments, never below zero."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.invariants import violations
from customers.models import Appointment, CustomerEvent, Package, PackageSession
from customers.services import packages
from customers.services.intake import AppointmentRecord, upsert_appointments
from tests.factories.customers import (
    AppointmentFactory,
    CustomerFactory,
    IdentityFactory,
    TreatmentFactory,
)

SOLD_ON = date(2026, 3, 1)


def sold(staff, customer=None, *, n=3, used=0, until=None, treatment=None, sold_on=SOLD_ON, key=""):
    return packages.sell_package(
        customer=customer or CustomerFactory(), treatment=treatment or TreatmentFactory(),
        n_sessions=n, n_used=used, price_minor=300_000, sold_on=sold_on, valid_until_on=until,
        by=staff, key=key or uuid.uuid4().hex, at=timezone.now(),
    )  # fmt: skip


def attended(package, on=date(2026, 4, 1), **changed):
    values = {"customer": package.customer, "treatment": package.treatment, "status": "attended",
              "starts_at": datetime(on.year, on.month, on.day, 4, tzinfo=UTC)}  # fmt: skip
    return AppointmentFactory(**values | changed)


def n_left(package) -> int:
    package.refresh_from_db()
    return package.n_left


def test_a_package_is_sold_once_and_stands_in_the_story(staff):
    customer = CustomerFactory()
    first, again = (sold(staff, customer, used=1, key="form-1") for _twice in range(2))

    assert first == again == Package.objects.get()
    assert n_left(first) == 2
    event = CustomerEvent.objects.get(kind="package.sold")
    assert (event.source_key, event.amount_minor) == (f"package:{first.pk}", 300_000)
    assert violations() == []


def test_attended_appointments_take_sessions_and_give_them_back(staff):
    package = sold(staff)
    visit = attended(package)
    attended(package, treatment=TreatmentFactory())  # another treatment
    attended(package, customer=CustomerFactory())  # another person
    attended(package, on=date(2026, 2, 1))  # before it was sold
    attended(package, status="no_show")

    assert packages.settle_packages() == (1, 0)
    assert packages.settle_packages() == (0, 0)
    assert n_left(package) == 2
    assert PackageSession.objects.get().used_on == date(2026, 4, 1)

    Appointment.objects.filter(pk=visit.pk).update(status="no_show")
    assert packages.settle_packages() == (0, 1)
    assert n_left(package) == 3
    assert violations() == []


def test_a_session_is_given_back_when_the_appointment_moves_or_goes(staff):
    package = sold(staff)
    moved, gone = attended(package), attended(package, on=date(2026, 4, 2))
    assert packages.settle_packages() == (2, 0)
    Appointment.objects.filter(pk=moved.pk).update(customer=CustomerFactory())
    gone.delete()

    assert packages.settle_packages() == (0, 2)
    assert n_left(package) == 3


def test_never_below_zero_and_the_one_that_ends_first_goes_first(staff):
    customer, treatment = CustomerFactory(), TreatmentFactory()
    late = sold(staff, customer, n=1, treatment=treatment)
    soon = sold(staff, customer, n=1, treatment=treatment, until=date(2026, 4, 30))
    over = sold(staff, customer, n=1, treatment=treatment, until=date(2026, 3, 31))
    for day in (1, 2, 3):
        attended(late, on=date(2026, 4, day))

    assert packages.settle_packages() == (2, 0)
    assert [n_left(one) for one in (late, soon, over)] == [0, 0, 1]
    used = PackageSession.objects.order_by("used_on").values_list("package", flat=True)
    assert list(used) == [soon.pk, late.pk]
    with pytest.raises(packages.NothingLeft):
        packages.use_session(package=late, on=SOLD_ON, key="one-more")
    assert PackageSession.objects.count() == 2


def test_an_appointment_that_comes_in_takes_its_session(clinic, staff, run_tasks):
    customer = IdentityFactory(source="booking", external_id="C1").customer
    package = sold(staff, customer, treatment=TreatmentFactory(code="PEEL"))
    record = AppointmentRecord(
        "A1", customer_external_id="C1", treatment="PEEL", status="attended",
        starts_at=datetime(2026, 4, 1, 4, tzinfo=UTC),
    )  # fmt: skip
    with run_tasks():
        upsert_appointments(source="booking", records=[record], at=timezone.now())
    assert n_left(package) == 2


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("package_has_sessions", {"n_sessions": 0}),
        ("package_never_overused", {"n_used": 4}),
        ("package_ends_after_sale", {"valid_until_on": date(2026, 2, 28)}),
        ("package_price_sane", {"price_minor": -1}),
    ],
)
def test_the_database_refuses_it_too(staff, constraint, values):
    package = sold(staff)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Package.objects.filter(pk=package.pk).update(**values)


def test_one_session_a_key(staff):
    package = sold(staff)
    first, again = (packages.use_session(package=package, on=SOLD_ON, key="k") for _ in range(2))
    assert first == again
    assert n_left(package) == 2
    with pytest.raises(IntegrityError, match="package_session_once"), transaction.atomic():
        PackageSession.objects.create(package=package, used_on=SOLD_ON, key="k")


def asked(treatment, **changed) -> dict:
    usual = {"key": str(uuid.uuid4()), "treatment": treatment.pk, "n_sessions": "6", "n_used": "1",
             "price": "2880.00", "sold_on": "2026-03-01", "valid_until_on": ""}  # fmt: skip
    return usual | changed


def test_the_desk_sells_uses_gives_back_and_cancels(client_as, staff):
    customer, treatment = CustomerFactory(), TreatmentFactory(name="Peel")
    client, address = client_as(staff), f"/customers/{customer.pk}/packages/"
    assert client.get(f"{address}new/").status_code == 200
    assert client.post(f"{address}new/", asked(treatment)).status_code == 302
    package = Package.objects.get()
    assert (package.price_minor, package.n_left, package.sold_by) == (288_000, 5, staff)

    form = {"key": str(uuid.uuid4())}
    for _twice in range(2):
        client.post(f"{address}{package.pk}/use/", form)
    assert n_left(package) == 4
    page = client.get(f"{address}{package.pk}/")
    assert b"4 of 6 left" in page.content
    session = PackageSession.objects.latest("pk")
    client.post(f"{address}{package.pk}/sessions/{session.pk}/give-back/")
    assert n_left(package) == 5
    client.post(f"{address}{package.pk}/cancel/")
    client.post(f"{address}{package.pk}/use/", {"key": str(uuid.uuid4())})
    assert n_left(package) == 5
    assert CustomerEvent.objects.filter(kind="package.cancelled").count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"treatment": ""}, "treatment"), ({"treatment": "999999"}, "treatment"),
        ({"n_sessions": "0"}, "n_sessions"), ({"n_sessions": "201"}, "n_sessions"),
        ({"n_used": "7"}, "n_used"), ({"n_used": "-1"}, "n_used"),
        ({"price": "-1"}, "price"), ({"price": "1.234"}, "price"), ({"price": ""}, "price"),
        ({"sold_on": "2999-01-01"}, "sold_on"), ({"sold_on": "1900-01-01"}, "sold_on"),
        ({"sold_on": "2026-02-29"}, "sold_on"),
        ({"valid_until_on": "2026-02-01"}, "valid_until_on"), ({"key": "x"}, "key"),
    ],
)  # fmt: skip
def test_a_bad_package_is_refused_at_its_field(client_as, changed, field):
    customer = CustomerFactory()
    address = f"/customers/{customer.pk}/packages/new/"
    answer = client_as("staff").post(address, asked(TreatmentFactory()) | changed)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Package.objects.count() == 0


def test_the_profile_says_what_is_left_and_what_ends_soon(client_as, staff):
    customer = CustomerFactory()
    today = timezone.now().date()
    sold(staff, customer, until=today + timedelta(days=5), sold_on=today)
    sold(staff, customer, n=1, used=1, sold_on=today)  # nothing left
    page = client_as(staff).get(f"/customers/{customer.pk}/")
    (line,) = page.context["profile"].beside.packages
    assert (line.n_left, line.n_sessions, line.ends_soon, line.is_over) == (3, 3, True, False)
    assert b"3 of 3 left" in page.content
