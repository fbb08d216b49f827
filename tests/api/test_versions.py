"""An upsert that says its version never overwrites a newer one, by whichever way that came."""

import pytest

from customers.models import AppliedVersion, Customer
from tests.customers.hooks import Sender, customer, only_record

BODY = {"source": "booking", "external_id": "C-1", "name": "Ann"}


def post(api, **more):
    return api().post("/api/v1/customers/", BODY | more, format="json")


@pytest.mark.parametrize(
    ("older", "newer"),
    [(1, 2), (1.5, 1.75), ("2026-05-01T10:00:00+08:00", "2026-05-01T02:00:01Z"), (-3, 0)],
)
def test_older_one_changes_nothing_and_is_told(clinic, api, older, newer):
    post(api, name="New", version=newer)

    late = post(api, name="Old", version=older)

    body = late.json()
    assert (late.status_code, body["state"]) == (200, "unchanged")
    assert (body["remark"]["field"], body["remark"]["code"]) == ("version", "older_version")
    assert body["id"] == Customer.objects.get().pk
    assert Customer.objects.get().name == "New"


def test_equal_one_is_taken_again_and_a_newer_one_wins(clinic, api):
    post(api, version=5)

    same = post(api, version=5)
    corrected = post(api, name="Anna", version=5)
    newer = post(api, name="Bea", version=6)

    assert [a.json()["state"] for a in (same, corrected, newer)] == [
        "unchanged", "updated", "updated",
    ]  # fmt: skip
    assert Customer.objects.get().name == "Bea"


def test_without_a_version_it_counts_as_newest_and_forgets_none(clinic, api):
    post(api, name="New", version=5)

    post(api, name="Unsaid")
    post(api, name="Old", version=4)

    assert Customer.objects.get().name == "Unsaid"
    assert AppliedVersion.objects.get().version == 5


def test_bulk_in_any_order_ends_with_the_newest(clinic, api):
    items = [
        {"external_id": "C-1", "name": "two", "version": 2},
        {"external_id": "C-2", "name": "plain"},
        {"external_id": "C-1", "name": "three", "version": 3},
        {"external_id": "C-1", "name": "one", "version": 1},
    ]

    answer = api().post(
        "/api/v1/customers/bulk/", {"source": "booking", "items": items}, format="json"
    )

    assert sorted(Customer.objects.values_list("name", flat=True)) == ["plain", "three"]
    results = answer.json()["results"]
    assert [one["index"] for one in results] == [0, 1, 2, 3]
    assert [one["state"] for one in results] == ["unchanged", "created", "created", "unchanged"]
    assert len({one["id"] for one in results if one["external_id"] == "C-1"}) == 1


def test_refused_one_leaves_the_version_as_it_was(clinic, api):
    post(api, version=1)

    refused = post(api, phones=["1"], version=9)
    next_one = post(api, name="Next", version=2)

    assert (refused.status_code, next_one.json()["state"]) == (400, "updated")


@pytest.mark.parametrize("version", [True, "soon", [1], 1e300, "2026-05-01T10:00:00"])
def test_what_is_no_version_is_refused(clinic, api, version):
    answer = post(api, version=version)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#/version"


def test_webhook_and_api_of_one_source_know_each_others_versions(clinic, api):
    sender = Sender(clinic)
    post(api, name="API", version=10)

    sender.send(customer("C-1", 9, name="Hook"), event_id="e1")
    sender.work()
    assert (only_record(sender.source).outcome, Customer.objects.get().name) == ("older", "API")
    sender.send(customer("C-1", 11, name="Hook"), event_id="e2")
    sender.work()
    late = post(api, name="late", version=10)

    assert (late.json()["state"], Customer.objects.get().name) == ("unchanged", "Hook")


@pytest.mark.parametrize(
    ("route", "first", "second", "field"),
    [
        ("appointments", {"starts_at": "2026-05-20T14:00:00+08:00", "status": "confirmed"},
         {"status": "booked"}, "status"),
        ("sales", {"occurred_at": "2026-05-20T14:00:00+08:00", "net_minor": 200},
         {"net_minor": 100}, "net_minor"),
        ("interactions", {"occurred_at": "2026-05-20T14:00:00+08:00", "kind": "call",
         "channel": "phone", "summary": "new"}, {"summary": "old"}, "summary"),
    ],
)  # fmt: skip
def test_every_kind_keeps_to_it(clinic, api, route, first, second, field):
    post(api)
    named = {"source": "booking", "external_id": "X", "customer_external_id": "C-1"}
    made = api().post(f"/api/v1/{route}/", named | first | {"version": 2}, format="json")

    late = api().post(f"/api/v1/{route}/", named | second | {"version": 1}, format="json")

    read = api().get(f"/api/v1/{route}/{made.json()['id']}/").json()
    assert (late.json()["state"], late.json()["id"]) == ("unchanged", made.json()["id"])
    assert read[field] == first[field]
