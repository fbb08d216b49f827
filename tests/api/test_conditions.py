"""ETags: nothing is read twice, nobody's change is written over unseen."""

import pytest

from customers import api_examples as examples
from customers.models import Customer
from tests.factories.customers import AppointmentFactory, SaleFactory, TreatmentFactory

ROUTE = "/api/v1/customers/"
ONE = f"{ROUTE}booking/C-1007/"
CHANGE = {"source": "booking", "external_id": "C-1007", "city": "上海"}


@pytest.fixture
def client(api):
    client = api()
    client.post(ROUTE, examples.CUSTOMER)
    return client


def test_what_is_known_is_not_sent_again(client):
    first = client.get(ONE)

    again = client.get(ONE, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    Customer.objects.update(city="上海")
    changed = client.get(ONE, HTTP_IF_NONE_MATCH=first.headers["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (changed.status_code, changed.json()["city"]) == (200, "上海")


def test_both_ids_lead_to_the_same_record_with_the_same_etag(client):
    by_name = client.get(ONE)

    by_id = client.get(f"{ROUTE}{by_name.json()['id']}/")

    assert by_id.content == by_name.content
    assert by_id.headers["ETag"] == by_name.headers["ETag"]


def test_a_write_that_saw_the_latest_goes_through(client):
    etag = client.get(ONE).headers["ETag"]

    answer = client.post(ROUTE, CHANGE, HTTP_IF_MATCH=etag)

    assert (answer.status_code, answer.json()["state"]) == (200, "updated")


@pytest.mark.parametrize("etag", ['"0123"', "nonsense", ""])
def test_a_write_that_saw_something_else_is_a_412(client, etag):
    answer = client.post(ROUTE, CHANGE, HTTP_IF_MATCH=etag)

    assert answer.status_code == 412
    assert answer.json()["errors"][0]["code"] == "precondition_failed"
    assert Customer.objects.get().city == ""


def test_a_write_after_somebody_elses_is_a_412(client):
    etag = client.get(ONE).headers["ETag"]
    client.post(ROUTE, {**CHANGE, "tags": ["vip"]})

    assert client.post(ROUTE, CHANGE, HTTP_IF_MATCH=etag).status_code == 412


def test_only_if_it_is_new(client):
    known = client.post(ROUTE, CHANGE, HTTP_IF_NONE_MATCH="*")
    new = client.post(ROUTE, {**examples.CUSTOMER, "external_id": "C-1"}, HTTP_IF_NONE_MATCH="*")
    nobody = client.post(ROUTE, {**CHANGE, "external_id": "C-2"}, HTTP_IF_MATCH="*")

    assert (known.status_code, new.status_code, nobody.status_code) == (412, 201, 412)


@pytest.mark.parametrize(
    ("made", "route", "body"),
    [
        (lambda: AppointmentFactory(source="booking", external_id="A"), "/api/v1/appointments/",
         {"source": "booking", "external_id": "A", "waiting_minutes": 5}),
        (lambda: SaleFactory(source="booking", external_id="A"), "/api/v1/sales/",
         {"source": "booking", "external_id": "A", "occurred_at": "2026-04-01T10:00:00Z"}),
        (lambda: TreatmentFactory(code="A"), "/api/v1/treatments/",
         {"code": "A", "category": "Light"}),
    ],
)  # fmt: skip
def test_every_kind_has_them(api, made, route, body):
    client, record = api(), made()
    etag = client.get(f"{route}{record.pk}/").headers["ETag"]

    first = client.post(route, body, HTTP_IF_MATCH=etag)
    late = client.post(route, body, HTTP_IF_MATCH=etag)

    assert (first.status_code, late.status_code) == (200, 412), first.content
