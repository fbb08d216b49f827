"""Reports as each provider sends them, checked and read into `campaigns.reports.Report`.

Where a provider signs, the signature is checked; those that cannot sign prove themselves by the
unguessable address, as their own documentation has it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from campaigns.channels.mail_reports import VIEWS, Unreadable, mail_reports
from campaigns.reports import KINDS, Report, storable
from tenancy.webhook_signatures import BadSignature, verify

MAX_REPORTS = 5000
_CHINA = ZoneInfo("Asia/Shanghai")


class BadReport(Exception):
    """The body is not what this provider sends. The text says what is wrong and where."""


@dataclass(frozen=True)
class Posted:
    """A request: url with query as the provider called it, headers in lower case."""

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request: HttpRequest | None = None  # what anymail's readers ask for


def read_reports(
    kind: str, posted: Posted, *, secret: str, credentials: Mapping[str, str], at: datetime
) -> list[Report]:
    """Raises BadSignature, BadReport."""
    reader = {"twilio": _twilio, "alibaba": _alibaba, "tencent": _tencent}.get(kind)
    if kind in VIEWS and posted.request is not None:
        try:
            return mail_reports(kind, posted.request, posted.body, credentials)
        except Unreadable as error:
            raise BadReport(str(error)) from error
    if reader is None:
        envelope = verify(posted.headers, posted.body, secrets=[secret], at=at)
        return _own(posted, envelope.message_id)
    return reader(posted, credentials)


def _own(posted: Posted, message_id: str) -> list[Report]:
    """{"reports": [{"id", "kind", "reference", "occurred_at", "address", "words"}]}"""
    body = _json(posted.body)
    items = body.get("reports") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise BadReport('the body is {"reports": [...]}')
    _bounded(items)
    reports = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise BadReport(f"report {number}: an object")
        kind = _text(item, "kind")
        if kind not in KINDS:
            raise BadReport(f"report {number}: kind {kind[:40]!r} is none of {', '.join(KINDS)}")
        reports.append(
            Report(
                receipt_id=_text(item, "id")[:120] or f"{message_id}:{number}",
                kind=kind,
                occurred_at=_instant(item.get("occurred_at"), number),
                reference=_text(item, "reference"),
                provider_ref=_text(item, "provider_ref"),
                address=_text(item, "address"),
                words=_text(item, "words"),
                user_agent=_text(item, "user_agent"),
                is_lasting=item.get("is_lasting", True) is not False,
            )
        )
    return reports


def _twilio(posted: Posted, credentials: Mapping[str, str]) -> list[Report]:
    """A form; signed is the address and all fields in order, HMAC-SHA1 with the auth token."""
    try:
        form = dict(parse_qsl(posted.body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise BadReport("the body is a form in UTF-8") from None
    signed = posted.url + "".join(f"{key}{form[key]}" for key in sorted(form))
    token = credentials.get("auth_token", "")
    wanted = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    given = posted.headers.get("x-twilio-signature", "")
    if not token or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise BadSignature("mismatch")
    sid = storable(form.get("MessageSid") or form.get("SmsSid") or "")
    if not sid:
        raise BadReport("MessageSid is missing")
    if "Body" in form:
        address, words = storable(form.get("From", "")), storable(form["Body"])
        return [Report(f"{sid}:reply"[:120], "replied", address=address, words=words)]
    state = form.get("MessageStatus") or form.get("SmsStatus") or ""
    kind = {"delivered": "delivered", "undelivered": "bounced", "failed": "bounced"}.get(state)
    if kind is None:
        return []
    lasting = form.get("ErrorCode") in {"30005", "30006", "21211", "21610"}
    return [
        Report(f"{sid}:{kind}"[:120], kind, reference=posted.query.get("ref", ""), provider_ref=sid,
               words=storable(form.get("ErrorCode", "")), is_lasting=lasting)
    ]  # fmt: skip


def _alibaba(posted: Posted, _credentials: Mapping[str, str]) -> list[Report]:
    """SmsReport and SmsUp by HTTP: a list of objects; instants are China's."""
    reports = []
    for number, item in enumerate(_items(posted.body), start=1):
        phone = _international(_text(item, "phone_number"))
        if "content" in item:
            key = _text(item, "sequence_id") or f"{phone}:{_text(item, 'send_time')}"
            when = _chinese(item.get("send_time"), number)
            words = _text(item, "content")
            reports.append(Report(f"up:{key}"[:120], "replied", when, address=phone, words=words))
            continue
        ok = item.get("success") is True
        reference, biz = _text(item, "out_id"), _text(item, "biz_id")
        if not reference and not biz:
            raise BadReport(f"report {number}: out_id or biz_id")
        reports.append(
            Report(
                f"{biz or reference}:{phone}:{'ok' if ok else 'failed'}"[:120],
                "delivered" if ok else "bounced", _chinese(item.get("report_time"), number),
                reference=reference, provider_ref=biz, words=_text(item, "err_code"),
                is_lasting=_text(item, "err_code") in {"MOBILE_NOT_ON_SERVICE", "PHONENOTEXIST"},
            )
        )  # fmt: skip
    return reports


def _tencent(posted: Posted, _credentials: Mapping[str, str]) -> list[Report]:
    """Status and reply callbacks: a list of objects, or one; instants are China's."""
    reports = []
    for number, item in enumerate(_items(posted.body), start=1):
        phone = _international(_text(item, "mobile"), _text(item, "nationcode"))
        if "text" in item:
            key = f"up:{phone}:{_text(item, 'time')}"
            at = _unix(item.get("time"), number)
            words = _text(item, "text")
            reports.append(Report(key[:120], "replied", at, address=phone, words=words))
            continue
        sid = _text(item, "sid")
        if not sid:
            raise BadReport(f"report {number}: sid")
        ok = _text(item, "report_status") == "SUCCESS"
        reports.append(
            Report(
                f"{sid}:{'ok' if ok else 'failed'}"[:120], "delivered" if ok else "bounced",
                _chinese(item.get("user_receive_time"), number), reference=_text(item, "ext"),
                provider_ref=sid, words=_text(item, "errmsg"), is_lasting=False,
            )
        )  # fmt: skip
    return reports


def _items(body: bytes) -> list[dict[str, Any]]:
    found = _json(body)
    items = found if isinstance(found, list) else [found]
    _bounded(items)
    if not all(isinstance(item, dict) for item in items):
        raise BadReport("the body is a list of objects")
    return items


def _bounded(items: list[Any]) -> None:
    if len(items) > MAX_REPORTS:
        raise BadReport(f"more than {MAX_REPORTS} reports in one request")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadReport("the body is no JSON") from None


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    return storable(str(value) if isinstance(value, str | int) else "")


def _instant(value: Any, number: int) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadReport(f"report {number}: occurred_at is no instant of ISO 8601") from None
    if when.tzinfo is None:
        raise BadReport(f"report {number}: occurred_at has no zone")
    return when


def _chinese(value: Any, number: int) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=_CHINA)
    except ValueError:
        raise BadReport(f"report {number}: {str(value)[:40]!r} is no instant") from None


def _unix(value: Any, number: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None
    except (ValueError, OverflowError, OSError):
        raise BadReport(f"report {number}: {str(value)[:40]!r} is no instant") from None


def _international(phone: str, country: str = "86") -> str:
    if phone.startswith("+"):
        return phone
    return f"+{country}{phone}" if len(phone) == 11 or country != "86" else f"+{phone}"
