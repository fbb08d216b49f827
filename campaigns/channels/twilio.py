"""SMS by Twilio (Programmable Messaging, 2010-04-01).

Provider class: blind. A POST has no idempotency key; receipts come to an address that carries our
reference, and settle what was unknown.
"""

from collections.abc import Mapping
from typing import Any

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    ProviderUnavailable,
    Taken,
    TryLater,
)
from campaigns.channels.http import HttpChannel

ENDPOINT = "https://api.twilio.com"
_NOT_NOW = frozenset({"20003", "20005", "20429", "21606", "21603"})
_LATER = frozenset({"14107", "30022"})


class Twilio(HttpChannel):
    def __init__(
        self, sender: str, credentials: Mapping[str, str], endpoint: str = "", receipts: str = ""
    ) -> None:
        """sender: +number or the SID of a messaging service. receipts: where they shall come."""
        super().__init__(endpoint or ENDPOINT)
        self._sender, self._credentials, self._receipts = sender, credentials, receipts

    def send(self, envelope: Envelope) -> Taken:
        said = {"To": envelope.address, "Body": envelope.text}
        said["MessagingServiceSid" if self._sender.startswith("MG") else "From"] = self._sender
        if self._receipts:
            said["StatusCallback"] = f"{self._receipts}?ref={envelope.reference}"
        sid = self._credentials["account_sid"]
        answer = self.call(
            "POST", f"/2010-04-01/Accounts/{sid}/Messages.json", data=said,
            auth=(sid, self._credentials["auth_token"]),
        )  # fmt: skip
        parts = str(answer.get("num_segments") or "1")
        n_parts = max(int(parts), 1) if parts.isdecimal() else 1
        return Taken(provider_ref=str(answer.get("sid", ""))[:120], n_parts=n_parts)

    def refusal(self, status: int, answer: dict[str, Any]) -> Exception:
        code = str(answer.get("code") or status)
        if code in _NOT_NOW:
            return ProviderUnavailable(code)
        return TryLater(code) if code in _LATER else MessageRefused(code)
