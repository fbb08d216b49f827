"""All consents of a customer with text version, day, source and proof."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from customers.models import Consent, CustomerEvent
from tenancy.models import AuditEntry
from tests.customers.test_pages_customers import own_queries
from tests.factories.customers import ConsentFactory, CustomerFactory

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)  # noon in Shanghai
YES = {
    "purpose": "marketing", "channel": "sms", "answer": "yes", "said_on": "2026-04-01",
    "source": "paper", "text_version": "2026-03", "proof": "Form 17 🌸",
}  # fmt: skip


@pytest.fixture
def customer(clinic):
    return CustomerFactory()


@pytest.fixture(autouse=True)
def _may_first():
    with time_machine.travel(NOW, tick=False):
        yield


def note(client, customer, **said):
    return client.post(f"/customers/{customer.pk}/consents/note/", YES | said)


def test_a_yes_keeps_its_proof(client_as, customer, staff):
    client = client_as(staff)

    assert note(client, customer).status_code == 302

    row = Consent.objects.get()
    assert (row.source, row.text_version, row.proof) == ("paper", "2026-03", "Form 17 🌸")
    assert row.given_at == datetime(2026, 3, 31, 16, 0, tzinfo=UTC)  # 1 April in Shanghai
    assert AuditEntry.objects.get(action="consent.given").detail["source"] == "paper"
    assert CustomerEvent.objects.get(kind="consent.given").occurred_at == row.given_at
    page = client.get(f"/customers/{customer.pk}/consents/all/").content.decode()
    assert "Form 17 🌸" in page
    assert "Signed on paper" in page
    assert "consents/all/" in client.get(f"/customers/{customer.pk}/").content.decode()


def test_a_no_counts_at_once_and_an_old_yes_does_not_undo_it(client_as, customer):
    client = client_as("staff")
    note(client, customer)

    assert note(client, customer, answer="no", said_on="2026-05-01").status_code == 302
    assert Consent.objects.get().withdrawn_at == NOW
    late = note(client, customer, said_on="2026-04-20")

    assert late.status_code == 422
    assert late.context["form"].non_field_errors()
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"purpose": "x"}, {"channel": "fax"}, {"answer": ""}, {"said_on": "2026-05-02"},
        {"said_on": "1999-12-31"}, {"said_on": "2025-02-29"}, {"source": "x"},
        {"text_version": "x" * 41}, {"proof": "x" * 201}, {"answer": "no"},
    ],
)  # fmt: skip
def test_bad_input_is_said_and_changes_nothing(client_as, customer, said):
    assert note(client_as("staff"), customer, **said).status_code == 422
    assert not Consent.objects.exists()


def test_the_same_yes_twice_is_said(client_as, customer):
    client = client_as("staff")
    note(client, customer)
    assert note(client, customer).status_code == 422
    assert Consent.objects.count() == 1


def test_the_form_begins_with_what_was_clicked(client_as, customer):
    query = {"purpose": "care", "channel": "phone", "answer": "no"}
    form = client_as("staff").get(f"/customers/{customer.pk}/consents/all/", query).context["form"]

    assert [form[name].value() for name in query] == ["care", "phone", "no"]
    assert form["said_on"].value() == date(2026, 5, 1)


def test_analysts_see_and_change_nothing(client_as, customer):
    client = client_as("analyst")
    page = client.get(f"/customers/{customer.pk}/consents/all/")
    assert page.status_code == 200
    assert b"consents/note/" not in page.content
    assert note(client, customer).status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_costs_the_same_for_any_number(client_as, customer, n):
    for channel in ("email", "sms", "phone")[:n]:
        ConsentFactory(customer=customer, channel=channel)

    assert own_queries(client_as("staff"), f"/customers/{customer.pk}/consents/all/") == 2
