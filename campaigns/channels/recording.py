"""The local recording provider: takes messages by HTTP and keeps what it took, for the demo and the
proof by faults. What answers is `campaigns/recording_provider.py`.

Provider class: keyed, asked or blind, as its account says.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

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


class Recording(HttpChannel):
    def __init__(self, sender: str, credentials: Mapping[str, str], endpoint: str = "") -> None:
        super().__init__(endpoint or "http://127.0.0.1:8099")
        self._sender = sender
        self.provider_class = ProviderClass(credentials.get("class") or "keyed")
        self.settle = timedelta(seconds=float(credentials.get("settle_seconds") or 1))

    def send(self, envelope: Envelope) -> Taken:
        said = {
            "class": self.provider_class.value,
            "reference": envelope.reference,
            "address": envelope.address,
            "text": envelope.text,
            "sender": self._sender,
        }
        answer = self.call("POST", "/send", json=said)
        return Taken(provider_ref=str(answer.get("id", ""))[:120])

    def look_up(self, *, reference: str, address: str, handed_at: datetime) -> Found:
        try:
            answer = self.call("GET", "/messages", params={"reference": reference})
        except (MessageRefused, OutcomeUnknown, ProviderUnavailable, TryLater):
            return Found.CANNOT_SAY
        return Found.TAKEN if answer.get("n") else Found.NOT_TAKEN

    def refusal(self, status: int, answer: dict[str, Any]) -> Exception:
        return TryLater("409") if status == 409 else MessageRefused(str(status))
