"""Each adapter against a server that speaks its provider's protocol, and against answers that are
none."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from campaigns.channels.alibaba_sms import AlibabaSms
from campaigns.channels.contract import (
    Envelope,
    Found,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    TryLater,
)
from campaigns.channels.email import BackendChannel, get_backend
from campaigns.channels.recording import Recording
from campaigns.channels.tencent_sms import TencentSms, signed_headers
from campaigns.channels.twilio import Twilio
from campaigns.channels.wechat import WeChatTemplate, WeCom
from tests.campaigns.speaking import Speaking

SMS = Envelope("+8613800001111", "a" * 32, "", "王女士您好，回复R退订")
KEYS = {"access_key_id": "id", "access_key_secret": "secret", "template_code": "SMS_1"}
TENCENT = {"secret_id": "AKID", "secret_key": "secret", "sdk_app_id": "14", "template_id": "9"}
TWILIO = {"account_sid": "AC1", "auth_token": "token"}


@pytest.fixture
def speaking():
    made = Speaking()
    server = made.start()
    yield made
    server.shutdown()
    server.server_close()


def alibaba(server: Speaking) -> AlibabaSms:
    return AlibabaSms("北方诊所", KEYS, server.url)


def test_alibaba_signs_what_it_sends_and_names_our_reference(speaking):
    speaking.answer = lambda asked: (200, {"Code": "OK", "BizId": "biz-1"})

    taken = alibaba(speaking).send(SMS)

    form = speaking.asked[0].form
    assert (form["PhoneNumbers"], form["OutId"]) == ("13800001111", "a" * 32)
    assert taken.provider_ref == "biz-1"
    given = form.pop("Signature")
    query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(form.items()))
    signed = f"POST&%2F&{quote(query, safe='~')}"
    wanted = hmac.new(b"secret&", signed.encode(), hashlib.sha1).digest()
    assert given == base64.b64encode(wanted).decode()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", TryLater),
        ("isv.AMOUNT_NOT_ENOUGH", ProviderUnavailable),
        ("Throttling.User", ProviderUnavailable),
        ("isv.MOBILE_NUMBER_ILLEGAL", MessageRefused),
        ("isp.SYSTEM_ERROR", OutcomeUnknown),
    ],
)
def test_alibaba_codes_mean_what_they_say(speaking, code, error):
    speaking.answer = lambda asked: (200, {"Code": code})

    with pytest.raises(error):
        alibaba(speaking).send(SMS)


def test_alibaba_is_asked_by_our_reference(speaking):
    rows = [{"OutId": "b" * 32, "SendStatus": 3}]
    speaking.answer = lambda asked: (
        200, {"Code": "OK", "TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}},
    )  # fmt: skip
    handed_at = datetime(2026, 5, 1, 15, 55, tzinfo=UTC)  # 23:55 in China

    asking = alibaba(speaking)
    found = asking.look_up(reference="b" * 32, address=SMS.address, handed_at=handed_at)
    missing = asking.look_up(reference="c" * 32, address=SMS.address, handed_at=handed_at)

    assert (found, missing) == (Found.TAKEN, Found.NOT_TAKEN)
    assert {asked.form["SendDate"] for asked in speaking.asked} == {"20260501", "20260502"}
    speaking.answer = lambda asked: (500, b"oops")
    unsure = asking.look_up(reference="b" * 32, address=SMS.address, handed_at=handed_at)
    assert unsure is Found.CANNOT_SAY


def test_tencent_signs_by_its_third_signature():
    """Reckoned anew, step by step, as the documentation of TC3-HMAC-SHA256 has it."""
    body, at = b'{"Limit": 1}', 1551113065
    headers = signed_headers(
        "SendSms", body, host="sms.tencentcloudapi.com", at=at, secret_id="AK", secret_key="SK"
    )
    canonical = "\n".join([
        "POST", "/", "", "content-type:application/json; charset=utf-8",
        "host:sms.tencentcloudapi.com", "x-tc-action:sendsms", "",
        "content-type;host;x-tc-action", hashlib.sha256(body).hexdigest(),
    ])  # fmt: skip
    scope = "2019-02-25/sms/tc3_request"
    to_sign = "\n".join([
        "TC3-HMAC-SHA256", str(at), scope, hashlib.sha256(canonical.encode()).hexdigest(),
    ])  # fmt: skip

    def mac(key: bytes, text: str) -> bytes:
        return hmac.new(key, text.encode(), hashlib.sha256).digest()

    key = mac(mac(mac(b"TC3SK", "2019-02-25"), "sms"), "tc3_request")
    assert headers["Authorization"].endswith(f"Signature={mac(key, to_sign).hex()}")
    assert f"Credential=AK/{scope}" in headers["Authorization"]


def test_tencent_tells_parts_and_serial_number(speaking):
    state = {"Code": "Ok", "SerialNo": "s-1", "Fee": 2}
    speaking.answer = lambda asked: (200, {"Response": {"SendStatusSet": [state]}})

    taken = TencentSms("北方", TENCENT, speaking.url).send(SMS)

    assert (taken.provider_ref, taken.n_parts) == ("s-1", 2)
    assert speaking.asked[0].json["SessionContext"] == "a" * 32
    state["Code"] = "LimitExceeded.PhoneNumberDailyLimit"
    with pytest.raises(TryLater):
        TencentSms("北方", TENCENT, speaking.url).send(SMS)
    speaking.answer = lambda asked: (200, {"Response": {"Error": {"Code": "AuthFailure.X"}}})
    with pytest.raises(ProviderUnavailable):
        TencentSms("北方", TENCENT, speaking.url).send(SMS)


def test_twilio_is_told_where_reports_go(speaking):
    speaking.answer = lambda asked: (201, {"sid": "SM1", "num_segments": "3"})

    channel = Twilio("+15550001", TWILIO, speaking.url, "https://crm.example/hooks/r")
    taken = channel.send(SMS)

    asked = speaking.asked[0]
    assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert asked.form["StatusCallback"] == "https://crm.example/hooks/r?ref=" + "a" * 32
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:token").decode()
    assert (taken.provider_ref, taken.n_parts) == ("SM1", 3)
    speaking.answer = lambda asked: (400, {"code": 21211})
    with pytest.raises(MessageRefused, match="21211"):
        channel.send(SMS)


def test_wechat_fetches_its_token_again_when_it_ended(speaking):
    answers = iter([
        (200, {"access_token": "one", "expires_in": 7200}), (200, {"errcode": 42001}),
        (200, {"access_token": "two", "expires_in": 7200}), (200, {"errcode": 0, "msgid": 5}),
    ])  # fmt: skip
    speaking.answer = lambda asked: next(answers)
    keys = {"app_id": "wx", "app_secret": "s", "template_id": "T"}

    taken = WeChatTemplate("", keys, speaking.url).send(
        Envelope("oOpenId123", "d" * 32, "", "您好")
    )

    assert taken.provider_ref == "5"
    assert [asked.query.get("access_token") for asked in speaking.asked] == [
        None,
        "one",
        None,
        "two",
    ]
    assert speaking.asked[-1].json["client_msg_id"] == "d" * 32


def test_wechat_without_a_token_took_nothing(speaking):
    speaking.answer = lambda asked: (200, {"errcode": 40013, "errmsg": "invalid appid"})
    keys = {"app_id": "wx", "app_secret": "s", "template_id": "T"}

    with pytest.raises(ProviderUnavailable, match="no token"):
        WeChatTemplate("", keys, speaking.url).send(SMS)


def test_wecom_says_who_is_no_contact(speaking):
    speaking.answer = lambda asked: (
        (200, {"access_token": "t"}) if asked.method == "GET"
        else (200, {"errcode": 0, "fail_list": ["wmX12345"], "msgid": "m"})
    )  # fmt: skip
    channel = WeCom("lily", {"corp_id": "c", "corp_secret": "s"}, speaking.url)

    with pytest.raises(MessageRefused):
        channel.send(Envelope("wmX12345", "e" * 32, "", "您好"))
    assert channel.send(Envelope("wmY12345", "f" * 32, "", "您好")).provider_ref == "m"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, b"<html>It works!</html>"), OutcomeUnknown),
        ((200, b""), OutcomeUnknown),
        ((200, b"[1]"), OutcomeUnknown),
        ((302, b""), OutcomeUnknown),
        ((500, b"oops"), OutcomeUnknown),
        ((429, {}), ProviderUnavailable),
        ((503, b"busy"), ProviderUnavailable),
        ((401, {}), ProviderUnavailable),
        ((409, {}), TryLater),
        ((400, {}), MessageRefused),
        ((200, b"x" * 300_000), OutcomeUnknown),
    ],
)
def test_answers_that_are_none_never_count_as_taken(speaking, answer, error):
    speaking.answer = lambda asked: answer

    with pytest.raises(error):
        Recording("", {}, speaking.url).send(SMS)


def test_an_answer_that_drips_for_ever_is_given_up(speaking, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 1
    speaking.drips, speaking.answer = 0.3, lambda asked: (200, b"{" + b" " * 500)

    with pytest.raises(OutcomeUnknown):
        Recording("", {}, speaking.url).send(SMS)


def test_nobody_there_is_known_not_to_have_it():
    with pytest.raises(ProviderUnavailable):
        Recording("", {}, "http://127.0.0.1:9").send(SMS)


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, OutcomeUnknown), (429, ProviderUnavailable), (401, ProviderUnavailable)],
)
def test_a_mail_service_by_anymail(speaking, status, error):
    speaking.answer = lambda asked: (201, {"messageId": "<m1@brevo>"})
    backend = get_backend(
        "anymail.backends.brevo.EmailBackend", api_key="k", api_url=speaking.url + "/v3/"
    )
    channel = BackendChannel(backend)
    mail = Envelope(
        "anna@mail.example", "a" * 32, "Hello", "text", "<p>text</p>",
        "Clinic <c@clinic.example>", "https://crm.example/u/x/",
    )  # fmt: skip

    assert channel.send(mail).provider_ref == "<m1@brevo>"
    sent = speaking.asked[0]
    assert sent.headers["api-key"] == "k"
    assert sent.json["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    speaking.answer = lambda asked: (status, {"code": "no"})
    with pytest.raises(error):
        channel.send(mail)
