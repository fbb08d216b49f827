"""Webhooks out: told once the event stands, in order, again and again, and then given up."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from clinic_crm.event_routes import EVENT_ROUTES
from customers.models import Delivery, DeliveryAttempt, Subscription
from customers.services.outgoing import delivering, keeping, subscriptions
from customers.services.outgoing.kinds import OUTGOING, example
from customers.services.timeline import record_event
from tenancy.exceptions import DomainError
from tenancy.webhook_signatures import verify
from tests.customers.receivers import receiving
from tests.factories.customers import CustomerFactory

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _inside(settings):
    settings.WEBHOOKS_TO_PRIVATE = True


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def subscription(clinic, receiver):
    secret, made = subscriptions.subscribe(
        name="till", url=receiver.url, kinds=["sale.recorded", "appointment.booked"]
    )
    made.secret = secret
    return made


def tell(customer, n: int, kind: str = "sale.recorded", **more) -> None:
    values = {"amount_minor": 100 * n, "occurred_at": NOW, "at": NOW} | more
    record_event(kind=kind, customer=customer, source_key=f"sale:{n}", **values)


class Clock:
    """A clock that somebody sets."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def send(subscription, at: datetime = NOW) -> None:
    delivering.send_due(subscription_id=subscription.pk, now=Clock(at))


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_an_event_is_told_signed_and_logged(subscription, receiver):
    customer = CustomerFactory()
    tell(customer, 7)
    send(subscription)
    [(path, headers, body)] = receiver.calls
    assert path == "/hooks"
    assert verify(headers, body, secrets=[subscription.secret], at=NOW).sent_at == NOW.timestamp()
    assert json.loads(body) == {
        "type": "sale.recorded",
        "timestamp": "2026-05-04T09:00:00+00:00",
        "data": {
            "customer_id": customer.pk,
            "sale_id": 7,
            "amount_minor": 700,
            "currency": "CNY",
        },
    }
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status, attempt.excerpt) == (200, "thank you")
    assert states() == ["delivered"]


def test_nothing_of_health_is_told(subscription, receiver):
    tell(CustomerFactory(), 1, "appointment.booked", amount_minor=None,
         payload={"treatment": "Botox", "starts_at": "2026-06-01T10:00:00+00:00"})  # fmt: skip
    send(subscription)
    assert set(receiver.events[0]["data"]) == {"customer_id", "appointment_id", "starts_at"}
    assert b"Botox" not in receiver.calls[0][2]


def test_what_nobody_asked_for_is_not_told(subscription):
    tell(CustomerFactory(), 1, "consent.given")
    assert not Delivery.objects.exists()


def test_the_same_event_again_is_not_told_twice_but_a_changed_one_is(subscription):
    customer = CustomerFactory()
    for n_minor in (100, 100, 200, 100):
        tell(customer, 1, amount_minor=n_minor)
    amounts = [json.loads(d.body)["data"]["amount_minor"] for d in Delivery.objects.order_by("pk")]
    assert amounts == [100, 200, 100]


def test_an_event_that_is_rolled_back_is_not_told(subscription):
    from django.db import transaction

    with transaction.atomic():
        tell(CustomerFactory(), 1)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_a_customers_next_event_waits_for_the_former(subscription, receiver):
    anna, berta = CustomerFactory(), CustomerFactory()
    for n, customer in enumerate([anna, anna, berta, anna], start=1):
        tell(customer, n)
    receiver.answer = lambda call: 500 if call == 1 else 200
    send(subscription)
    assert [event["data"]["sale_id"] for event in receiver.events] == [1, 3]
    assert states() == ["queued", "queued", "delivered", "queued"]
    send(subscription, NOW + timedelta(seconds=10))
    assert [event["data"]["sale_id"] for event in receiver.events] == [1, 3, 1, 2, 4]
    assert receiver.ids[0] == receiver.ids[2]  # the same webhook-id
    assert receiver.calls[0][2] == receiver.calls[2][2]  # and the same bytes


def test_the_next_event_goes_when_the_former_is_given_up(subscription, receiver):
    customer = CustomerFactory()
    tell(customer, 1)
    receiver.answer = lambda call: 500 if json.loads(receiver.calls[-1][2])["data"][
        "sale_id"] == 1 else 200  # fmt: skip
    send(subscription)
    tell(customer, 2, at=NOW + timedelta(days=2))
    send(subscription, NOW + timedelta(days=3))
    assert states() == ["dead", "delivered"]


def test_three_days_of_trying_and_then_it_is_given_up(subscription, receiver):
    receiver.answer = lambda call: 503
    tell(CustomerFactory(), 1)
    at, tried_at = NOW, []
    while (delivery := Delivery.objects.get()).state == "queued":
        at = max(at, delivery.due_at)
        tried_at.append(at - NOW)
        send(subscription, at)
    assert delivery.state == "dead"
    assert tried_at[-1] == timedelta(days=3)
    assert 25 < len(tried_at) == len(receiver.calls) == delivery.n_tries < 60
    gaps = [after - before for before, after in pairwise(tried_at)]
    assert gaps[0] < timedelta(seconds=7) and max(gaps) < timedelta(hours=4)
    assert delivery.last_status == 503


def test_waits_double_and_differ():
    def always(share):
        return lambda: share

    assert [
        delivering.wait_before_try(n, always(0.5)).total_seconds() for n in (1, 2, 3, 4, 40)
    ] == pytest.approx([5, 10, 20, 40, 10800])
    assert delivering.wait_before_try(1, always(0)) == timedelta(seconds=4)
    assert delivering.wait_before_try(1, always(1)) == timedelta(seconds=6)


