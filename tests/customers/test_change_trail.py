"""Every change of a customer leaves its trail, whichever door it came in by."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from customers.models import ContactPoint, Customer, CustomerChange, CustomerTag, Identity
from customers.services import records
from customers.services.bulk_rows import insert_rows, update_rows
from customers.services.intake import CustomerRecord, upsert_customers
from tenancy.acting import acting, untracked
from tests.customers.hooks import Sender
from tests.customers.hooks import customer as webhook_customer
from tests.factories.customers import ContactPointFactory, CustomerFactory, TagFactory
from tests.factories.tenancy import BranchFactory

AT = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


def trail(customer) -> list[tuple[str, str, str]]:
    changes = CustomerChange.objects.filter(customer=customer).order_by("pk")
    return [(change.field, change.old, change.new) for change in changes]


def test_a_change_on_the_page_names_field_values_and_member(client_as, staff):
    customer = CustomerFactory(name="王小明", city="上海")

    answer = client_as(staff).post(f"/customers/{customer.pk}/tags/", {"name": "VIP"})

    assert answer.status_code == 302
    [change] = CustomerChange.objects.filter(customer=customer)
    assert (change.field, change.old, change.new) == ("tag", "", "VIP")
    assert (change.actor, change.actor_label) == (f"member:{staff.pk}", str(staff))


def test_a_change_by_the_api_names_the_key(api):
    client = api("customers.write")
    body = {"source": "booking", "external_id": "C1", "name": "Anna", "city": "Bern"}
    made = client.post("/api/v1/customers/", body).json()["id"]
    assert trail(made) == []  # what somebody is created with is no change

    client.post("/api/v1/customers/", body | {"city": "Basel", "phones": ["+41446681800"]})

    assert set(trail(made)) == {("city", "Bern", "Basel"), ("phone", "", "+41446681800")}
    for change in CustomerChange.objects.filter(customer=made):
        assert (change.actor, change.actor_label) == (f"key:{client.key.pk}", client.key.name)


def test_a_change_by_an_import_names_the_import(clinic):
    upsert_customers(source="file", records=[CustomerRecord("1", name="Anna")], at=AT)

    with acting("import:12", "list.xlsx"):
        again = [CustomerRecord("1", occupation="医生"), CustomerRecord("2", name="Berta")]
        upsert_customers(source="file", records=again, at=datetime.now(UTC), door="file")

    [change] = CustomerChange.objects.all()
    assert (change.field, change.new, change.actor) == ("occupation", "医生", "import:12")
    assert change.actor_label == "list.xlsx"


def test_a_change_by_a_webhook_names_its_source(clinic):
    sender = Sender(clinic)
    for version, name in ((1, "Anna"), (2, "Anna Berg")):
        sender.send(webhook_customer("c1", version, name=name), event_id=f"evt-{version}")
        sender.work()

    [change] = CustomerChange.objects.filter(field="name")
    assert (change.old, change.new) == ("Anna", "Anna Berg")
    assert (change.actor, change.actor_label) == (
        f"source:{sender.source.pk}",
        sender.source.name,
    )


def test_raw_sql_in_bulk_leaves_a_trail_too(clinic):
    one, two = CustomerFactory(city="A"), CustomerFactory(city="A")

    update_rows(Customer, [{"id": one.pk, "city": "B"}, {"id": two.pk, "city": "A"}])
    Customer.objects.filter(pk=two.pk).update(birth_on=date(2000, 2, 29))

    assert trail(one) == [("city", "A", "B")]
    assert trail(two) == [("birth_on", "", "2000-02-29")]


def test_references_and_own_fields_are_told_by_name(clinic):
    branch = BranchFactory()
    customer = CustomerFactory(custom={"size": 38, "vip": True})

    Customer.objects.filter(pk=customer.pk).update(
        home_branch=branch, custom={"size": 39, "colour": "red", "vip": True}
    )

    assert set(trail(customer)) == {
        ("home_branch", "", str(branch.pk)),
        ("custom.size", "38", "39"),
        ("custom.colour", "", "red"),
    }


def test_what_is_derived_is_no_change(clinic):
    customer = CustomerFactory()

    Customer.objects.filter(pk=customer.pk).update(
        last_visit_on=date(2026, 5, 1), updated_at=AT, spent_minor=7
    )

    assert trail(customer) == []


def test_contacts_identities_and_their_marks(clinic):
    customer = CustomerFactory()
    point = ContactPointFactory(customer=customer, kind="phone", value="+8613800000001")
    Identity.objects.create(customer=customer, source="card", external_id="77")
    ContactPoint.objects.filter(pk=point.pk).update(is_valid=False, label="work")
    ContactPoint.objects.filter(pk=point.pk).delete()
    Identity.objects.filter(external_id="77").delete()

    marks = CustomerChange.objects.filter(field__in=["phone.is_valid", "phone.label"])
    assert {(c.field, c.item, c.old, c.new) for c in marks} == {
        ("phone.is_valid", "+8613800000001", "true", "false"),
        ("phone.label", "+8613800000001", "", "work"),
    }
    assert [row for row in trail(customer) if "." not in row[0]] == [
        ("phone", "", "+8613800000001"),
        ("identity", "", "card:77"),
        ("phone", "+8613800000001", ""),
        ("identity", "card:77", ""),
    ]


def test_moving_a_contact_to_another_customer_changes_no_value(clinic):
    one, two = CustomerFactory(), CustomerFactory()
    with untracked():
        point = ContactPointFactory(customer=one)

    ContactPoint.objects.filter(pk=point.pk).update(customer=two)

    assert trail(one) == trail(two) == []


def test_untracked_work_leaves_nothing(clinic):
    customer = CustomerFactory(name="CANARY")
    ContactPointFactory(customer=customer)
    CustomerChange.objects.all().delete()

    with untracked():
        ContactPoint.objects.filter(customer=customer).delete()
        Customer.objects.filter(pk=customer.pk).update(name="erased")
    Customer.objects.filter(pk=customer.pk).update(city="Bern")

    assert trail(customer) == [("city", "", "Bern")]


def test_a_deleted_customer_takes_the_trail_along(clinic):
    customer = CustomerFactory()
    ContactPointFactory(customer=customer)
    CustomerTag.objects.create(customer=customer, tag=TagFactory())
    Customer.objects.filter(pk=customer.pk).update(city="Bern")

    customer.delete()

    assert not CustomerChange.objects.exists()


def test_another_clinics_trail_is_not_seen(clinic, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        foreign = CustomerFactory()
        Customer.objects.filter(pk=foreign.pk).update(city="Bern")
        assert len(trail(foreign)) == 1

    assert not CustomerChange.objects.exists()


def test_who_acts_is_forgotten_when_the_work_ends(clinic, staff):
    customer = CustomerFactory()
    with acting("member:1", "Anna\x00|\nBerg"):
        Customer.objects.filter(pk=customer.pk).update(city="A")
    Customer.objects.filter(pk=customer.pk).update(city="B")

    told = CustomerChange.objects.order_by("pk").values_list("actor", "actor_label")
    assert list(told) == [("member:1", "Anna|Berg"), ("", "")]


def test_an_edit_and_its_trail_stand_or_fall_together(clinic, staff):
    customer = CustomerFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        records.edit(customer=customer, said={"city": "Bern"}, by=staff, at=AT)
        insert_rows(CustomerChange, [{"field": "x"}])  # refused

    assert trail(customer) == []
