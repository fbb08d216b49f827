"""The clinic's own fields: defined in the settings, checked everywhere, found in segments."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from customers.models import Customer, CustomerChange, CustomField
from customers.services.custom_fields import FieldRefused, move_field, save_field
from customers.services.custom_values import (
    CustomValuesRefused,
    clean_custom_values,
    with_values,
)
from segmentation.attributes import attribute, attributes
from segmentation.compiling import compile_rule
from segmentation.rules import clean_rule
from segmentation.sentences import sentence_of
from tests.factories.customers import CustomerFactory

TODAY = date(2026, 5, 1)


@pytest.fixture
def fields(clinic, owner):
    def make(label, kind, **more):
        return save_field(field=None, label=label, kind=kind, by=owner, **more)

    return {
        "size": make("Shoe size", "number", key="size"),
        "drink": make("饮品", "choice", choices=["茶", " 咖啡 ", "", "茶"]),
        "since": make("Member since", "date", key="since"),
        "vip": make("VIP", "yes_no"),
        "motto": make("Motto", "text", key="motto"),
    }


def test_keys_are_made_of_the_name(fields, owner):
    assert fields["drink"].key == "yin_pin"
    assert fields["drink"].choices == ["茶", "咖啡"]
    assert fields["vip"].key == "vip"
    assert save_field(field=None, label="VIP", kind="text", by=owner).key == "vip_2"
    assert save_field(field=None, label="🌸", kind="text", by=owner).key == "field"
    assert save_field(field=None, label="鞋" * 80, kind="text", by=owner).key.startswith("xie_xie")


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"key": "size"}, "key"), ({"key": "Size"}, "key"), ({"key": "1a"}, "key"),
        ({"key": "a" * 41}, "key"), ({"key": "a-b"}, "key"), ({"kind": "choice"}, "choices"),
        ({"kind": "choice", "choices": ["x" * 101]}, "choices"),
        ({"kind": "choice", "choices": [str(n) for n in range(101)]}, "choices"),
    ],
)  # fmt: skip
def test_what_a_field_cannot_be(fields, owner, said, where):
    with pytest.raises(FieldRefused) as refusal:
        save_field(field=None, by=owner, **({"label": "X", "kind": "text"} | said))
    assert refusal.value.field == where


def test_the_kind_stays_under_values(fields, owner):
    CustomerFactory(custom={"size": 38})
    with pytest.raises(FieldRefused):
        save_field(field=fields["size"], label="Size", kind="text", by=owner)
    save_field(field=fields["motto"], label="Motto", kind="date", by=owner)


def test_order_is_the_clinics(fields):
    move_field(field=fields["vip"], up=True)
    move_field(field=fields["size"], up=True)  # first already
    keys = list(CustomField.objects.values_list("key", flat=True))
    assert keys == ["size", "yin_pin", "vip", "since", "motto"]


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("size", 38, 38), ("size", "38.50", 38.5), ("size", Decimal("38.0"), 38), ("size", -1, -1),
        ("size", 0, 0), ("size", "", None), ("size", None, None), ("size", "３８", 38),
        ("yin_pin", " 茶 ", "茶"), ("since", "2024-02-29", "2024-02-29"),
        ("since", date(2024, 2, 29), "2024-02-29"), ("vip", True, True), ("vip", "否", False),
        ("vip", "YES", True), ("motto", "  ", None),
        ("motto", " 㛃䶮𠮷 🌸 مرحبا ", "㛃䶮𠮷 🌸 مرحبا"),
    ],
)  # fmt: skip
def test_values_are_stored_in_one_form(clinic, fields, key, value, stored):
    cleaned = clean_custom_values(clinic, {key: value})

    assert cleaned == {key: stored}
    assert json.loads(json.dumps(cleaned)) == cleaned


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", "many"), ("size", "NaN"), ("size", "Infinity"), ("size", True), ("size", [1]),
        ("size", "1e99"), ("yin_pin", "水"), ("yin_pin", {"a": 1}), ("since", "2023-02-29"),
        ("since", "1800-01-01"), ("since", 7), ("vip", "perhaps"), ("vip", 2), ("motto", 7),
        ("motto", "x" * 501), ("motto", "a\x00b"), ("motto", "\ud800"), ("unknown", "x"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_taken_are_named(clinic, fields, key, value):
    with pytest.raises(CustomValuesRefused) as refusal:
        clean_custom_values(clinic, {"vip": True, key: value})
    assert set(refusal.value.errors) == {key}
    assert refusal.value.errors[key]


def test_a_field_put_aside_takes_no_values_and_keeps_those_it_has(clinic, fields, owner, client_as):
    customer = CustomerFactory(custom={"vip": True})
    save_field(field=fields["vip"], label="VIP", kind="yes_no", by=owner, is_active=False)

    with pytest.raises(CustomValuesRefused):
        clean_custom_values(clinic, {"vip": False})
    page = client_as("staff").get(f"/customers/{customer.pk}/edit/")
    assert b"custom-vip" not in page.content
    assert with_values(customer.custom, {"size": 3}) == {"vip": True, "size": 3}


def test_shown_edited_and_in_the_trail(clinic, fields, client_as):
    customer = CustomerFactory(name="Anna", custom={"size": 38, "vip": False, "yin_pin": "水"})
    client = client_as("staff")
    page = client.get(f"/customers/{customer.pk}/edit/")
    own = page.context["forms"].own
    assert [own[key].value() for key in ("size", "vip", "yin_pin")] == ["38", "no", "水"]

    body = {
        "name": "Anna", "seen": page.context["seen"], "custom-size": "39", "custom-vip": "no",
        "custom-yin_pin": "水", "custom-since": "2024-02-29", "custom-motto": "",
    }  # fmt: skip
    assert client.post(f"/customers/{customer.pk}/edit/", body).status_code == 302

    customer.refresh_from_db()
    assert customer.custom == {"size": 39, "vip": False, "yin_pin": "水", "since": "2024-02-29"}
    changed = CustomerChange.objects.values_list("field", "old", "new")
    assert set(changed) == {("custom.size", "38", "39"), ("custom.since", "", "2024-02-29")}
    profile = client.get(f"/customers/{customer.pk}/").content.decode()
    assert "Shoe size" in profile
    assert "29 Feb 2024" in profile
    bad = client.post(f"/customers/{customer.pk}/edit/", body | {"custom-size": "x"})
    assert bad.status_code == 422
    assert bad.context["forms"].own.errors["size"]


def test_segments_ask_for_own_fields(clinic, fields):
    tea = CustomerFactory(custom={"size": 38, "yin_pin": "茶", "since": "2024-03-01", "vip": True})
    coffee = CustomerFactory(custom={"size": 40, "yin_pin": "咖啡", "motto": "Carpe diem"})
    nothing = CustomerFactory()

    def found(key, operator, value=None) -> set:
        condition = {"attribute": f"custom.{key}", "operator": operator}
        rule = {
            "match": "all",
            "conditions": [condition | ({} if value is None else {"value": value})],
        }
        assert sentence_of(clean_rule(rule), currency="CNY")
        return set(Customer.objects.filter(compile_rule(rule, on=TODAY)))

    assert found("size", "at_least", 39) == {coffee}
    assert found("size", "between", [30, 39]) == {tea}
    assert found("yin_pin", "is", ["茶"]) == {tea}
    assert found("yin_pin", "is_not", ["茶"]) == {coffee, nothing}
    assert found("since", "before", "2024-03-02") == {tea}
    assert found("since", "in_last_days", 10) == set()
    assert found("since", "is_unknown") == {coffee, nothing}
    assert found("vip", "is", True) == {tea}
    assert found("vip", "is", False) == {coffee, nothing}
    assert found("motto", "contains", "DIEM") == {coffee}
    assert found("motto", "is_unknown") == {tea, nothing}


def test_another_clinics_fields_are_no_attributes(clinic, fields, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        assert attribute("custom.size") is None
        assert not [one for one in attributes() if one.key.startswith("custom.")]


def test_settings_pages(clinic, client_as):
    owner = client_as("owner")
    assert b"No field of your own yet" in owner.get("/settings/customers/fields/").content

    made = owner.post(
        "/settings/customers/fields/new/",
        {"label": "饮品", "kind": "choice", "choices": "茶\r\n咖啡"},
    )
    assert made.status_code == 302
    field = CustomField.objects.get()
    address = f"/settings/customers/fields/{field.pk}/"
    page = owner.get("/settings/customers/fields/").content.decode()
    assert "yin_pin" in page
    assert owner.get(address).context["form"]["choices"].value() == "茶\n咖啡"
    changed = {"label": "Drink", "kind": "choice", "choices": "茶", "key": "hacked"}
    assert owner.post(address, changed).status_code == 302
    field.refresh_from_db()
    assert (field.key, field.label, field.choices, field.is_active) == (
        "yin_pin", "Drink", ["茶"], False,
    )  # fmt: skip
    bad = owner.post("/settings/customers/fields/new/", {"label": "", "kind": "x"})
    assert bad.status_code == 422
    assert set(bad.context["form"].errors) == {"label", "kind"}
    assert owner.post(f"{address}move/", {"direction": "up"}).status_code == 302
    assert client_as("manager").get("/settings/customers/fields/").status_code == 200
    assert client_as("manager").post(address, changed).status_code == 403
    assert client_as("staff").get("/settings/customers/fields/").status_code == 403


def test_constraints_of_the_table(clinic):
    CustomField.objects.create(key="a", label="A", kind="text")
    with pytest.raises(IntegrityError, match="custom_field_once"), transaction.atomic():
        CustomField.objects.create(key="a", label="B", kind="text")
    with pytest.raises(IntegrityError, match="custom_field_kind_known"), transaction.atomic():
        CustomField.objects.create(key="b", label="B", kind="x")


def test_a_new_customer_may_begin_with_values(fields, client_as):
    client = client_as("staff")
    answer = client.post("/customers/new/", {"name": "Anna", "custom-vip": "yes"})
    assert answer.status_code == 302
    assert Customer.objects.get().custom == {"vip": True}
    assert Customer.objects.get().created_at < datetime.now(UTC)
