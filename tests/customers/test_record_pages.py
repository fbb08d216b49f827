"""A whole record typed in at the desk: a new customer, and the full edit page."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from customers.models import (
    AcquisitionSource,
    ContactPoint,
    Customer,
    CustomerChange,
    CustomerEvent,
    Identity,
)
from customers.services import records, search_tokens
from customers.services.contacts import ContactDraft
from tests.factories.customers import ContactPointFactory, CustomerFactory, IdentityFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}
ODD_NAMES = ["王", "㛃䶮𠮷", "🌸 Blüte 👩‍⚕️", "مريم", "O'Brien-<b>Ann</b>", "王" * 200]


def made(response) -> Customer:
    assert response.status_code == 302, response.context["form"].errors
    return Customer.objects.get(pk=int(response["Location"].strip("/").rpartition("/")[2]))


def rows(customer, kind="phone") -> list[tuple]:
    points = ContactPoint.objects.filter(customer=customer, kind=kind)
    return [(p.value, p.label, p.is_valid, p.is_primary) for p in points]


@pytest.fixture
def staff_client(client_as, staff):
    return client_as(staff)


def test_a_name_is_enough(staff_client, staff):
    assert staff_client.get("/customers/new/").status_code == 200

    customer = made(staff_client.post("/customers/new/", {"name": " 王小明 "}))

    assert customer.name == "王小明"
    event = CustomerEvent.objects.get(customer=customer)
    assert (event.kind, event.payload) == ("customer.created", {"source": "desk"})
    assert staff_client.get("/customers/", {"q": "wxm"}).content.count("王小明".encode()) >= 1
    assert not CustomerChange.objects.filter(customer=customer).exists()


def test_the_new_form_begins_empty(staff_client):
    page = staff_client.get("/customers/new/", {"name": "王 🌸", "phone": "138 0013"})

    form = page.context["form"]
    held = {name: form[name].value() for name in form.fields if form[name].value()}
    assert held == {"name": "王 🌸"}
    assert b"DatabaseDefault" not in page.content
    assert b'value="138 0013"' in page.content


def test_everything_at_once(staff_client, staff):
    branch, friend = BranchFactory(), CustomerFactory(name="Berta")
    AcquisitionSource.objects.create(name="小红书")
    customer = made(
        staff_client.post(
            "/customers/new/",
            {
                "name": "Anna", "gender": "female", "birth_on": "2000-02-29",
                "occupation": "医生", "education": "硕士", "city": "上海", "district": "静安区",
                "address": "1 号", "language": "zh-hans", "hobbies": "登山", "notes": "n",
                "acquisition_source": " 小红书 ", "home_branch": branch.pk,
                "consultant": staff.pk, "referrer": friend.pk,
                "phone-0-value": "138 0013 4321", "phone-0-label": "mobile",
                "phone-0-is_valid_one": "on",
                "phone-2-value": "021-62881234/13900139000", "phone-2-label": "work",
                "phone-primary": "2",
                "email-0-value": "Anna@Mail.Example", "email-0-is_valid_one": "on",
                "card": "VIP-7, VIP-8", "wechat": "wxid_7",
            },
        )
    )  # fmt: skip

    assert (customer.birth_on, customer.referrer) == (date(2000, 2, 29), friend)
    assert customer.acquisition_source == "小红书"
    assert rows(customer) == [
        ("+862162881234", "work", False, True),
        ("+8613800134321", "mobile", True, False),
        ("+8613900139000", "work", False, False),
    ]
    assert rows(customer, "email") == [("Anna@mail.example", "", True, True)]
    ids = Identity.objects.filter(customer=customer).values_list("source", "external_id")
    assert set(ids) == {("card", "VIP-7"), ("card", "VIP-8"), ("wechat", "wxid_7")}


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_names(staff_client, name):
    customer = made(staff_client.post("/customers/new/", {"name": name}))

    assert customer.name == name
    page = staff_client.get(f"/customers/{customer.pk}/edit/")
    assert page.context["form"]["name"].value() == name
    assert b"<b>Ann</b>" not in page.content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "   "), ("name", "名" * 300), ("name", "a\x00b"),
        ("birth_on", "2001-02-29"), ("birth_on", "1899-01-01"), ("birth_on", "2999-01-01"),
        ("gender", "x"), ("referrer", "999999"), ("home_branch", "x"), ("card", "7" * 121),
        ("phone-0-value", "1.38E+10"), ("phone-0-value", "12"), ("phone-0-value", "no phone"),
        ("email-0-value", "nobody"), ("email-0-value", "a@b"), ("phone-0-label", "x"),
    ],
)  # fmt: skip
def test_bad_input_is_said_at_its_field_and_kept(staff_client, field, value):
    body = {"name": "Anna", "city": "Bern", "phone-0-value": "", field: value}

    response = staff_client.post("/customers/new/", body)

    assert response.status_code == 422
    assert not Customer.objects.exists()
    html = response.content.decode()
    assert 'data-invalid="true"' in html
    assert 'value="Bern"' in html


def test_somebody_known_is_shown_before_a_second_one_is_made(staff_client):
    known = CustomerFactory(name="Known Person")
    ContactPointFactory(customer=known, kind="phone", value="+8613800134321")
    IdentityFactory(customer=known, source="card", external_id="VIP-7")
    body = {"name": "Anna", "phone-0-value": "13800134321"}

    asked = staff_client.post("/customers/new/", body)

    assert asked.status_code == 409
    assert [(p.customer, p.by) for p in asked.context["known"]] == [(known, ["+8613800134321"])]
    assert f'href="/customers/{known.pk}/"' in asked.content.decode()
    assert Customer.objects.count() == 1
    customer = made(staff_client.post("/customers/new/", body | {"is_another_person": "1"}))
    assert rows(customer)[0][0] == "+8613800134321"
    refused = staff_client.post(
        "/customers/new/", {"name": "Carl", "card": "VIP-7", "is_another_person": "1"}
    )
    assert refused.status_code == 422
    assert "VIP-7" in str(refused.context["form"].errors["card"])
    assert Customer.objects.count() == 2


def test_the_hint_comes_while_typing(staff_client):
    known = CustomerFactory(name="Known Person")
    ContactPointFactory(customer=known, kind="email", value="k@mail.example")
    IdentityFactory(customer=known, source="wechat", external_id="wx7")

    def hint(**typed) -> str:
        answer = staff_client.post("/customers/known/", typed, headers=HTMX)
        assert answer.status_code == 200
        return answer.content.decode()

    assert "Known Person" in hint(**{"phone-0-value": "half", "email-0-value": "k@mail.example"})
    assert "Known Person" in hint(wechat="wx7")
    assert hint(wechat="wx7", customer=known.pk).strip() == ""  # one's own is no duplicate
    assert hint(wechat="wx").strip() == hint().strip() == hint(customer="x" * 30).strip() == ""


def test_a_bound_member_is_not_told_of_another_branch(client_as, clinic):
    mine, other = BranchFactory(), BranchFactory()
    known = CustomerFactory(name="Known Person", home_branch=other)
    ContactPointFactory(customer=known, kind="phone", value="+8613800134321")
    client = client_as(MembershipFactory(role="staff", branch=mine))

    hint = client.post("/customers/known/", {"phone-0-value": "13800134321"}, headers=HTMX)
    picked = client.get("/customers/pick/referrer/", {"q": "known"}, headers=HTMX)

    assert b"Known" not in hint.content + picked.content
    body = {"name": "Anna", "home_branch": mine.pk, "phone-0-value": "13800134321"}
    assert made(client.post("/customers/new/", body)).home_branch == mine
    assert client.post("/customers/new/", body | {"home_branch": other.pk}).status_code == 422
    assert client.post("/customers/new/", body | {"referrer": known.pk}).status_code == 422


def test_editing_sets_removes_and_keeps(staff_client):
    customer = CustomerFactory(name="Anna", city="Bern")
    ContactPointFactory(customer=customer, kind="phone", value="+8613800000001")
    second = ContactPointFactory(
        customer=customer, kind="phone", value="+8613800000002", is_primary=False
    )
    IdentityFactory(customer=customer, source="card", external_id="old")
    page = staff_client.get(f"/customers/{customer.pk}/edit/")
    assert page.status_code == 200
    assert b"+8613800000002" in page.content

    made(
        staff_client.post(
            f"/customers/{customer.pk}/edit/",
            {"name": "Anna", "phone-0-value": "", "phone-1-value": "+8613800000002",
             "phone-1-label": "home", "phone-1-is_valid_one": "on", "phone-primary": "1",
             "card": "new", "seen": page.context["seen"]},
        )
    )  # fmt: skip

    assert rows(customer) == [("+8613800000002", "home", True, True)]
    assert ContactPoint.objects.get(customer=customer).pk == second.pk
    assert list(Identity.objects.values_list("external_id", flat=True)) == ["new"]
    customer.refresh_from_db()
    assert customer.city == "Bern"  # not posted, so not said
    assert not staff_client.get("/customers/", {"q": "0001"}).context["lines"]


def test_two_people_editing_lose_nothing(staff_client, client_as, manager):
    customer = CustomerFactory(name="Anna", city="Bern", occupation="old")
    address = f"/customers/{customer.pk}/edit/"
    seen = staff_client.get(address).context["seen"]
    other = {"name": "Anna", "city": "Basel", "occupation": "nurse"}
    made(client_as(manager).post(address, other))

    mine = {"name": "Anna Berg", "city": "Bern", "occupation": "doctor", "seen": seen}
    clash = staff_client.post(address, mine)

    assert clash.status_code == 409
    [conflict] = clash.context["conflicts"]
    assert (conflict.label, conflict.value) == ("Occupation", "nurse")
    assert conflict.origin.label == str(manager)
    assert 'value="doctor"' in clash.content.decode()  # what was typed is still there
    customer.refresh_from_db()
    assert (customer.name, customer.occupation) == ("Anna", "nurse")

    made(staff_client.post(address, mine | {"seen": clash.context["seen"]}))
    customer.refresh_from_db()
    # mine where I typed, theirs where I did not
    assert (customer.name, customer.city, customer.occupation) == ("Anna Berg", "Basel", "doctor")


def test_a_phone_added_meanwhile_is_a_clash_too(staff_client):
    customer = CustomerFactory(name="Anna")
    address = f"/customers/{customer.pk}/edit/"
    seen = staff_client.get(address).context["seen"]
    ContactPointFactory(customer=customer, kind="phone", value="+8613800000001")

    body = {"name": "Anna", "phone-0-value": "13900000000", "seen": seen}
    clash = staff_client.post(address, body)

    assert clash.status_code == 409
    assert clash.context["conflicts"][0].value == "+8613800000001"
    assert rows(customer)[0][0] == "+8613800000001"
    assert staff_client.post(address, body | {"phone-0-value": "", "seen": seen}).status_code == 302
    assert len(rows(customer)) == 1  # an untouched empty row takes nothing away


@pytest.mark.parametrize("seen", ["", "{", "[]", '{"name": 1}', json.dumps({"name": "x" * 9999})])
def test_a_broken_mark_breaks_nothing(staff_client, seen):
    customer = CustomerFactory(name="Anna")

    response = staff_client.post(f"/customers/{customer.pk}/edit/", {"name": "Berta", "seen": seen})

    assert response.status_code in (302, 409)


def test_a_referrer_circle_is_refused_with_words(staff_client):
    anna = CustomerFactory(name="Anna")
    berta = CustomerFactory(name="Berta", referrer=anna)
    carla = CustomerFactory(name="Carla", referrer=berta)
    address = f"/customers/{anna.pk}/edit/"

    response = staff_client.post(address, {"name": "Anna", "referrer": carla.pk})

    assert response.status_code == 422
    assert "Carla" in str(response.context["form"].errors["referrer"])
    anna.refresh_from_db()
    assert anna.referrer is None
    itself = staff_client.post(address, {"name": "Anna", "referrer": anna.pk})
    assert itself.status_code == 422
    assert staff_client.post(address, {"name": "Anna", "referrer": ""}).status_code == 302


def test_an_old_circle_in_the_data_ends_the_search(clinic, staff):
    one, two = CustomerFactory(), CustomerFactory()
    Customer.objects.filter(pk=one.pk).update(referrer=two)
    Customer.objects.filter(pk=two.pk).update(referrer=one)
    third = CustomerFactory()

    records.edit(customer=third, said={"referrer": one}, by=staff, at=third.created_at)

    third.refresh_from_db()
    assert third.referrer == one


def test_picking_finds_people_as_radio_buttons(staff_client):
    anna = CustomerFactory(name="王小明")
    search_tokens.rebuild([anna.pk])

    html = staff_client.get(
        "/customers/pick/referrer/", {"q": "wxm"}, headers=HTMX
    ).content.decode()

    assert f'name="referrer" value="{anna.pk}"' in html
    assert staff_client.get("/customers/pick/referrer/", headers=HTMX).content.strip() == b""


def test_another_row_has_the_next_number(staff_client):
    html = staff_client.get(
        "/customers/contact-rows/phone/", {"index": "3"}, headers=HTMX
    ).content.decode()

    assert 'name="phone-3-value"' in html
    assert "index=4" in html
    assert staff_client.get("/customers/contact-rows/fax/").status_code == 404


def test_one_primary_is_left_of_many_equal_ones(staff_client):
    body = {"name": "Anna"} | {f"phone-{i}-value": "13800134321" for i in range(30)}

    customer = made(staff_client.post("/customers/new/", body | {"phone-primary": "999"}))

    assert rows(customer) == [("+8613800134321", "", False, True)]


def test_the_database_refuses_an_unknown_gender(clinic):
    with pytest.raises(IntegrityError, match="customer_gender_known"), transaction.atomic():
        CustomerFactory(gender="x")


def test_analysts_may_not_make_or_edit(client_as):
    client = client_as("analyst")
    for path in ("new/", "known/", "pick/referrer/", "contact-rows/phone/"):
        answer = client.post(f"/customers/{path}") if path == "known/" else client.get(
            f"/customers/{path}")  # fmt: skip
        assert answer.status_code == 403


def test_marks_are_the_same_for_the_same_record(clinic):
    drafts = [ContactDraft("a", is_primary=True), ContactDraft("b")]

    assert records.marks_of({"phone": drafts}) == records.marks_of({"phone": drafts[::-1]})
    assert (
        records.marks_of({"x": None}) == records.marks_of({"x": ""}) == records.marks_of({"x": []})
    )
    assert records.marks_of({"x": False}) != records.marks_of({"x": None})
