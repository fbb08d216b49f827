"""Who is let in by the door for webhooks, and what is stored."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from redis.exceptions import ConnectionError as CacheIsAway

from customers.models import IntakeRecord, Source
from customers.services.inbound import sources
from tenancy.strict_json import MAX_BODY_BYTES
from tenancy.webhook_signatures import new_secret, signature
from tests.customers.hooks import Sender, customer, only_record


@pytest.fixture
def sender(clinic):
    return Sender(clinic)


def test_signature_equals_the_published_example():
    """From the documentation of Standard Webhooks."""
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_genuine_event_is_stored_as_it_came_before_anything_is_read(sender):
    raw = b'{"type": "customer",   "data": {"external_id": "c1"}}'
    answer = sender.send(raw)
    assert (answer.status_code, answer.json()) == (202, {"state": "received"})
    record = only_record(sender.source)
    assert (bytes(record.body), record.state, record.kind) == (raw, "received", "")
    assert record.headers["webhook-id"] == "evt-1"


def test_an_event_sent_again_is_counted_and_stored_once(sender):
    sender.send(customer("c1", 1))
    again = sender.send(customer("c1", 1))
    assert (again.status_code, again.json()) == (202, {"state": "known"})
    assert only_record(sender.source).n_repeats == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret": new_secret()}, "mismatch"),
        ({"body": b'{"type": "customer", "data": {}}'}, "mismatch"),
        ({"headers": {"webhook-id": "evt-2"}}, "mismatch"),
        ({"headers": {"webhook-signature": "v1,AAAA v1a,BBBB \xfc"}}, "mismatch"),
        ({"headers": {"webhook-signature": ""}}, "headers_missing"),
        ({"headers": {"webhook-id": "x" * 300}}, "headers_missing"),
        ({"headers": {"webhook-timestamp": "yesterday"}}, "timestamp"),
        ({"headers": {"webhook-timestamp": "٣٣"}}, "timestamp"),
    ],
)
def test_what_is_not_genuine_is_refused_and_not_stored(sender, changed, code):
    answer = sender.send(customer("c1", 1), **changed)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, code)
    assert not IntakeRecord.objects.exists()
    source = Source.objects.get()
    assert (source.n_refused, source.last_refusal) == (1, code)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_signature_and_one_from_the_future_are_refused(sender, minutes):
    answer = sender.send(customer("c1", 1), sent_at=int(time.time()) + 60 * minutes)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "too_old")


def test_a_source_of_another_clinic_an_unknown_and_a_closed_one_answer_alike(
    sender, clinic, other_clinic, in_clinic
):
    with in_clinic(other_clinic):
        foreign = Sender(other_clinic)
    closed = Sender(clinic, "closed")
    sources.set_open(source=closed.source, is_open=False)
    paths = [
        f"/hooks/v1/{clinic.slug}/{foreign.source.token}/",
        f"/hooks/v1/{other_clinic.slug}/{sender.source.token}/",
        f"/hooks/v1/{clinic.slug}/nobody/",
        "/hooks/v1/nowhere/nobody/",
        f"/hooks/v1/{clinic.slug}/{'x' * 500}/",
        closed.path,
    ]
    answers = [foreign.send(customer("c1", 1), path=path) for path in paths]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
    assert not IntakeRecord.objects.exists()


def test_one_source_cannot_sign_for_another(sender, clinic):
    other = Sender(clinic, "other")
    answer = sender.send(customer("c1", 1), path=other.path)
    assert answer.status_code == 401


def test_a_huge_body_is_refused_by_what_it_says_and_by_what_it_is(sender):
    huge = b'"' + b"x" * MAX_BODY_BYTES + b'"'
    assert sender.send(huge).status_code == 413
    said_small = sender.client.generic(
        "POST", sender.path, huge, content_type="application/json", CONTENT_LENGTH="10"
    )
    assert said_small.status_code == 401  # only ten bytes are read, and nobody signed those
    assert not IntakeRecord.objects.exists()


@pytest.mark.parametrize("body", [b"\x00", b'{"a": "\\u0000"}', b"\xff\xfe", b"[" * 100_000, b""])
def test_a_signed_body_that_is_no_json_is_kept_and_parked(sender, body):
    assert sender.send(body).status_code == 202
    sender.work()
    record = only_record(sender.source)
    assert bytes(record.body) == body
    assert (record.state, record.code) == ("parked", record.code)
    assert record.code in {"not_json", "not_utf8"}


def test_get_opens_nothing(sender):
    assert sender.client.get(sender.path).status_code == 405


def test_a_replaced_secret_holds_for_a_day_more(sender):
    old = sender.secret
    new = sources.replace_secret(source=sender.source, at=datetime.now(UTC))
    assert sender.send(customer("c1", 1), event_id="a", secret=old).status_code == 202
    assert sender.send(customer("c1", 1), event_id="b", secret=new).status_code == 202
    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    assert sources.secrets_of(sender.source, at=tomorrow) == [new]


def test_secrets_are_sealed_in_the_database(sender):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM customers_sourcesecret")
        [(stored,)] = cursor.fetchall()
    assert sender.secret not in stored


def test_the_nudge_works_the_event_through(sender, run_tasks):
    from customers.models import Customer

    with run_tasks():
        sender.send(customer("c1", 1, phones=["13800000001"]))
    assert Customer.objects.get().name == "王小明"
    assert only_record(sender.source).outcome == "created"


def test_every_event_behind_a_task_that_has_begun_is_asked_for_again(sender, run_tasks):
    for number in range(1, 4):
        with run_tasks():
            sender.send(customer(f"c{number}", 1), event_id=f"e{number}")
    assert set(IntakeRecord.objects.values_list("state", flat=True)) == {"done"}


def test_a_source_that_sends_too_much_is_told_when_to_come_back(clinic, settings):
    settings.HOOKS_RATE_PER_MINUTE = 2
    busy, idle = Sender(clinic), Sender(clinic, name="till")
    with time_machine.travel("2026-05-01T12:00:20Z", tick=False):
        sent_at = int(time.time())
        answers = [
            busy.send(customer("c1", n), event_id=f"e{n}", sent_at=sent_at) for n in range(3)
        ]
        other = idle.send(customer("c1", 1), sent_at=sent_at)
    with time_machine.travel("2026-05-01T12:01:00Z", tick=False):
        again = busy.send(customer("c1", 2), event_id="e2", sent_at=int(time.time()))

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["Retry-After"] == "40"
    assert answers[2].json()["errors"][0]["code"] == "throttled"
    assert (other.status_code, again.status_code) == (202, 202)
    assert IntakeRecord.objects.filter(source=busy.source).count() == 3  # nothing is lost


def test_without_the_counting_cache_nobody_is_turned_back(clinic, settings, monkeypatch):
    settings.HOOKS_RATE_PER_MINUTE = 0

    def away(*_arguments, **_more):
        raise CacheIsAway

    monkeypatch.setattr(cache, "incr", away)
    monkeypatch.setattr(cache, "add", away)

    assert Sender(clinic).send(customer("c1", 1)).status_code == 202
