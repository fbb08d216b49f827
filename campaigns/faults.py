"""Named points at which a worker can be made to die, for the proof that nothing is lost or doubled.

SENDING_FAULTS="after_claim:2,mid_call:5" kills the process (SIGKILL) when it passes that point for
that time. Without the variable a point costs one look at an empty mapping. Pure but for the kill.
"""

import os
import signal
from collections import Counter

POINTS = (
    "before_claim",
    "after_claim",
    "after_intent",
    "mid_call",
    "after_acceptance",
    "after_reply",
    "after_mark",
    "in_expansion",
    "in_receipts",
)


def _plan(text: str) -> dict[str, int]:
    """{point: the time it kills}. Raises ValueError for a point that is none."""
    plan = {}
    for part in filter(None, text.split(",")):
        name, _colon, number = part.partition(":")
        if name not in POINTS:
            raise ValueError(f"{name} is none of {', '.join(POINTS)}")
        plan[name] = int(number or 1)
    return plan


_planned = _plan(os.environ.get("SENDING_FAULTS", ""))
_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Pass this point, or die at it."""
    if name not in _planned:
        return
    _passed[name] += 1
    if _passed[name] == _planned[name]:
        os.kill(os.getpid(), signal.SIGKILL)
