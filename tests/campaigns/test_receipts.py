"""Reports of providers: kept once, in any order, from nobody else; obeyed and told."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.models import LinkTarget, Message, ProviderAccount, Receipt, Suppression
from campaigns.reports import Report, is_machine, means_stop
from campaigns.services import links, providers
from campaigns.services.receipts import ingest
from campaigns.services.tokens import BadToken, make_token, read_token
from customers.models import Consent, CustomerEvent
from tenancy.webhook_signatures import new_secret, signed_headers
from tests.conftest import BrowserClient, in_clinic
from tests.factories.campaigns import EnrolmentFactory, MessageFactory

AT = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


def account_of(channel: str = "email", kind: str = "recording", **fields) -> ProviderAccount:
    fields = {"name": "own", "secret": new_secret(), "token": f"t-{channel}-{kind}"} | fields
    return ProviderAccount.objects.create(channel=channel, kind=kind, **fields)


def sent_to(customer, address: str, account=None, **fields) -> Message:
    told = {"state": "sent", "sent_at": AT, "handed_at": AT, "claimed_at": AT} | fields
    return MessageFactory(
        enrolment=EnrolmentFactory(customer=customer), address=address, account=account, **told
    )


@pytest.fixture
def mail(clinic, reachable):
    return sent_to(reachable(email="anna@mail.example"), "anna@mail.example")


def post(account, reports, *, secret=None, sent_at=None, clinic="north", raw=None):
    body = raw if raw is not None else json.dumps({"reports": reports}).encode()
    headers = signed_headers(
        [secret or account.secret], message_id="m1", sent_at=int(sent_at or time.time()), body=body
    )
    return BrowserClient(enforce_csrf_checks=True).post(
        f"/hooks/receipts/{clinic}/{account.token}/", body, content_type="application/json",
        headers=headers,
    )  # fmt: skip


def of(message, kind: str, key: str = "", **more) -> dict:
    return {"id": key or f"r-{kind}", "kind": kind, "reference": message.reference.hex, **more}


def test_repeated_and_shuffled_reports_count_once_and_the_earliest_stands(mail):
    account = account_of()
    late = of(mail, "opened", "o2", occurred_at="2026-05-03T08:00:00+08:00")
    early = of(mail, "opened", "o1", occurred_at="2026-05-02T21:00:00+08:00")

    first = post(account, [late, late])
    second = post(account, [early, late])

    assert (first.json()["new"], second.json()["new"]) == (1, 1)
    mail.refresh_from_db()
    assert mail.opened_at == datetime(2026, 5, 2, 13, 0, tzinfo=UTC)
    assert Receipt.objects.count() == 2
    assert CustomerEvent.objects.filter(kind="message.opened").count() == 1


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"secret": "whsec_" + "A" * 44}, 401, "mismatch"),
        ({"sent_at": time.time() - 3600}, 401, "too_old"),
        ({"clinic": "south"}, 404, "not_found"),
        ({"clinic": "nowhere"}, 404, "not_found"),
        ({"raw": b"<html>"}, 400, "bad_report"),
        ({"raw": b'{"reports": [{"kind": "eaten"}]}'}, 400, "bad_report"),
        ({"raw": b'{"reports": [{"kind": "opened", "occurred_at": "soon"}]}'}, 400, "bad_report"),
    ],
    ids=["forged", "old", "other clinic", "no clinic", "html", "kind", "instant"],
)
def test_what_is_not_genuine_gets_a_clear_answer_and_changes_nothing(
    mail, other_clinic, wrong, status, code
):
    answer = post(account_of(), [of(mail, "bounced")], **wrong)

    assert answer.status_code == status
    assert answer.json()["type"].endswith(code)
    assert not Receipt.objects.exists()
    assert not Suppression.objects.exists()


def test_a_report_about_another_clinics_message_finds_none(mail, other_clinic):
    with in_clinic(other_clinic):
        foreign = account_of()
        new, unmatched = ingest(
            [Report("x", "bounced", AT, reference=mail.reference.hex)], account=foreign, at=AT
        )

    assert (new, unmatched) == (1, 1)
    mail.refresh_from_db()
    assert mail.bounced_at is None


def test_bounces_and_complaints_suppress_and_a_complaint_withdraws_the_yes(mail):
    ingest([Report("b", "bounced", AT, reference=mail.reference.hex)], account=None, at=AT)
    assert list(Suppression.objects.values_list("address", "reason")) == [
        ("anna@mail.example", "bounced")
    ]
    assert Consent.objects.filter(withdrawn_at__isnull=True).exists()

    ingest([Report("c", "complained", AT, reference=mail.reference.hex)], account=None, at=AT)

    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()
    kinds = set(CustomerEvent.objects.values_list("kind", flat=True))
    assert {"message.bounced", "message.complained", "message.opted_out"} <= kinds


def test_a_full_mailbox_is_no_lasting_bounce(mail):
    report = Report("b", "bounced", AT, reference=mail.reference.hex, is_lasting=False)
    ingest([report], account=None, at=AT)

    assert not Suppression.objects.exists()


def test_a_report_settles_what_was_unknown(clinic, reachable):
    customer = reachable(email="bea@mail.example")
    message = sent_to(customer, "bea@mail.example", state="unknown", sent_at=None)

    ingest([Report("d", "delivered", AT, reference=message.reference.hex)], account=None, at=AT)

    message.refresh_from_db()
    assert (message.state, message.sent_at, message.delivered_at) == ("sent", AT, AT)
    assert CustomerEvent.objects.filter(kind="message.sent").count() == 1


@pytest.mark.parametrize(
    "words",
    ["R", " r ", "Ｒ", "TD", "td", "t d", "T", "N", "退订", " 退 订 ", "拒收", "退订。", "STOP"],
)
def test_replies_that_mean_stop(words):
    assert means_stop(words)


@pytest.mark.parametrize(
    "words", ["", "好的", "Right, see you", "不退订", "明天T恤到吗", "No, I come"]
)
def test_replies_that_do_not(words):
    assert not means_stop(words)


def test_a_stop_by_sms_opts_out_the_last_one_written_to_there(clinic, reachable):
    account = account_of("sms", "alibaba", token="sms-token")
    customer = reachable()
    Consent.objects.filter(customer=customer).update(channel="sms")
    sent_to(customer, "+8613800001111", account, channel="sms", handed_at=timezone.now())
    item = {"phone_number": "13800001111", "content": " ｔｄ ", "sequence_id": 7,
            "send_time": "2026-05-02 21:00:00"}  # fmt: skip

    answer = BrowserClient().post(
        "/hooks/receipts/north/sms-token/", json.dumps([item]), content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"], answer.json()["new"]) == (200, 0, 1)
    assert list(Suppression.objects.values_list("channel", "address", "reason")) == [
        ("sms", "+8613800001111", "replied_stop")
    ]
    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()


def test_twilio_reports_are_signed_over_address_and_form(clinic, reachable, settings):
    settings.PUBLIC_URL = "https://crm.example"
    account = account_of("sms", "twilio", token="tw", credentials='{"auth_token": "secret"}')
    message = sent_to(reachable(), "+15550001", account, channel="sms", provider_ref="SM1")
    url = f"{providers.receipts_url(account, clinic)}?ref={message.reference.hex}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    signed = url + "".join(f"{key}{form[key]}" for key in sorted(form))
    proof = base64.b64encode(hmac.digest(b"secret", signed.encode(), hashlib.sha1)).decode()

    def ask(signature: str) -> int:
        return BrowserClient().post(
            f"/hooks/receipts/north/tw/?ref={message.reference.hex}", form,
            headers={"X-Twilio-Signature": signature},
        ).status_code  # fmt: skip

    assert ask("AAAA") == 401
    assert not Receipt.objects.exists()
    answer = BrowserClient().post(
        f"/hooks/receipts/north/tw/?ref={message.reference.hex}",
        "MessageSid=SM1&MessageStatus=delivered",
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": proof},
    )
    assert (answer.status_code, answer.json()["new"]) == (200, 1)
    message.refresh_from_db()
    assert message.delivered_at is not None


@pytest.mark.parametrize(
    ("agent", "after", "machine"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile", 3600, False),
        ("Mozilla/5.0 (via ggpht.com GoogleImageProxy)", 3600, False),
        ("Mozilla/5.0", 3600, True),
        ("BarracudaCentral/1.0", 3600, True),
        ("Mozilla/5.0 (Windows NT 10.0) Outlook", 1, True),
    ],
)
def test_machine_openings_are_told_apart(agent, after, machine):
    assert is_machine(agent, after=timedelta(seconds=after)) is machine


def test_a_click_leads_to_its_stored_target_and_is_told(mail):
    target = LinkTarget.objects.create(campaign=mail.campaign, url="https://clinic.example/book")
    token = make_token(
        links.CLICK, clinic_id=mail.clinic_id, reference=mail.reference, number=target.pk
    )
    browser = BrowserClient(headers={"User-Agent": "Mozilla/5.0 (iPhone)"})

    answer = browser.get(f"/c/{token}/")
    browser.get(f"/c/{token}/")
    browser.head(f"/c/{token}/")

    assert (answer.status_code, answer["Location"]) == (302, "https://clinic.example/book")
    mail.refresh_from_db()
    assert mail.clicked_at is not None
    assert Receipt.objects.filter(is_machine=False).count() == 1
    assert CustomerEvent.objects.filter(kind="message.clicked").count() == 1


def test_no_link_can_be_made_up(mail, other_clinic):
    named = {"clinic_id": mail.clinic_id, "reference": mail.reference}
    opening = make_token(links.OPEN, **named)
    with pytest.raises(BadToken):
        read_token(links.CLICK, opening)
    with pytest.raises(BadToken):
        read_token(links.OPEN, opening[:-3] + "AAA")
    with in_clinic(other_clinic):
        enrolment = EnrolmentFactory()
        foreign = LinkTarget.objects.create(campaign=enrolment.campaign, url="https://evil.example")
    token = make_token(links.CLICK, number=foreign.pk, **named)
    assert BrowserClient().get(f"/c/{token}/").status_code == 404


def test_an_opening_is_counted_and_a_wrong_point_looks_the_same(mail):
    token = make_token(links.OPEN, clinic_id=mail.clinic_id, reference=mail.reference)
    human = BrowserClient(headers={"User-Agent": "Mozilla/5.0 (iPhone)"})

    BrowserClient(headers={"User-Agent": "Mozilla/5.0"}).get(f"/o/{token}/")
    mail.refresh_from_db()
    assert mail.opened_at is None
    right, wrong = human.get(f"/o/{token}/"), human.get("/o/nonsense/")

    assert right.content == wrong.content
    mail.refresh_from_db()
    assert mail.opened_at is not None
    assert sorted(Receipt.objects.values_list("is_machine", flat=True)) == [False, True]


def test_ten_times_as_many_reports_take_as_many_statements(
    clinic, reachable, django_assert_max_num_queries
):
    messages = [sent_to(reachable(f"C {n}"), f"c{n}@mail.example") for n in range(10)]
    reports = [Report(f"r{m.pk}", "opened", AT, reference=m.reference.hex) for m in messages]

    with django_assert_max_num_queries(20):
        ingest(reports[:1], account=None, at=AT)
    with django_assert_max_num_queries(20):
        ingest(reports, account=None, at=AT)

    assert Receipt.objects.count() == 10


def test_a_mail_service_reports_a_bounce_in_its_own_words(clinic, reachable):
    account = account_of(kind="postmark", token="pm")
    message = sent_to(reachable(email="cy@mail.example"), "cy@mail.example", account)
    told = {
        "RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "ID": 42,
        "MessageID": "pm-1", "Email": "cy@mail.example", "BouncedAt": "2026-05-02T12:05:00Z",
        "Metadata": {"reference": message.reference.hex}, "Description": "no such mailbox",
    }  # fmt: skip

    def ask(body: bytes):
        return BrowserClient().post("/hooks/receipts/north/pm/", body, "application/json")

    assert ask(json.dumps(told).encode()).json()["new"] == 1
    assert ask(json.dumps(told).encode()).json()["repeated"] == 1
    assert list(Suppression.objects.values_list("address", "reason")) == [
        ("cy@mail.example", "bounced")
    ]
    assert ask(b"<html>").status_code == 400
    assert ask(b"[]").status_code == 400


def test_mailgun_without_its_signature_is_turned_away(clinic):
    account_of(kind="mailgun", token="mg", credentials='{"webhook_key": "key"}')
    body = {"signature": {"timestamp": "1", "token": "t", "signature": "0" * 64},
            "event-data": {"event": "opened", "id": "x", "timestamp": 1}}  # fmt: skip

    answer = BrowserClient().post(
        "/hooks/receipts/north/mg/", json.dumps(body), content_type="application/json"
    )

    assert answer.status_code == 401
    assert not Receipt.objects.exists()
