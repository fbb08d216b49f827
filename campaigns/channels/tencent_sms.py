"""SMS by Tencent Cloud (SendSms 2021-01-11, signature TC3-HMAC-SHA256).

Provider class: blind. It drops no repeated SessionContext, and what it tells of a number afterwards
does not name it; a receipt does, and settles what was unknown.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    Taken,
    TryLater,
)
from campaigns.channels.http import HttpChannel

ENDPOINT = "https://sms.tencentcloudapi.com"
_SERVICE, _VERSION = "sms", "2021-01-11"


class TencentSms(HttpChannel):
    def __init__(self, sender: str, credentials: Mapping[str, str], endpoint: str = "") -> None:
        super().__init__(endpoint or ENDPOINT)
        self._sender, self._credentials = sender, credentials

    def send(self, envelope: Envelope) -> Taken:
        answer = self._ask(
            "SendSms",
            {
                "PhoneNumberSet": [envelope.address],
                "SmsSdkAppId": self._credentials["sdk_app_id"],
                "SignName": self._sender,
                "TemplateId": self._credentials["template_id"],
                "TemplateParamSet": [envelope.text],
                "SessionContext": envelope.reference,
            },
        )
        states = answer.get("SendStatusSet") or []
        if len(states) != 1:
            raise OutcomeUnknown("no state of the message")
        if (code := str(states[0].get("Code", ""))) != "Ok":
            raise _meaning(code)
        parts = int(states[0].get("Fee") or 1)
        return Taken(provider_ref=str(states[0].get("SerialNo", ""))[:120], n_parts=max(parts, 1))

    def _ask(self, action: str, said: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(said, ensure_ascii=False).encode()
        host = urlsplit(self._endpoint).netloc
        headers = signed_headers(
            action, body, host=host, at=int(time.time()),
            secret_id=self._credentials["secret_id"], secret_key=self._credentials["secret_key"],
        )  # fmt: skip
        answer = self.call("POST", "/", content=body, headers=headers).get("Response")
        if not isinstance(answer, dict):
            raise OutcomeUnknown("no Response")
        if error := answer.get("Error"):
            raise _meaning(str(error.get("Code", "")))
        return answer


def signed_headers(
    action: str, body: bytes, *, host: str, at: int, secret_id: str, secret_key: str
) -> dict[str, str]:
    """Of one request. at: Unix seconds."""
    day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
    kind = "application/json; charset=utf-8"
    hashed = hashlib.sha256(body).hexdigest()
    asked = (
        f"POST\n/\n\ncontent-type:{kind}\nhost:{host}\nx-tc-action:{action.lower()}\n\n"
        f"content-type;host;x-tc-action\n{hashed}"
    )
    scope = f"{day}/{_SERVICE}/tc3_request"
    digest = hashlib.sha256(asked.encode()).hexdigest()
    key = f"TC3{secret_key}".encode()
    for part in (day, _SERVICE, "tc3_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signed = f"TC3-HMAC-SHA256\n{at}\n{scope}\n{digest}"
    proof = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    return {
        "Authorization": f"TC3-HMAC-SHA256 Credential={secret_id}/{scope},"
        f" SignedHeaders=content-type;host;x-tc-action, Signature={proof}",
        "Content-Type": kind,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Version": _VERSION,
        "X-TC-Timestamp": str(at),
        "X-TC-Region": "ap-guangzhou",
    }


def _meaning(code: str) -> Exception:
    if code.startswith(("LimitExceeded", "RequestLimitExceeded")):
        per_number = "PhoneNumber" in code
        return (TryLater if per_number else ProviderUnavailable)(code)
    if code.startswith(("AuthFailure", "UnauthorizedOperation", "FailedOperation.Insufficient")):
        return ProviderUnavailable(code)
    return OutcomeUnknown(code) if code.startswith("InternalError") else MessageRefused(code[:100])
