"""Reports that are broken on purpose: a clear answer each, never a crash, nothing kept."""

import json
from datetime import timedelta

import pytest

from campaigns.models import Message, Receipt, Suppression
from campaigns.reports import Report, means_stop
from campaigns.services.receipts import ingest
from campaigns.services.unknowns import reap_stale_claims
from customers.models import Consent
from tests.campaigns.test_receipts import AT, account_of, of, post, sent_to
from tests.conftest import BrowserClient


@pytest.fixture
def mail(clinic, reachable):
    return sent_to(reachable(email="anna@mail.example"), "anna@mail.example")


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"reports": ' + b"[" * 100_000,
        b'{"reports": [' + b'{"a":' * 50_000,
        b'"\\ud800"',
        b"\xff\xfe{}",
        b"9" * 5_000,
    ],
    ids=["nested", "nested inside", "objects", "lone surrogate", "no UTF-8", "huge number"],
)
def test_a_body_that_is_no_list_of_reports_is_refused(mail, raw):
    answer = post(account_of(), [], raw=raw)

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("bad_report")


@pytest.mark.parametrize(
    "odd",
    [
        {"words": "a\ud800b"},
        {"words": "a\x00b"},
        {"id": "\ud800"},
        {"reference": "\x00"},
        {"provider_ref": "\ud83d"},
        {"address": "\udfff", "kind": "replied"},
        {"occurred_at": "0001-01-01T00:00:00+14:00"},
        {"occurred_at": "9999-12-31T23:59:59-14:00"},
        {"user_agent": "\ud800"},
        {"id": ["list"]},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_odd_letters_and_instants_in_a_report_break_nothing(mail, odd):
    answer = post(account_of(), [of(mail, "delivered") | odd])

    assert answer.status_code in (200, 400), answer.content
    assert Receipt.objects.count() == (answer.status_code == 200)


@pytest.mark.parametrize(
    "item",
    [
        {"mobile": "13800001111", "text": "hello", "time": 10**20},
        {"mobile": "13800001111", "text": "hello", "time": -(10**15)},
        {"mobile": "13800001111", "text": "hel\ud800lo", "time": 1},
        {"sid": "s1", "report_status": "SUCCESS", "user_receive_time": "9999-12-31 23:59:59"},
        {"sid": "s1", "report_status": "SUCCESS", "user_receive_time": "0001-01-01 00:00:00"},
    ],
)
def test_odd_instants_of_an_sms_provider_break_nothing(clinic, item):
    account_of("sms", "tencent", token="tc")

    answer = BrowserClient().post(
        "/hooks/receipts/north/tc/", json.dumps([item]), content_type="application/json"
    )

    assert answer.status_code in (200, 400), answer.content


@pytest.mark.parametrize(
    "words",
    [
        "TD退订",
        "退订T",
        "请退订",
        "拒收R",
        "回复 TD",
        "不要再发了",
        "别再给我发短信",
        "STOP please",
    ],
)
def test_a_stop_said_otherwise_is_a_stop(words):
    assert means_stop(words)


@pytest.mark.parametrize(
    "words",
    ["请不要停发", "TT", "不用退订", "T恤", "can you stop by", "取消预约", "取消", "n/a ok"],
)
def test_what_only_holds_such_words_is_none(words):
    assert not means_stop(words)


def test_a_stop_from_somebody_written_to_long_ago_is_obeyed(clinic, reachable):
    account_of("sms", "alibaba", token="sms-token")
    customer = reachable()
    customer.contact_points.create(kind="phone", value="+8613800001111")
    Consent.objects.filter(customer=customer).update(channel="sms")
    item = {"phone_number": "13800001111", "content": "TD", "sequence_id": 9}

    for _again in range(2):
        answer = BrowserClient().post(
            "/hooks/receipts/north/sms-token/", json.dumps([item]), content_type="application/json"
        )

    assert answer.status_code == 200
    assert list(Suppression.objects.values_list("channel", "address", "reason")) == [
        ("sms", "+8613800001111", "replied_stop")
    ]
    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()


def test_chatter_from_strangers_changes_nothing(clinic):
    account = account_of("sms", "alibaba")
    reports = [
        Report("1", "replied", address="+8613800001111", words="好的"),
        Report("2", "replied", address="no phone", words="TD"),
        Report("3", "delivered", address="+8613800001111", words="TD"),
    ]

    assert ingest(reports, account=account, at=AT) == (3, 3)
    assert not Suppression.objects.exists()


def test_what_was_reported_delivered_before_its_worker_died_is_sent_and_nobodys_question(mail):
    Message.objects.filter(pk=mail.pk).update(state="sending", sent_at=None)
    ingest([Report("1", "delivered", reference=mail.reference.hex)], account=account_of(), at=AT)

    reap_stale_claims(at=AT + timedelta(hours=1), older_than=timedelta(minutes=5))

    mail.refresh_from_db()
    assert (mail.state, mail.sent_at) == ("sent", AT)


@pytest.mark.parametrize(
    "path",
    ["receipts/%00/t", "receipts/north/%00", "receipts/north/%ED%A0%80", "receipts/%F0%9F%92%89/x",
     "v1/%00/t", "v1/north/%00"],
)  # fmt: skip
def test_an_odd_address_is_an_unknown_one(clinic, path):
    answer = BrowserClient().post(f"/hooks/{path}/", b"[]", content_type="application/json")

    assert answer.status_code == 404


@pytest.mark.parametrize("page", ["u", "c", "o"])
@pytest.mark.parametrize(
    "token", ["%00", "A" * 64, "A" * 63 + "=", "_" * 64, "%ED%A0%80", "A" * 5000]
)
def test_an_odd_link_is_an_unknown_one(clinic, page, token):
    assert BrowserClient().get(f"/{page}/{token}/").status_code in (200, 404)
