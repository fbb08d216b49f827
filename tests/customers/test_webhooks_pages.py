"""Settings → Connections: both directions, by an owner, with the trail of what was done."""

import json

import pytest

from customers.models import Customer, Delivery, IntakeRecord, Source, Subscription
from customers.services.inbound import sources
from customers.services.inbound.mapping import STANDARD, Mapping
from customers.services.outgoing import subscriptions
from tenancy.models import AuditEntry
from tests.customers.hooks import Sender, customer
from tests.customers.test_webhooks_delivering import NOW, tell
from tests.factories.customers import CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

HOME = "/settings/connections/"


@pytest.fixture
def owner_client(client_as):
    return client_as("owner")


@pytest.fixture(autouse=True)
def _inside(settings):
    settings.WEBHOOKS_TO_PRIVATE = True


def subscribed(name: str = "till") -> Subscription:
    _secret, made = subscriptions.subscribe(
        name=name, url="http://127.0.0.1:9/x", kinds=["sale.recorded"]
    )
    return made


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    clinic, owner_client, django_assert_num_queries, n
):
    for number in range(n):
        sender = Sender(clinic, f"system {number}")
        sender.send(customer("c1", 1))
        subscribed(f"till {number}")
    with django_assert_num_queries(21):
        page = owner_client.get(HOME)
    assert f"system {n - 1}" in page.content.decode()


def test_an_empty_clinic_is_shown_what_to_do(owner_client):
    text = owner_client.get(HOME).content.decode()
    assert "No source yet" in text and "Nobody is told yet" in text


@pytest.mark.parametrize("role", ["manager", "staff", "analyst"])
def test_only_owners_come_here(clinic, client_as, role):
    sender = Sender(clinic)
    client = client_as(role)
    for path in (HOME, f"{HOME}sources/{sender.source.pk}/", f"{HOME}sources/new/"):
        assert client.get(path).status_code == 403


def test_an_owner_of_one_branch_sees_no_events_of_all(client_as):
    bound = MembershipFactory(role="owner", branch=BranchFactory())
    assert client_as(bound).get(HOME).status_code == 403


def test_a_source_is_opened_and_its_secret_shown_once(owner_client, clinic):
    made = owner_client.post(f"{HOME}sources/new/", {"name": "Booking", "names": "ours"})
    source = Source.objects.get()
    [secret] = [row.text for row in source.secrets.all()]
    text = made.content.decode()
    assert secret in text and f"/hooks/v1/{clinic.slug}/{source.token}/" in text
    assert secret not in owner_client.get(f"{HOME}sources/{source.pk}/").content.decode()
    assert AuditEntry.objects.get(action="source.opened").subject_id == source.pk
    again = owner_client.post(f"{HOME}sources/new/", {"name": "Booking", "names": "ours"})
    assert again.status_code == 422


def test_a_secret_is_replaced_only_when_asked_twice(owner_client, clinic):
    source = Sender(clinic).source
    path = f"{HOME}sources/{source.pk}/secret/"
    assert owner_client.post(path).status_code == 422
    assert source.secrets.count() == 1
    assert owner_client.post(path, {"is_sure": "on"}).status_code == 200
    assert source.secrets.count() == 2
    assert AuditEntry.objects.filter(action="source.secret_replaced").exists()


def typed(page) -> dict:
    """What a browser would send of the form as it stands."""
    form = page.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


THEIRS = {
    "event": "booking.created",
    "object": {
        "no": 77,
        "state": "已到店",
        "from": 1777777777,
        "guest": {"code": "G1"},
        "changed": "2026-05-03T10:00:00Z",
    },
}


def test_a_mapping_is_made_on_the_page_and_tried_without_keeping_anything(owner_client, clinic):
    sender = Sender(clinic)
    CustomerFactory(name="王小明").identities.create(source="booking", external_id="G1")
    path = f"{HOME}sources/{sender.source.pk}/mapping/"
    values = dict.fromkeys(typed(owner_client.get(path)), "") | {
        "kind_at": "event",
        "kinds": "booking.* = appointment\nping = ignore",
        "version_at": "object.changed",
        "times": "seconds",
        "amounts": "major",
        "appointment__external_id": "object.no",
        "appointment__customer_external_id": "object.guest.code",
        "appointment__starts_at": "object.from",
        "appointment__status": "object.state",
        "words__appointment__status": "已到店 = attended\n已预约 = booked",
        "sample": json.dumps(THEIRS, ensure_ascii=False),
    }
    tried = owner_client.post(path, values | {"action": "try"})
    [trial] = tried.context["trials"]
    assert (trial.kind, trial.external_id, trial.outcome.state) == ("appointment", "77", "created")
    assert "attended" in [value for _label, value in trial.values]
    assert not clinic_has_appointments()
    assert Mapping.from_json(Source.objects.get().mapping) == STANDARD
    assert owner_client.post(path, values | {"action": "save"}).status_code == 302
    assert (
        typed(owner_client.get(path))["words__appointment__status"]
        == values["words__appointment__status"]
    )
    sender.send(THEIRS)
    sender.work()
    assert IntakeRecord.objects.get().outcome == "created"
    assert clinic_has_appointments()


