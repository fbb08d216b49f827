"""Many records at once: each by itself, one answer each, for a fixed number of queries."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers import api_examples as examples
from customers.models import Appointment, Customer, Sale, Treatment
from tests.factories.customers import IdentityFactory, TreatmentFactory

CUSTOMERS, APPOINTMENTS = "/api/v1/customers/bulk/", "/api/v1/appointments/bulk/"
SALES, TREATMENTS = "/api/v1/sales/bulk/", "/api/v1/treatments/bulk/"


def customers(n: int) -> dict:
    items = [
        {"external_id": f"C{number}", "name": f"王{number}", "phones": [f"138{number:08}"],
         "emails": [f"c{number}@mail.example"], "tags": ["laser"]}
        for number in range(n)
    ]  # fmt: skip
    return {"source": "booking", "items": items}


def appointments(n: int) -> dict:
    items = [
        {"external_id": f"A{number}", "customer_external_id": "C0",
         "starts_at": "2026-05-20T14:00:00+08:00", "status": "attended"}
        for number in range(n)
    ]  # fmt: skip
    return {"source": "booking", "items": items}


def sales(n: int) -> dict:
    items = [
        {"external_id": f"S{number}", "customer_external_id": "C0", "net_minor": 500,
         "occurred_at": "2026-05-20T15:10:00+08:00",
         "lines": [{"item_code": "BTX", "net_minor": 300}, {"item_code": "X", "net_minor": 200}]}
        for number in range(n)
    ]  # fmt: skip
    return {"source": "booking", "items": items}


def treatments(n: int) -> dict:
    return {"items": [{"code": f"T{number}", "name": f"Treatment {number}"} for number in range(n)]}


MOST_QUERIES = 47


@pytest.mark.parametrize(
    ("route", "bodies", "model"),
    [
        (CUSTOMERS, customers, Customer),
        (APPOINTMENTS, appointments, Appointment),
        (SALES, sales, Sale),
        (TREATMENTS, treatments, Treatment),
    ],
)
def test_a_bulk_costs_the_same_for_any_number(api, route, bodies, model):
    client, asked = api(), []
    client.get("/api/v1/customers/")  # remembers the use of the key
    if bodies in (appointments, sales):
        IdentityFactory(external_id="C0")

    for n in (1, 3, 1000):
        body = bodies(n)
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            answer = client.post(route, body)
            assert (answer.status_code, answer.json()["n_created"]) == (200, n)
            assert [row["index"] for row in answer.json()["results"]] == list(range(n))
            asked.append(len(queries))
            transaction.set_rollback(True)

    assert len(set(asked)) == 1, asked
    assert asked[0] <= MOST_QUERIES


def test_one_bad_item_does_not_stop_the_others(api):
    body = customers(4)
    body["items"][1] = {"external_id": "C1", "nmae": "x", "phones": "138"}
    body["items"][2]["phones"] = ["12"]
    body["items"][3] = "no object"

    answer = api().post(CUSTOMERS, body)

    assert answer.status_code == 207
    good, shapeless, ruled_out, no_object = answer.json()["results"]
    assert (good["state"], good["errors"]) == ("created", [])
    assert shapeless["state"] == ruled_out["state"] == no_object["state"] == "refused"
    assert {error["pointer"] for error in shapeless["errors"]} == {"#/items/1/nmae"}
    [error] = ruled_out["errors"]
    assert (error["code"], error["pointer"]) == ("phone_invalid", "#/items/2/phones")
    assert no_object["external_id"] is None
    counts = {name: value for name, value in answer.json().items() if name.startswith("n_")}
    assert counts == {"n_created": 1, "n_updated": 0, "n_unchanged": 0, "n_refused": 3}
    assert [customer.name for customer in Customer.objects.all()] == ["王0"]


def test_the_same_bulk_again_changes_nothing(api):
    client, body = api(), customers(3)
    client.post(CUSTOMERS, body)

    again = client.post(CUSTOMERS, body).json()

    assert (again["n_created"], again["n_unchanged"]) == (0, 3)


def test_one_record_twice_is_taken_one_after_the_other(api):
    body = customers(1)
    body["items"].append({"external_id": "C0", "city": "上海"})

    results = api().post(CUSTOMERS, body).json()["results"]

    assert [result["state"] for result in results] == ["created", "updated"]
    assert Customer.objects.get().city == "上海"


def test_a_refund_may_come_with_its_sale_and_never_takes_more(api):
    IdentityFactory(external_id="C-1007")
    refund = {"occurred_at": "2026-05-21T10:00:00+08:00", "refund_of": "S-90210"}
    items = [
        {**refund, "external_id": "R-1", "net_minor": -100000},
        {**refund, "external_id": "R-2", "net_minor": -28001},
        {name: value for name, value in examples.SALE.items() if name != "source"},
        {"external_id": "S-2", "customer_external_id": "C-1007", "net_minor": 5,
         "occurred_at": "2026-05-20T15:10:00+08:00", "currency": "USD"},
    ]  # fmt: skip

    results = api().post(SALES, {"source": "booking", "items": items}).json()["results"]

    assert [result["state"] for result in results] == ["created", "refused", "created", "refused"]
    assert results[1]["errors"][0]["code"] == "more_than_left"
    assert results[3]["errors"][0]["pointer"] == "#/items/3/currency"


@pytest.mark.parametrize(
    ("items", "code"),
    [([], "empty"), ([{}] * 1001, "max_length"), ({}, "not_a_list"), (None, "null")],
)
def test_a_bulk_that_is_none_is_refused_as_a_whole(api, items, code):
    answer = api().post(CUSTOMERS, {"source": "booking", "items": items})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == code
    assert answer.json()["errors"][0]["pointer"] == "#/items"


def test_a_bulk_may_be_larger_than_one_record(api):
    body = customers(1000)
    for item in body["items"]:
        item["notes"] = "x" * 2000

    assert api().post(CUSTOMERS, body).status_code == 200


def test_a_bulk_sent_again_under_its_key_is_answered_again(api):
    client, key = api(), {"HTTP_IDEMPOTENCY_KEY": "night-7"}
    body = customers(2)
    body["items"][1]["phones"] = ["12"]
    first = client.post(CUSTOMERS, body, **key)

    again = client.post(CUSTOMERS, body, **key)

    assert (first.status_code, again.status_code) == (207, 207)
    assert again.content == first.content


def test_treatments_are_known_by_their_code(api):
    known = TreatmentFactory(code="BTX", name="Old", interval_days=100)
    items = [
        {"code": "btx", "name": "Botulinum toxin", "interval_days": 0},
        {"code": "PEEL", "name": "Peel", "interval_days": 30, "interval_min_days": 40},
        {"code": "NEW"},
        {"code": "LASER", "name": "Laser", "interval_days": 30, "interval_max_days": 45},
        {"code": "LASER", "category": "Light"},
    ]

    results = api().post(TREATMENTS, {"items": items}).json()["results"]

    states = [(result["external_id"], result["state"]) for result in results]
    assert states == [
        ("btx", "updated"), ("PEEL", "refused"), ("NEW", "refused"), ("LASER", "created"),
        ("LASER", "updated"),
    ]  # fmt: skip
    assert results[1]["errors"][0]["code"] == "outside_range"
    known.refresh_from_db()
    assert (known.name, known.interval_days) == ("Botulinum toxin", None)
    laser = Treatment.objects.get(code="LASER")
    assert (laser.category, laser.interval_max_days) == ("Light", 45)
