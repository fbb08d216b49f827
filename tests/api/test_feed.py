"""Whoever reads on misses nothing, whatever is written meanwhile and however late it commits."""

import io
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from customers.models import (
    ContactPoint,
    Customer,
    CustomerTag,
    FeedMark,
    Identity,
    Sale,
)
from tenancy.scope import clinic_scope
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.factories.customers import (
    ContactPointFactory,
    CustomerFactory,
    IdentityFactory,
    SaleFactory,
    TagFactory,
    TreatmentFactory,
)
from tests.factories.tenancy import ClinicFactory

ROUTE = "/api/v1/customers/"
A_MOMENT = timedelta(milliseconds=20)


@pytest.fixture
def busy(transactional_db):
    """A clinic in which really is committed: (clinic, client)."""
    clinic = ClinicFactory(slug="busy")
    with clinic_scope(clinic.pk):
        text, _key = create_api_key(name="reader", scopes=["customers.read"])
    return clinic, BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")


@contextmanager
def still_writing(clinic, name: str):
    """Another connection has written a customer and commits when the block ends."""
    has_written, may_commit = threading.Event(), threading.Event()

    def write():
        with clinic_scope(clinic.pk):
            CustomerFactory(name=name)
            has_written.set()
            may_commit.wait(timeout=20)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert has_written.wait(timeout=20)
    try:
        yield
    finally:
        may_commit.set()
        thread.join(timeout=20)


def write(clinic, name: str) -> None:
    with clinic_scope(clinic.pk):
        CustomerFactory(name=name)


def read(client, **query) -> tuple[list[str], str]:
    answer = client.get(ROUTE, query).json()
    return [row["name"] for row in answer["results"]], answer["next_cursor"]


def test_what_commits_late_is_not_missed_by_a_cursor(busy):
    clinic, client = busy
    write(clinic, "before")
    seen, cursor = read(client)

    with still_writing(clinic, "late"):
        write(clinic, "meanwhile")
        more, cursor = read(client, cursor=cursor)
        seen += more
    more, cursor = read(client, cursor=cursor)
    seen += more

    assert sorted(seen) == ["before", "late", "meanwhile"]
    assert read(client, cursor=cursor)[0] == []


def test_what_commits_late_is_not_missed_by_a_time(busy):
    clinic, client = busy
    write(clinic, "long before")

    with still_writing(clinic, "late"):
        write(clinic, "meanwhile")
        connection.close()
        threading.Event().wait(A_MOMENT.total_seconds())
        asked_at = timezone.now()
    found, _cursor = read(client, updated_since=asked_at.isoformat())

    assert "late" in found


def test_what_is_older_than_a_time_is_left_out(busy):
    clinic, client = busy
    write(clinic, "old")
    write(clinic, "older than the last")
    threading.Event().wait(A_MOMENT.total_seconds())
    asked_at = timezone.now()
    write(clinic, "new")

    found, _cursor = read(client, updated_since=asked_at.isoformat())

    assert "new" in found
    assert "old" not in found


def test_what_is_asked_for_by_its_id_is_there_at_once(busy):
    clinic, client = busy
    with still_writing(clinic, "slow"):
        with clinic_scope(clinic.pk):
            IdentityFactory(external_id="C-1")
        found = client.get(ROUTE, {"source": "booking", "external_id": "C-1"}).json()["results"]
        in_order = client.get(ROUTE).json()["results"]

    assert len(found) == 1
    assert in_order == []


def place(kind: str, pk: int) -> FeedMark:
    return FeedMark.objects.get(kind=kind, record_id=pk)


def forget_marks() -> None:
    """As if everything so far had been changed long ago."""
    FeedMark.objects.update(change_no=0)


def _tag(customer):
    CustomerTag.objects.create(customer=customer, tag=TagFactory())


def _phone(customer):
    ContactPointFactory(customer=customer, kind="phone", value="+8613800138000")


def _no_phone(customer):
    ContactPoint.objects.filter(customer=customer).delete()


def _move_id(customer):
    Identity.objects.filter(customer=customer).update(customer=CustomerFactory())


def _rename(customer):
    Customer.objects.filter(pk=customer.pk).update(name="New Name")


@pytest.mark.parametrize("change", [_tag, _phone, _no_phone, _move_id, _rename])
def test_a_customer_is_changed_by_all_that_is_shown_of_them(clinic, change):
    customer = ContactPointFactory().customer
    IdentityFactory(customer=customer)
    forget_marks()

    change(customer)

    assert place("customer", customer.pk).change_no > 0


def test_nothing_is_marked_that_did_not_change(clinic):
    idle = CustomerFactory()
    forget_marks()

    _tag(CustomerFactory())

    assert place("customer", idle.pk).change_no == 0


def test_what_is_deleted_stays_behind_as_a_mark(api):
    sale, treatment = SaleFactory(), TreatmentFactory()
    sale_id, treatment_id = sale.pk, treatment.pk
    Sale.objects.filter(pk=sale_id).delete()
    treatment.delete()
    client = api()

    gone = client.get("/api/v1/deletions/").json()["results"]
    only_sales = client.get("/api/v1/deletions/", {"kind": "sale"}).json()["results"]
    answer = client.get(f"/api/v1/sales/{sale_id}/")

    assert [(row["kind"], row["id"]) for row in gone] == [
        ("sale", sale_id), ("treatment", treatment_id)
    ]  # fmt: skip
    assert [row["id"] for row in only_sales] == [sale_id]
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (410, "gone")
    assert client.get("/api/v1/sales/").json()["results"] == []


def test_another_clinics_deletions_are_not_told(api, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = SaleFactory()
        pk = theirs.pk
        theirs.delete()
    client = api()

    assert client.get("/api/v1/deletions/").json()["results"] == []
    assert client.get(f"/api/v1/sales/{pk}/").status_code == 404


def test_a_merged_customer_leads_to_the_one_they_are_now(api):
    survivor, merged = CustomerFactory(), CustomerFactory()
    client = api()
    Customer.with_merged.filter(pk=merged.pk).update(merged_into=survivor)

    by_old_id = client.get(f"{ROUTE}{merged.pk}/")
    [gone] = client.get("/api/v1/deletions/").json()["results"]
    listed = client.get(ROUTE).json()["results"]

    assert by_old_id.status_code == 308
    assert by_old_id.headers["Location"] == f"{ROUTE}{survivor.pk}/"
    assert by_old_id.json() == {"id": merged.pk, "merged_into": survivor.pk}
    assert (gone["kind"], gone["id"], gone["merged_into"]) == ("customer", merged.pk, survivor.pk)
    assert [row["id"] for row in listed] == [survivor.pk]


def test_an_undone_merge_brings_the_customer_back(api):
    survivor, merged = CustomerFactory(), CustomerFactory()
    Customer.with_merged.filter(pk=merged.pk).update(merged_into=survivor)

    Customer.with_merged.filter(pk=merged.pk).update(merged_into=None)
    client = api()

    assert client.get("/api/v1/deletions/").json()["results"] == []
    assert len(client.get(ROUTE).json()["results"]) == 2
    assert client.get(f"{ROUTE}{merged.pk}/").status_code == 200


def test_after_a_restore_the_lists_go_on(api, clinic):
    """What was restored carries numbers this database has not reached yet."""
    customer = CustomerFactory()
    FeedMark.objects.update(change_no=10**15)
    client = api()
    assert client.get(ROUTE).json()["results"] == []

    call_command("renumber_feed", stdout=io.StringIO())

    assert [row["id"] for row in client.get(ROUTE).json()["results"]] == [customer.pk]
