"""Why a running campaign stands still although messages are due in it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.gates import Facts, quiet_until
from campaigns.windows import SendWindow


class Waits(StrEnum):
    QUIET = "quiet"  # for the end of the quiet hours
    WINDOW = "window"  # for the campaign's own hours
    LATER = "later"  # for another day, a customer's own zone, a provider


@dataclass(frozen=True)
class Waiting:
    """until: the first message goes out then at the earliest."""

    why: Waits
    until: datetime


def waiting(
    *,
    at: datetime,
    next_due_at: datetime | None,
    window: SendWindow,
    respects_quiet_hours: bool,
    quiet_hours: tuple[int, int],
) -> Waiting | None:
    """None while something is due. at: now, in the clinic's zone; quiet_hours: from, until."""
    if next_due_at is None:
        return None
    quiet_from, until = quiet_hours
    quiet = quiet_until(
        Facts(
            at=at, respects_quiet_hours=respects_quiet_hours,
            quiet_from_hour=quiet_from, quiet_until_hour=until,
        )
    )  # fmt: skip
    opens = window.opens(at)
    if opens > at and (quiet is None or opens > quiet):
        return Waiting(Waits.WINDOW, max(next_due_at, opens))
    if quiet is not None:
        return Waiting(Waits.QUIET, max(next_due_at, quiet))
    return Waiting(Waits.LATER, next_due_at) if next_due_at > at else None
