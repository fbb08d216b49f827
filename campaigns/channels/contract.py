"""What every channel promises, so that dispatch never needs to know how a message travels.

Provider classes say what may be done after an unclear answer:
  keyed  the provider drops a repeated reference: repeat freely;
  asked  the provider can be asked whether it has a reference: ask, then repeat;
  blind  neither (plain SMTP): an unclear answer stays unknown and is never repeated.
"""

from dataclasses import dataclass
from typing import Protocol


class ProviderUnavailable(Exception):
    """It never took the message: safe to try again later."""


class TryLater(Exception):
    """It did not take this one message now, but takes others: safe to try again later."""


class MessageRefused(Exception):
    """It will not take this message, now or later."""


class OutcomeUnknown(Exception):
    """It may or may not have taken the message."""


@dataclass(frozen=True)
class Envelope:
    """One message ready to go. address: normalised. reference: ours, unique, sent along."""

    address: str
    reference: str
    subject: str
    text: str
    html: str
    sender: str
    unsubscribe_url: str


class Channel(Protocol):
    provider_class: str

    def send(self, envelope: Envelope) -> None:
        """Returns when the provider took it; raises one of the four errors above otherwise."""

    def close(self) -> None:
        """Let go of the connection; never raises."""
