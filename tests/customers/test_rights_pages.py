"""The page on which a person's rights are granted, and what comes out of it."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from customers.models import Consent, Customer
from customers.services.access_export import NOT_TOLD, paths_to_customer
from customers.services.intake import CustomerRecord, SaleRecord, upsert_customers, upsert_sales
from tenancy.models import AuditEntry
from tenancy.walls import tenant_models
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def person(clinic):
    record = CustomerRecord("P-1", name="王 小美", phones=("+8613900000001",), notes="likes tea")
    upsert_customers(source="booking", records=[record], at=AT)
    sale = SaleRecord("S-1", customer_external_id="P-1", occurred_at=AT, net_minor=5_000)
    upsert_sales(source="booking", records=[sale], at=AT)
    return Customer.objects.get()


def at(customer, what=""):
    return f"/customers/{customer.pk}/rights/{what}"


def test_the_zip_tells_everything_and_nothing_of_others(person, client_as):
    other = CustomerFactory(name="Somebody Else", referrer=person)

    answer = client_as("owner").post(at(person, "everything/"))

    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("person.json"))
        page = archive.read("person.html").decode()
    assert told["customers.Customer"][0]["name"] == "王 小美"
    assert told["customers.Sale"][0]["net_minor"] == 5_000
    assert told["customers.ContactPoint"][0]["value"] == "+8613900000001"
    assert "likes tea" in page
    assert other.name not in page
    assert AuditEntry.objects.filter(action="customer.told_everything").count() == 1


def test_every_table_of_a_person_is_told_or_says_why_not():
    paths = paths_to_customer()
    belonging = {model._meta.label for model in paths}
    for model in tenant_models():
        refers = any(
            field.related_model is Customer and field.name == "customer"
            for field in model._meta.local_fields
        )
        if refers:
            assert model._meta.label in belonging or model._meta.label in NOT_TOLD
    assert {"customers.SaleLine", "customers.NoteVersion", "loyalty.LedgerEntry"} <= belonging


def test_all_consents_are_withdrawn_at_once(person, client_as):
    for channel in ("email", "sms"):
        Consent.objects.create(
            customer=person, purpose="marketing", channel=channel, given_at=AT, source="desk"
        )
    answer = client_as("owner").post(at(person, "no/"))
    assert answer.status_code == 302
    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()


def test_erasing_needs_the_name(person, client_as):
    browser = client_as("owner")

    wrong = browser.post(at(person, "erase/"), {"name": "王小丽"})

    assert wrong.status_code == 422
    assert Customer.objects.filter(pk=person.pk).exists()

    right = browser.post(at(person, "erase/"), {"name": "王小美"})

    assert right.status_code == 302
    assert not Customer.objects.filter(pk=person.pk).exists()
    assert browser.get(f"/customers/{person.pk}/").status_code == 404
    assert browser.post(at(person, "erase/"), {"name": "王小美"}).status_code == 404


@pytest.mark.parametrize("role", ["manager", "staff", "analyst"])
def test_only_the_owner_may(person, client_as, role):
    browser = client_as(role)
    assert browser.get(at(person)).status_code == 403
    for what in ("everything/", "no/", "erase/"):
        assert browser.post(at(person, what), {"name": "王小美"}).status_code == 403
    assert Customer.objects.filter(pk=person.pk).exists()


def test_reading_changes_nothing(person, client_as):
    browser = client_as("owner")
    assert browser.get(at(person)).status_code == 200
    for what in ("everything/", "no/", "erase/"):
        assert browser.get(at(person, what)).status_code == 405
