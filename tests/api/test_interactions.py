"""Calls, messages and other touches through the API and by webhook."""

import pytest

from customers.models import CustomerEvent, IntakeRecord, Interaction
from tests.customers.hooks import Sender, customer, only_record
from tests.factories.customers import IdentityFactory

ROUTE = "/api/v1/interactions/"
BODY = {
    "source": "booking", "external_id": "I-1", "customer_external_id": "C-1", "kind": "call",
    "channel": "phone", "direction": "in", "occurred_at": "2026-05-01T10:00:00+08:00",
    "summary": "Asked for a later time",
}  # fmt: skip


@pytest.fixture
def ann(clinic):
    return IdentityFactory(source="booking", external_id="C-1").customer


def test_it_is_recorded_once_told_and_read(ann, api):
    made = api().post(ROUTE, BODY, format="json")
    again = api().post(ROUTE, BODY, format="json")

    read = api().get(f"{ROUTE}{made.json()['id']}/").json()
    named = api().get(f"{ROUTE}booking/I-1/").json()
    listed = api().get(ROUTE, {"customer": ann.pk, "kind": "call", "external_id": "I-1"}).json()
    assert (made.status_code, again.status_code, again.json()["state"]) == (201, 200, "unchanged")
    assert {k: read[k] for k in ("kind", "channel", "direction", "summary", "customer_id")} == {
        "kind": "call", "channel": "phone", "direction": "in",
        "summary": "Asked for a later time", "customer_id": ann.pk,
    }  # fmt: skip
    assert (named, [one["id"] for one in listed["results"]]) == (read, [read["id"]])
    assert CustomerEvent.objects.filter(kind="interaction.recorded", customer=ann).count() == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"customer_external_id": "C-9"}, "customer_external_id", "unknown_customer"),
        ({"customer_external_id": None}, "customer_external_id", "required"),
        ({"kind": None}, "kind", "required"),
        ({"kind": "dance"}, "kind", "invalid_choice"),
        ({"channel": "pigeon"}, "channel", "invalid_choice"),
        ({"direction": "up"}, "direction", "invalid_choice"),
        ({"occurred_at": "2099-05-01T10:00:00+08:00"}, "occurred_at", "in_future"),
        ({"occurred_at": "2026-05-01T10:00:00"}, "occurred_at", "invalid"),
        ({"summary": "x" * 2001}, "summary", "max_length"),
        ({"by": "Nobody"}, "by", "unknown_member"),
        ({"mood": "good"}, "mood", "unknown_field"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field(ann, api, change, field, code):
    answer = api().post(ROUTE, BODY | change, format="json")

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["attr"], error["code"]) == (400, field, code)
    assert not Interaction.objects.exists()


def test_many_at_once_each_by_itself(ann, api):
    items = [{k: v for k, v in BODY.items() if k != "source"}, {"external_id": "I-2"}]

    answer = api().post(f"{ROUTE}bulk/", {"source": "booking", "items": items}, format="json")

    assert (answer.status_code, Interaction.objects.count()) == (207, 1)
    assert [one["state"] for one in answer.json()["results"]] == ["created", "refused"]


def test_key_needs_its_scope(ann, api):
    assert api("interactions.read").post(ROUTE, BODY, format="json").status_code == 403
    assert api("interactions.write").get(ROUTE).status_code == 403
    assert api("interactions.write").post(ROUTE, BODY, format="json").status_code == 201


def test_deleted_one_stands_among_the_deletions(ann, api):
    pk = api().post(ROUTE, BODY, format="json").json()["id"]
    Interaction.objects.all().delete()

    gone = api().get("/api/v1/deletions/", {"kind": "interaction"}).json()["results"]

    assert [(one["kind"], one["id"]) for one in gone] == [("interaction", pk)]
    assert api().get(f"{ROUTE}{pk}/").status_code == 410


@pytest.mark.parametrize("item_count", [1, 3])
def test_list_asks_the_same_number_of_queries(ann, api, item_count, django_assert_num_queries):
    items = [
        {k: v for k, v in BODY.items() if k != "source"} | {"external_id": f"I-{n}"}
        for n in range(item_count)
    ]
    client = api()
    client.post(f"{ROUTE}bulk/", {"source": "booking", "items": items}, format="json")
    client.get(ROUTE)

    with django_assert_num_queries(14):
        answer = client.get(ROUTE, {"source": "booking", "external_id": "I-0"})

    assert len(answer.json()["results"]) == 1


def test_webhook_records_it_and_waits_for_its_customer(clinic):
    sender = Sender(clinic)
    data = {k: v for k, v in BODY.items() if k != "source"} | {"version": 1}
    sender.send({"type": "interaction", "data": data}, event_id="e1")
    sender.work()
    assert only_record(sender.source).state == "waiting"
    sender.send(customer("C-1", 1, name="Ann"), event_id="e2")
    sender.work()

    made = Interaction.objects.get()
    assert (made.customer.name, made.channel, made.source) == ("Ann", "phone", "booking")
    assert set(IntakeRecord.objects.values_list("state", flat=True)) == {"done"}
