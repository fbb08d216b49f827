"""Where apps above say what an erasure means to them beyond their tables: in `AppConfig.ready()`.

    register_erasure_step(close_calls)

What becomes of the rows of each table, the model says itself (`tenancy.erasure`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ErasedPerson:
    """ids: the customer and everyone merged into it. emails, phones: what nobody else has."""

    ids: tuple[int, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    at: datetime


Step = Callable[[ErasedPerson], None]
_steps: list[Step] = []


def register_erasure_step(step: Step) -> None:
    if step not in _steps:
        _steps.append(step)


def erasure_steps() -> list[Step]:
    return list(_steps)