def test_nobody_there_costs_one_call_and_nothing_is_lost(subscription, receiver):
    Subscription.objects.update(url="http://127.0.0.1:9/closed")
    for n in range(1, 6):
        tell(CustomerFactory(), n)
    send(subscription)
    assert DeliveryAttempt.objects.count() == 1
    assert states() == ["queued"] * 5
    Subscription.objects.update(url=receiver.url)
    send(subscription, NOW + timedelta(seconds=10))
    assert states() == ["delivered"] * 5


def test_a_worker_that_dies_after_the_call_sends_again_under_the_same_id(
    subscription, receiver, monkeypatch
):
    tell(CustomerFactory(), 1)

    def dies(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(delivering, "settle", dies)
        send(subscription)
    assert states() == ["sending"]
    keeping.sweep(at=NOW + timedelta(minutes=9))
    assert states() == ["sending"]
    keeping.sweep(at=NOW + timedelta(minutes=11))
    send(subscription, NOW + timedelta(minutes=11))
    assert states() == ["delivered"]
    assert len(receiver.ids) == 2 and len(set(receiver.ids)) == 1


def test_who_lost_the_claim_does_not_call(subscription, receiver):
    tell(CustomerFactory(), 1)
    [late] = delivering.claim(subscription_id=subscription.pk, at=NOW)
    assert delivering.claim(subscription_id=subscription.pk, at=NOW) == []
    keeping.sweep(at=NOW + timedelta(minutes=11))
    send(subscription, NOW + timedelta(minutes=11))
    assert delivering._about_to_call(late, at=NOW + timedelta(minutes=12)) is None
    assert len(receiver.calls) == 1


def test_dead_ones_are_sent_again_on_request(subscription, receiver):
    tell(CustomerFactory(), 1)
    Delivery.objects.update(state="dead", n_tries=30)
    rows = Delivery.objects.filter(state="dead")
    later = NOW + timedelta(days=9)
    assert keeping.replay(deliveries=rows, subscription=subscription, at=later) == 1
    receiver.answer = lambda call: 500 if call == 1 else 200
    send(subscription, later)
    assert states() == ["queued"]  # it has three days of its own
    send(subscription, later + timedelta(seconds=10))
    assert states() == ["delivered"]


def test_a_paused_subscription_keeps_and_sends_later(subscription, receiver):
    subscriptions.set_paused(subscription=subscription, is_paused=True)
    tell(CustomerFactory(), 1)
    send(subscription)
    assert (states(), receiver.calls) == (["queued"], [])
    subscriptions.set_paused(subscription=subscription, is_paused=False)
    send(subscription)
    assert states() == ["delivered"]


def test_for_a_day_both_secrets_sign(subscription, receiver):
    new = subscriptions.replace_secret(subscription=subscription, at=NOW)
    tell(CustomerFactory(), 1)
    send(subscription, NOW + timedelta(hours=23))
    _path, headers, body = receiver.calls[0]
    for secret in (new, subscription.secret):
        verify(headers, body, secrets=[secret], at=NOW + timedelta(hours=23))
    tell(CustomerFactory(), 2)
    send(subscription, NOW + timedelta(hours=25))
    assert len(receiver.calls[1][1]["webhook-signature"].split()) == 1


def test_the_nudge_sends_on_commit(subscription, receiver, run_tasks):
    with run_tasks():
        tell(CustomerFactory(), 1, at=datetime.now(UTC))
    assert states() == ["delivered"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "till"}, "name_taken"),
        ({"name": " "}, "name"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["note.added"]}, "kinds"),
        ({"url": "gopher://x/"}, "target_refused"),
    ],
)
def test_bad_subscriptions_are_refused(subscription, changed, code):
    values = {"name": "other", "url": "http://127.0.0.1/x", "kinds": ["sale.recorded"]} | changed
    with pytest.raises(DomainError) as refused:
        subscriptions.subscribe(**values)
    assert refused.value.code == code


def test_private_targets_are_refused_where_the_setting_does_not_allow_them(clinic, settings):
    settings.WEBHOOKS_TO_PRIVATE = False
    with pytest.raises(DomainError, match="https"):
        subscriptions.subscribe(name="x", url="http://127.0.0.1/x", kinds=["sale.recorded"])
    with pytest.raises(DomainError, match="not a public address"):
        subscriptions.subscribe(name="x", url="https://127.0.0.1/x", kinds=["sale.recorded"])


def test_every_kind_we_tell_is_an_event_and_has_an_example():
    assert set(OUTGOING) <= set(EVENT_ROUTES)
    for kind in OUTGOING:
        assert example(kind)["data"]["customer_id"] == 1042


def test_old_deliveries_are_forgotten(subscription):
    tell(CustomerFactory(), 1)
    send(subscription)
    Delivery.objects.update(created_at=NOW)
    assert keeping.forget_old(at=NOW + timedelta(days=29)) == 0
    assert keeping.forget_old(at=NOW + timedelta(days=31)) == 1
    assert not DeliveryAttempt.objects.exists()


def test_another_clinics_subscription_hears_nothing(subscription, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        tell(CustomerFactory(), 1)
        assert not Delivery.objects.exists()
    assert not Delivery.objects.exists()


def test_the_documentation_tells_what_the_code_tells(settings):
    from pathlib import Path

    from clinic_crm.webhook_docs import with_generated_parts

    text = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text("utf-8")
    assert text == with_generated_parts(text)  # else: ./dev manage document_webhooks
    for kind in OUTGOING:
        assert f"#### `{kind}`" in text
