"""Whoever reads on misses nothing, whatever is written meanwhile and however late it commits."""

import io
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.core.management import call_command
from django.db import connection

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
from tests import databases
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
LONGEST_WAIT = 60.0  # seconds; other tests' transactions may hold the lists back, yet not for ever


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
            may_commit.wait(timeout=LONGEST_WAIT)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert has_written.wait(timeout=LONGEST_WAIT)
    try:
        yield
    finally:
        may_commit.set()
        thread.join(timeout=LONGEST_WAIT)


def write(clinic, name: str) -> None:
    with clinic_scope(clinic.pk):
        CustomerFactory(name=name)


def read(client, **query) -> tuple[list[str], str]:
    answer = client.get(ROUTE, query).json()
    return [row["name"] for row in answer["results"]], answer["next_cursor"]


def until(is_so: Callable[[], bool]) -> None:
    """Ask again and again; the assertion behind it says what is missing when time is over."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)


def read_on(client, cursor: str, *, n_rows: int) -> tuple[list[str], str]:
    """What comes behind this cursor, as soon as it is as much as that: (names, next cursor)."""
    names: list[str] = []

    def is_enough() -> bool:
        nonlocal cursor
        more, cursor = read(client, **({"cursor": cursor} if cursor else {}))
        names.extend(more)
        return len(names) >= n_rows

    until(is_enough)
    return names, cursor


def now() -> datetime:
    """By the clock that marks are written by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def test_what_commits_late_is_not_missed_by_a_cursor(busy):
    clinic, client = busy
    write(clinic, "before")
    seen, cursor = read_on(client, "", n_rows=1)

    with still_writing(clinic, "late"):
        write(clinic, "meanwhile")
        more, cursor = read(client, cursor=cursor)
    late, cursor = read_on(client, cursor, n_rows=2)

    assert (seen, more, late) == (["before"], [], ["late", "meanwhile"])
    assert read(client, cursor=cursor)[0] == []


@contextmanager
def another_database_at_work():
    """A transaction of another database of this server has written and goes on."""
    with databases.as_owner_elsewhere() as there:
        there.cursor().execute("CREATE TABLE never_committed (id int)")
        yield


def test_another_databases_long_transaction_holds_nothing_back(busy):
    clinic, client = busy
    with another_database_at_work():
        write(clinic, "here")
        seen, _cursor = read_on(client, "", n_rows=1)

    assert seen == ["here"]


def test_what_commits_late_is_not_missed_by_a_time(busy):
    clinic, client = busy
    write(clinic, "long before")

    with still_writing(clinic, "late"):
        write(clinic, "meanwhile")
        asked_at = now().isoformat()
    found: list[str] = []
    until(lambda: "late" in found or found.extend(read(client, updated_since=asked_at)[0]))

    assert "late" in found


def test_what_is_older_than_a_time_is_left_out(busy):
    clinic, client = busy
    write(clinic, "old")

    def is_old_known_to_be_done() -> bool:
        write(clinic, "older than the last")
        with clinic_scope(clinic.pk):
            first, *_others, last = FeedMark.objects.order_by("pk")
        return last.settled_below > first.change_no

    until(is_old_known_to_be_done)
    asked_at = now().isoformat()
    write(clinic, "new")
    found: list[str] = []
    until(lambda: "new" in found or found.extend(read(client, updated_since=asked_at)[0]))

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