def clinic_has_appointments() -> bool:
    from customers.models import Appointment

    return Appointment.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kinds": "booking"}, "kinds"),
        ({"kinds": "booking = invoice"}, "kinds"),
        ({"kinds": ""}, "kinds"),
        ({"customer__name": "data..name"}, "customer__name"),
        ({"times": "pattern"}, "pattern"),
        ({"words__customer__gender": "女 = lady"}, "words__customer__gender"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_in_place(owner_client, clinic, changed, field):
    source = Sender(clinic).source
    path = f"{HOME}sources/{source.pk}/mapping/"
    page = owner_client.post(path, typed(owner_client.get(path)) | changed | {"action": "save"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]


@pytest.mark.parametrize("sample", ["", "{", "[]", '{"type": "customer"}', '"\\u0000"', "[" * 5000])
def test_any_sample_gets_a_clear_answer(owner_client, clinic, sample):
    source = Sender(clinic).source
    path = f"{HOME}sources/{source.pk}/mapping/"
    values = typed(owner_client.get(path)) | {"sample": sample, "action": "try"}
    page = owner_client.post(path, values)
    assert page.status_code == 200
    assert page.context["unreadable"].message


def test_parked_events_are_seen_with_their_reason_and_read_again(owner_client, clinic, run_tasks):
    sender = Sender(clinic)
    sender.send(customer("c1", 1, gender="unknowable"))
    sender.work()
    record = IntakeRecord.objects.get()
    listed = owner_client.get(f"{HOME}sources/{sender.source.pk}/").content.decode()
    assert "«unknowable» is unknown here" in listed
    shown = owner_client.get(f"{HOME}records/{record.pk}/").content.decode()
    assert "&quot;gender&quot;: &quot;unknowable&quot;" in shown
    assert AuditEntry.objects.filter(action="intake_record.viewed").count() == 1
    theirs = Mapping.from_json(sender.source.mapping)
    words = {"customer": {"gender": {"unknowable": "other"}}}
    sources.change_mapping(
        source=sender.source, mapping=Mapping(**(vars(theirs) | {"words": words}))
    )
    with run_tasks():
        owner_client.post(f"{HOME}sources/{sender.source.pk}/replay/")
    assert Customer.objects.get().gender == "other"


def test_one_event_is_read_again(owner_client, clinic, run_tasks):
    sender = Sender(clinic)
    sender.send(customer("c1", 1, gender="unknowable"))
    sender.work()
    record = IntakeRecord.objects.get()
    with run_tasks():
        answer = owner_client.post(f"{HOME}records/{record.pk}/replay/")
    assert answer.status_code == 302
    record.refresh_from_db()
    assert (record.state, record.n_tries) == ("parked", 2)


def test_a_source_is_closed_and_opened_again(owner_client, clinic):
    sender = Sender(clinic)
    path = f"{HOME}sources/{sender.source.pk}/state/"
    owner_client.post(path, {"open": "0"})
    assert sender.send(customer("c1", 1)).status_code == 404
    owner_client.post(path, {"open": "1"})
    assert sender.send(customer("c1", 1)).status_code == 202


def test_a_subscription_from_first_to_last(owner_client):
    values = {"name": "till", "url": "http://127.0.0.1:9/x", "kinds": ["sale.recorded"]}
    made = owner_client.post(f"{HOME}subscriptions/new/", values)
    subscription = Subscription.objects.get()
    assert subscription.secrets.get().text in made.content.decode()
    home = f"{HOME}subscriptions/{subscription.pk}/"
    assert owner_client.post(f"{home}edit/", values | {"name": "desk"}).status_code == 302
    assert owner_client.post(f"{home}state/", {"paused": "1"}).status_code == 302
    subscription.refresh_from_db()
    assert (subscription.name, subscription.is_paused) == ("desk", True)
    assert owner_client.post(f"{home}end/").status_code == 302
    assert not Subscription.objects.exists()
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "subscription.made",
        "subscription.changed",
        "subscription.paused",
        "subscription.ended",
    }


def test_a_private_address_is_refused_on_the_page(owner_client, settings):
    settings.WEBHOOKS_TO_PRIVATE = False
    values = {"name": "till", "url": "https://127.0.0.1/x", "kinds": ["sale.recorded"]}
    page = owner_client.post(f"{HOME}subscriptions/new/", values)
    assert page.status_code == 422
    assert "not a public address" in page.content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_the_delivery_log_costs_the_same_for_one_and_three(
    owner_client, django_assert_num_queries, n
):
    subscription = subscribed()
    for number in range(n):
        tell(CustomerFactory(), number)
    with django_assert_num_queries(19):
        page = owner_client.get(f"{HOME}subscriptions/{subscription.pk}/")
    assert page.content.decode().count("sale.recorded") == n


def test_a_delivery_is_looked_at_and_sent_again(owner_client):
    subscription = subscribed()
    tell(CustomerFactory(), 1, at=NOW)
    Delivery.objects.update(state="dead")
    delivery = Delivery.objects.get()
    shown = owner_client.get(f"{HOME}deliveries/{delivery.pk}/").content.decode()
    assert delivery.message_id in shown
    owner_client.post(f"{HOME}deliveries/{delivery.pk}/replay/")
    assert Delivery.objects.get().state == "queued"
    Delivery.objects.update(state="dead")
    owner_client.post(f"{HOME}subscriptions/{subscription.pk}/replay/")
    assert Delivery.objects.get().state == "queued"
