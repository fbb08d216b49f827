"""The hours and days in which a campaign sends. Pure; instants are aware, in the clinic's zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True)
class SendWindow:
    """from_hour ≤ hour < until_hour; None, None: all day. days: ISO weekdays, "" for every day."""

    from_hour: int | None = None
    until_hour: int | None = None
    days: str = ""

    def opens(self, at: datetime) -> datetime:
        """`at` itself while the window is open, else the instant it opens next."""
        for ahead in range(8):
            day = at.date() + timedelta(days=ahead)
            if self.days and str(day.isoweekday()) not in self.days:
                continue
            start, end = self._bounds(day, at)
            if ahead == 0 and start <= at < end:
                return at
            if at < start:
                return start
        return at  # no such weekday: refused when it was planned

    def is_open(self, at: datetime) -> bool:
        return self.opens(at) == at

    def _bounds(self, day, at: datetime) -> tuple[datetime, datetime]:
        start = datetime.combine(day, time(self.from_hour or 0), tzinfo=at.tzinfo)
        midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=at.tzinfo)
        if self.until_hour in (None, 24):
            return start, midnight
        return start, datetime.combine(day, time(self.until_hour), tzinfo=at.tzinfo)
