"""What every channel promises, so that dispatch never needs to know how a message travels.

Provider classes say what may be done after an unclear answer:
  keyed  the provider drops a repeated reference: repeat with the same one;
  asked  the provider can be asked whether it has a reference: ask, then perhaps repeat;
  blind  neither (plain SMTP): an unclear answer stays unknown until a person decides;
  human  a person does it: one open task an intent, however often it is handed over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class ProviderClass(StrEnum):
    KEYED = "keyed"
    ASKED = "asked"
    BLIND = "blind"
    HUMAN = "human"


class ProviderUnavailable(Exception):
    """It never took the message, and would take no other now: safe to try again later."""


class TryLater(Exception):
    """It did not take this one message now, but takes others: safe to try again later."""


class MessageRefused(Exception):
    """It will not take this message, now or later."""


class OutcomeUnknown(Exception):
    """It may or may not have taken the message."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message ready to go. address: normalised. reference: ours, unique, sent along.

    text: all of a short message, the plain twin of a mail. subject, html: of mails only.
    customer_id, campaign_id, step: for whoever keeps a record of their own (tasks).
    """

    address: str
    reference: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    unsubscribe_url: str = ""
    customer_id: int = 0
    campaign_id: int = 0
    step: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider has it. provider_ref: its own name for it. n_parts: what it charges for."""

    provider_ref: str = ""
    n_parts: int = 1


TAKEN = Taken()


class Found(StrEnum):
    """What a provider says when asked for a reference."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    CANNOT_SAY = "cannot_say"


class Channel(Protocol):
    """repeat_within: of a keyed one, how long it remembers a reference (None: for ever).
    settle: of an asked one, how long after handing over its «no» can be believed."""

    provider_class: ProviderClass
    repeat_within: timedelta | None
    settle: timedelta

    def send(self, envelope: Envelope) -> Taken:
        """Returns when the provider took it; raises one of the four errors above otherwise."""

    def look_up(self, *, reference: str, address: str, handed_at: datetime) -> Found:
        """Whether it has this reference; never raises. Only of an asked one."""

    def close(self) -> None:
        """Let go of the connection; never raises."""


class BaseChannel:
    """What is the same for most: blind, cannot be asked, holds nothing open."""

    provider_class = ProviderClass.BLIND
    repeat_within: timedelta | None = None
    settle = timedelta(0)

    def look_up(self, *, reference: str, address: str, handed_at: datetime) -> Found:
        return Found.CANNOT_SAY

    def close(self) -> None:
        """Nothing is open."""
