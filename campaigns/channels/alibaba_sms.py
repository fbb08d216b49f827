"""SMS by Alibaba Cloud (Dysmsapi 2017-05-25, RPC signature 1.0).

Provider class: asked. SendSms drops no repeated OutId, but QuerySendDetails tells, for a number and
a day, which OutIds it has. Text goes into one variable of an approved template.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

from campaigns.channels.contract import (
    Envelope,
    Found,
    MessageRefused,
    OutcomeUnknown,
    ProviderClass,
    ProviderUnavailable,
    Taken,
    TryLater,
)
from campaigns.channels.http import HttpChannel
from campaigns.content.sms import parts

ENDPOINT = "https://dysmsapi.aliyuncs.com"
_LATER = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})
_NOT_NOW = frozenset(
    {
        "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.ACCOUNT_ABNORMAL",
        "isv.ACCOUNT_NOT_EXISTS", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL",
        "SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound", "Forbidden.RAM",
    }
)  # fmt: skip
_UNCLEAR = frozenset({"isp.SYSTEM_ERROR", "isp.RAM_PERMISSION_DENY", "ServiceUnavailable"})


class AlibabaSms(HttpChannel):
    provider_class = ProviderClass.ASKED
    settle = timedelta(minutes=5)  # details appear with a delay

    def __init__(self, sender: str, credentials: Mapping[str, str], endpoint: str = "") -> None:
        super().__init__(endpoint or ENDPOINT)
        self._sender, self._credentials = sender, credentials

    def send(self, envelope: Envelope) -> Taken:
        variable = self._credentials.get("template_variable") or "content"
        answer = self._ask(
            "SendSms",
            PhoneNumbers=_number(envelope.address),
            SignName=self._sender,
            TemplateCode=self._credentials["template_code"],
            TemplateParam=json.dumps({variable: envelope.text}, ensure_ascii=False),
            OutId=envelope.reference,
        )
        if (code := str(answer.get("Code", ""))) != "OK":
            raise _meaning(code)
        n_parts = parts(f"【{self._sender}】{envelope.text}").n_parts
        return Taken(provider_ref=str(answer.get("BizId", ""))[:120], n_parts=n_parts)

    def look_up(self, *, reference: str, address: str, handed_at: datetime) -> Found:
        """By number and day in China; a message at midnight may stand under the next day."""
        days = {(handed_at + later).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d")
                for later in (timedelta(0), timedelta(minutes=10))}  # fmt: skip
        try:
            found = [self._out_ids(address, day) for day in sorted(days)]
        except (MessageRefused, OutcomeUnknown, ProviderUnavailable, TryLater):
            return Found.CANNOT_SAY
        return Found.TAKEN if any(reference in ids for ids in found) else Found.NOT_TAKEN

    def _out_ids(self, address: str, day: str) -> set[str]:
        ids: set[str] = set()
        for page in range(1, 11):
            answer = self._ask(
                "QuerySendDetails", PhoneNumber=_number(address), SendDate=day,
                PageSize="50", CurrentPage=str(page),
            )  # fmt: skip
            if answer.get("Code") != "OK":
                raise OutcomeUnknown(str(answer.get("Code"))[:100])
            details = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            ids |= {str(one.get("OutId")) for one in details}
            if page * 50 >= int(answer.get("TotalCount") or 0):
                return ids
        raise OutcomeUnknown("more than 500 messages to one number in a day")

    def _ask(self, action: str, **parameters: str) -> dict[str, Any]:
        said = {
            "AccessKeyId": self._credentials["access_key_id"],
            "Action": action,
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": uuid4().hex,
            "SignatureVersion": "1.0",
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
            **parameters,
        }
        said["Signature"] = signature("POST", said, self._credentials["access_key_secret"])
        return self.call("POST", "/", data=said)

    def refusal(self, status: int, answer: dict[str, Any]) -> Exception:
        return _meaning(str(answer.get("Code") or status))


def signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA1 over the sorted, percent-encoded parameters (RPC signature 1.0)."""
    query = "&".join(f"{_encoded(k)}={_encoded(v)}" for k, v in sorted(parameters.items()))
    signed = f"{method}&{_encoded('/')}&{_encoded(query)}"
    digest = hmac.digest(f"{secret}&".encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _number(address: str) -> str:
    """Chinese numbers without +86, others with their country and without +."""
    return address.removeprefix("+86").removeprefix("+")


def _meaning(code: str) -> Exception:
    if code in _LATER:
        return TryLater(code)
    if code in _NOT_NOW or code.startswith("Throttling"):
        return ProviderUnavailable(code)
    return OutcomeUnknown(code) if code in _UNCLEAR or not code else MessageRefused(code[:100])
