"""Days and instants in the ways people and spreadsheets write them.

Whether 03/04/1990 is in March or April is decided for a column, never for a cell: `day_first`.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from customers.files.cells.texts import Read, is_blank_word, plain
from customers.files.refusals import CellRefused

YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?$")
COMPACT = re.compile(r"((?:18|19|20|21)\d{2})(\d{2})(\d{2})$")
YEAR_LAST = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?[-/.]\s?(\d{4})$")
TWO_DIGIT_YEAR = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$")
DAY_MONTH_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-.]+([a-z]{3,9})\.?,?[\s\-.]+(\d{4})$")
MONTH_NAME_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
SERIAL = re.compile(r"([2-5]\d{4}|60000)(\.\d+)?$")
WHOLE_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?$", re.A)
ISO_START = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|[ T])")
TIME = re.compile(
    r"(?P<day>.*?(?:\d|日|号))(?:[ T]\s?|(?<=[日号]))"
    r"(?P<half>上午|下午|中午|凌晨|早上|晚上|am|pm)?\s?"
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?"
    r"\s?(?P<half_after>am|pm|a\.m\.|p\.m\.)?"
    r"\s?(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?$",
    re.I,
)
AFTERNOON = ("下午", "晚上", "pm", "p.m.")
MONTHS = {
    name: number
    for number, names in enumerate(
        ["january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sep sept", "october oct", "november nov", "december dec"],
        start=1,
    )
    for name in names.split()
}  # fmt: skip
EXCEL_DAY_ZERO = dt.date(1899, 12, 30)
OLDEST_AGE_YEARS = 130  # an old list keeps its dead; refusing the row would lose the record
POSSIBLE_YEARS = range(1800, 2200)  # 0026 and 20226 are slips of the finger


def read_date(
    text: str, *, day_first: bool | None = None, tz: ZoneInfo | None = None
) -> Read[dt.date]:
    """A day. Of an instant with a zone it is the day in `tz`, the clinic's time zone.

    day_first: how the column writes 03/04/1990; None refuses such a date instead of guessing.
    """
    written = plain(text)
    if is_blank_word(written):
        return Read(None)
    if len(written) == 10 and ISO_START.match(written):
        return Read(_day(text, *map(int, written.split("-"))), written != text)
    day, time, zone = _split(written, text)
    found = _read_day(day, text, day_first)
    if time is not None and zone is not None and tz is not None:
        found = dt.datetime.combine(found, time, zone).astimezone(tz).date()
    return Read(found, True)


def read_birth_on(
    text: str, *, on: dt.date, day_first: bool | None = None, tz: ZoneInfo | None = None
) -> Read[dt.date]:
    """A birthday: not after `on` (today) and not more than 130 years before it."""
    read = read_date(text, day_first=day_first, tz=tz)
    if read.value is None:
        return read
    if read.value > on:
        raise CellRefused("date_future", value=text)
    if on.year - read.value.year > OLDEST_AGE_YEARS:
        raise CellRefused("date_too_old", value=text, limit=OLDEST_AGE_YEARS)
    return read


def read_instant(
    text: str,
    *,
    tz: ZoneInfo,
    day_first: bool | None = None,
    not_after: dt.datetime | None = None,
) -> Read[dt.datetime]:
    """An instant in UTC. Without a zone it is meant in `tz`; a day alone is its first moment.

    not_after: a later instant is refused as lying in the future.
    """
    written = plain(text)
    if is_blank_word(written):
        return Read(None)
    is_iso = bool(ISO_START.match(written))
    local = _plain_iso(written)
    if local is None:
        day, time, zone = _split(written, text)
        found = _read_day(day, text, day_first)
        local = dt.datetime.combine(found, time or dt.time(), zone)
    instant = (local if local.tzinfo else local.replace(tzinfo=tz)).astimezone(dt.UTC)
    if not_after is not None and instant > not_after:
        raise CellRefused("date_future", value=text)
    return Read(instant, not is_iso)


def _plain_iso(written: str) -> dt.datetime | None:
    """2025-03-05 14:30, as programs write it; None for everything else, the impossible too."""
    if not WHOLE_ISO.match(written):
        return None
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.year in POSSIBLE_YEARS else None


def date_order(text: str) -> bool | None:
    """What one cell says about its column: True day first, False month first, None nothing."""
    match = YEAR_LAST.match(_split(plain(text), text)[0])
    if not match:
        return None
    first, second = int(match.group(1)), int(match.group(3))
    if first > 12 >= second:
        return True
    if second > 12 >= first:
        return False
    return None


def _split(written: str, text: str) -> tuple[str, dt.time | None, dt.tzinfo | None]:
    """(the day as written, the time, its zone); an Excel serial with a fraction has a time too."""
    if (serial := SERIAL.match(written)) and serial.group(2):
        minutes, second = divmod(round(float(serial.group(2)) * 86_400) % 86_400, 60)
        return serial.group(1), dt.time(*divmod(minutes, 60), second), None
    match = TIME.match(written)
    if not match:
        return written, None, None
    hour, half = int(match["h"]), (match["half"] or match["half_after"] or "").lower()
    if half in AFTERNOON and hour < 12:
        hour += 12
    elif half in ("am", "a.m.", "凌晨", "上午") and hour == 12:
        hour = 0
    try:
        time = dt.time(hour, int(match["m"]), int(match["s"] or 0))
    except ValueError as error:
        raise CellRefused("time_impossible", value=text) from error
    return match["day"].strip(), time, _zone(match["zone"], text)


def _zone(written: str | None, text: str) -> dt.tzinfo | None:
    if not written:
        return None
    if written.lower() in ("z", "utc", "gmt"):
        return dt.UTC
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 14 or minutes > 59:
        raise CellRefused("time_impossible", value=text)
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if written[0] == "-" else offset)


def _read_day(day: str, text: str, day_first: bool | None) -> dt.date:
    if match := YEAR_FIRST.match(day) or COMPACT.match(day):
        return _day(text, *map(int, match.groups()))
    if match := YEAR_LAST.match(day):
        return _year_last(match, text, day_first)
    if match := SERIAL.match(day):
        return EXCEL_DAY_ZERO + dt.timedelta(days=int(match.group(1)))
    if match := DAY_MONTH_NAME.match(day.lower()):
        return _day(text, int(match.group(3)), _month(match.group(2), text), int(match.group(1)))
    if match := MONTH_NAME_DAY.match(day.lower()):
        return _day(text, int(match.group(3)), _month(match.group(1), text), int(match.group(2)))
    if TWO_DIGIT_YEAR.match(day):
        raise CellRefused("date_two_digit_year", value=text)
    raise CellRefused("formula" if day[:1] in ("=", "@") else "date_unreadable", value=text)


def _year_last(match: re.Match[str], text: str, day_first: bool | None) -> dt.date:
    first, second, year = int(match.group(1)), int(match.group(3)), int(match.group(4))
    if day_first is None:
        # 3.4.1990 with dots is written day first wherever it is written at all.
        day_first = True if match.group(2) == "." or first == second else date_order(text)
    if day_first is None:
        raise CellRefused("date_ambiguous", value=text)
    month, day = (second, first) if day_first else (first, second)
    return _day(text, year, month, day)


def _month(name: str, text: str) -> int:
    if name not in MONTHS:
        raise CellRefused("date_unreadable", value=text)
    return MONTHS[name]


def _day(text: str, year: int, month: int, day: int) -> dt.date:
    if year not in POSSIBLE_YEARS:
        raise CellRefused("date_impossible", value=text)
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise CellRefused("date_impossible", value=text) from error
