"""A clinic's own fields and the proof of a consent through the API."""

import pytest

from customers.models import Consent, Customer
from customers.services.custom_fields import save_field

BODY = {"source": "booking", "external_id": "C-1", "name": "Ann"}


@pytest.fixture
def own(clinic, owner):
    save_field(field=None, label="Shoe size", kind="number", by=owner)
    save_field(field=None, label="Blood", kind="choice", by=owner, choices=["A", "B"])
    save_field(field=None, label="VIP", kind="yes_no", by=owner)
    save_field(field=None, label="Since", kind="date", by=owner)


def post(api, **more):
    return api().post("/api/v1/customers/", BODY | more, format="json")


def test_own_values_are_written_and_read(own, api):
    custom = {"shoe_size": 38.5, "blood": "A", "vip": True, "since": "2020-03-05"}

    made = post(api, custom=custom)
    read = api().get(f"/api/v1/customers/{made.json()['id']}/").json()

    assert (made.status_code, read["custom"]) == (201, custom)


def test_key_left_out_stays_and_null_clears(own, api):
    post(api, custom={"shoe_size": 38, "blood": "A"})

    again = post(api, custom={"shoe_size": None, "vip": False})
    same = post(api, custom={"vip": False})

    assert (again.json()["state"], same.json()["state"]) == ("updated", "unchanged")
    assert Customer.objects.get().custom == {"blood": "A", "vip": False}


@pytest.mark.parametrize(
    ("custom", "code", "pointer"),
    [
        ({"size": 1}, "unknown_field", "#/custom/size"),
        ({"shoe_size": "large"}, "custom_value_invalid", "#/custom/shoe_size"),
        ({"shoe_size": True}, "custom_value_invalid", "#/custom/shoe_size"),
        ({"blood": "AB"}, "custom_value_invalid", "#/custom/blood"),
        ({"vip": "maybe"}, "custom_value_invalid", "#/custom/vip"),
        ({"since": "05.03.2020"}, "custom_value_invalid", "#/custom/since"),
        ({"blood": ["A"]}, "invalid", "#/custom/blood"),
        ({"blood": {"a": 1}}, "invalid", "#/custom/blood"),
        (["A"], "invalid", "#/custom"),
        ("A", "invalid", "#/custom"),
        ({f"k{n}": 1 for n in range(51)}, "max_length", "#/custom"),
    ],
)
def test_wrong_value_is_refused_by_its_place(own, api, custom, code, pointer):
    answer = post(api, custom=custom)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["pointer"]) == (400, code, pointer)
    assert len(error["detail"]) >= 15
    assert not Customer.objects.exists()


def test_item_of_a_bulk_is_refused_by_its_place_and_the_others_are_taken(own, api):
    items = [
        {"external_id": "C-1", "name": "Ann", "custom": {"blood": "AB"}},
        {"external_id": "C-2", "name": "Bea", "custom": {"blood": "B"}},
    ]

    answer = api().post(
        "/api/v1/customers/bulk/", {"source": "booking", "items": items}, format="json"
    )

    first, second = answer.json()["results"]
    assert (answer.status_code, first["state"], second["state"]) == (207, "refused", "created")
    assert first["errors"][0]["pointer"] == "#/items/0/custom/blood"
    assert Customer.objects.get().custom == {"blood": "B"}


def test_consent_keeps_its_proof_and_tells_it(clinic, api):
    said = {
        "purpose": "marketing", "channel": "sms", "is_given": True, "text_version": "v3",
        "at": "2026-05-01T14:30:00+08:00", "proof": "form 77",
    }  # fmt: skip

    made = post(api, consents=[said])

    [told] = api().get(f"/api/v1/customers/{made.json()['id']}/").json()["consents"]
    assert Consent.objects.get().proof == "form 77"
    assert (told["proof"], told["text_version"], told["source"]) == ("form 77", "v3", "booking")


def test_proof_that_is_too_long_is_refused(clinic, api):
    said = {"purpose": "marketing", "channel": "sms", "is_given": True, "proof": "x" * 201}

    answer = post(api, consents=[said])

    assert answer.json()["errors"][0]["pointer"] == "#/consents/0/proof"
