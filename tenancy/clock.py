"""The clinic's own day and night."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NIGHT_STARTS = time(1, 0)
NIGHT_ENDS = time(6, 0)


def local_day(zone: ZoneInfo, at: datetime) -> date:
    """The clinic's calendar day at an aware instant."""
    return at.astimezone(zone).date()


def start_of_day(zone: ZoneInfo, day: date) -> datetime:
    """The first instant of a local day, aware."""
    return datetime.combine(day, time.min, tzinfo=zone)


def finished_day(zone: ZoneInfo, at: datetime) -> date:
    """The last local day that is over: what a nightly run scores."""
    return local_day(zone, at) - timedelta(days=1)


def is_night(zone: ZoneInfo, at: datetime) -> bool:
    """Between 01:00 and 06:00 on the clinic's clock."""
    return NIGHT_STARTS <= at.astimezone(zone).time() < NIGHT_ENDS
