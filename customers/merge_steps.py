"""Where apps above say what a merge of two customers means to them: in `AppConfig.ready()`.

    register_step(MergeStep("points", merge=move_points, undo=give_points_back))

Most of it needs no word: every reference to a customer, in any app, is found in the registry of
models and moved. A model with a unique constraint that names the customer may find that both have
such a row; it says on its class what then becomes of the merged one's:

    merge_collisions = "drop"         # the same fact twice: the survivor's stands (undo restores)
    merge_collisions = "stay"         # it stays with the row of the merged customer, as history
    merge_collisions = "never_moves"  # no row of this table is ever moved
    merge_collisions = {"is_pinned": False}  # it moves once these columns are written

A system check asks for that word. A step does what moving cannot, such as conserving points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenancy.models import Membership

COLLISIONS = ("drop", "stay", "never_moves")  # or columns that the merged one's row gives up


@dataclass(frozen=True)
class MergeContext:
    """survivor_id: who stands; merged_id: who is taken in. key: of this merge, for idempotency."""

    merge_id: int
    survivor_id: int
    merged_id: int
    by: Membership | None
    at: datetime

    @property
    def key(self) -> str:
        return f"merge:{self.merge_id}"


@dataclass(frozen=True)
class MergeStep:
    """merge: runs after all rows have moved; what it returns (JSON) is kept for `undo`.

    undo: runs before the rows move back.
    """

    key: str
    merge: Callable[[MergeContext], Any]
    undo: Callable[[MergeContext, Any], None]
    order: int = 50


_steps: dict[str, MergeStep] = {}


def register_step(step: MergeStep) -> None:
    _steps[step.key] = step


def steps() -> list[MergeStep]:
    return sorted(_steps.values(), key=lambda step: (step.order, step.key))


def step_named(key: str) -> MergeStep | None:
    return _steps.get(key)
