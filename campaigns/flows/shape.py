from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


@dataclass(frozen=True)
class Said:
    """One message. after_days: wait so long before it. said: {language: text}, both languages."""

    said: Mapping[str, Text]
    after_days: int = 0


@dataclass(frozen=True)
class Flow:
    """days: before or after what the trigger tells of. no_holdout_reason: "" keeps the holdout."""

    key: str
    icon: str
    name: str | Promise
    what: str | Promise
    goal: str
    trigger: str
    days: int
    steps: tuple[Said, ...]
    detail: str = ""
    purpose: str = "marketing"
    leaves_on_return: bool = True
    no_holdout_reason: str | Promise = ""

    @property
    def least_window_days(self) -> int:
        """The outcome window has to hold the waits."""
        return sum(said.after_days for said in self.steps) + 14
