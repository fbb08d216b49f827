"""The one bar of the live page: a piece a state, and the pieces always fill it."""

from dataclasses import dataclass

from django.utils.functional import Promise

from campaigns.models import Message
from campaigns.queries.progress import Progress

WIDTH = 1000  # units of the drawing
State = Message.State
ORDER = (
    (State.SENT, "good", "check"),
    (State.SENDING, "accent", "send"),
    (State.QUEUED, "neutral", "clock"),
    (State.SKIPPED, "quiet", "minus"),
    (State.UNKNOWN, "watch", "circle-help"),
    (State.FAILED, "act", "circle-x"),
)


@dataclass(frozen=True)
class Piece:
    """start and width in units of the drawing."""

    state: str
    label: str | Promise
    tone: str
    icon: str
    n: int
    start: int
    width: int


def bar_of(progress: Progress) -> list[Piece]:
    """One piece a state, also where it is empty; widths sum to WIDTH once somebody is treated."""
    pieces, n_before = [], 0
    total = max(progress.n_treated, 1)
    for state, tone, icon in ORDER:
        n = progress.n(state)
        start, end = WIDTH * n_before // total, WIDTH * (n_before + n) // total
        pieces.append(Piece(state.value, state.label, tone, icon, n, start, end - start))
        n_before += n
    return pieces
