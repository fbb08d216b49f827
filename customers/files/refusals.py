"""What we say when a file, a row or a cell cannot be taken: the reason and what to do about it.

A refusal is stored as its code and parameters and worded when shown, in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from customers.files.reasons import REASONS

SHOWN_CHARS = 80


def shown(value: object) -> str:
    """The value as it may be printed in a message: one line, no control characters, short."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"


@dataclass(frozen=True)
class Refusal:
    """One reason for not taking something. `params` are plain values and fit into JSON."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return str(REASONS[self.code]) % self.params


class Refused(Exception):
    """Base of the refusals below; carries the refusal it stands for."""

    def __init__(self, code: str, **params: Any) -> None:
        clean = {k: shown(v) if isinstance(v, str) else v for k, v in params.items()}
        self.refusal = Refusal(code, clean)
        super().__init__(code, clean)

    @property
    def code(self) -> str:
        return self.refusal.code

    @property
    def params(self) -> dict[str, Any]:
        return self.refusal.params

    @property
    def message(self) -> str:
        return self.refusal.message

    def __str__(self) -> str:
        return self.message


class FileRefused(Refused):
    """The file as a whole cannot be read."""


class CellRefused(Refused):
    """One value cannot be taken; the row it stands in is refused with it."""


class MappingRefused(Exception):
    """The mapping does not fit the file. `problems` names everything wrong with it at once."""

    def __init__(self, problems: list[Refusal]) -> None:
        self.problems = problems
        super().__init__([problem.code for problem in problems])

    def __str__(self) -> str:
        return " ".join(problem.message for problem in self.problems)
