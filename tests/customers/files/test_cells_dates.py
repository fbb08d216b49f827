"""Dates in five formats and more; what can be read in two ways is refused, not guessed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.files.cells import dates, read_birth_on, read_date, read_instant
from customers.files.cells.dates import date_order
from customers.files.refusals import CellRefused

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH_5 = dt.date(1990, 3, 5)
DAYS = st.dates(dt.date(1800, 1, 1), dt.date(2199, 12, 31))


def code_of(reader, text, **options) -> str:
    with pytest.raises(CellRefused) as refused:
        reader(text, **options)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize(
    "text",
    ["1990-03-05", "1990/3/5", "1990.3.5", "1990年3月5日", "1990 年 3 月 5 日", "19900305",
     "5 Mar 1990", "5-Mar-1990", "March 5, 1990", "5th March 1990", "１９９０／３／５", "32937",
     "32937.0", "5.3.1990", "1990-03-05 00:00:00", "1990-03-05T12:30:00"],
)  # fmt: skip
def test_spellings_of_one_day(text):
    assert read_date(text) == (MARCH_5, text != "1990-03-05")


def test_order_of_day_and_month_is_never_guessed():
    assert code_of(read_date, "03/04/1990") == "date_ambiguous"
    assert read_date("03/04/1990", day_first=True).value == dt.date(1990, 4, 3)
    assert read_date("03/04/1990", day_first=False).value == dt.date(1990, 3, 4)
    assert read_date("13/04/1990").value == dt.date(1990, 4, 13)
    assert read_date("04/13/1990").value == dt.date(1990, 4, 13)
    assert read_date("05/05/1990").value == dt.date(1990, 5, 5)
    assert code_of(read_date, "04/13/1990", day_first=True) == "date_impossible"


@pytest.mark.parametrize(
    ("text", "order"),
    [("13/04/1990", True), ("04/13/1990", False), ("03/04/1990", None), ("1990/13/04", None),
     ("5/19/2006 0:00:00", False), ("", None), ("15/15/1990", None)],
)  # fmt: skip
def test_what_one_cell_says_about_its_column(text, order):
    assert date_order(text) is order


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1990-02-30", "date_impossible"),
        ("1990-02-29", "date_impossible"),
        ("1990-13-01", "date_impossible"),
        ("0026-01-01", "date_impossible"),
        ("90/3/5", "date_two_digit_year"),
        ("3/4/90", "date_two_digit_year"),
        ("yesterday", "date_unreadable"),
        ("5 Foo 1990", "date_unreadable"),
        ("1990", "date_unreadable"),
        ("19999", "date_unreadable"),
        ("60001", "date_unreadable"),
        ("=TODAY()", "formula"),
        ("2026-01-01 25:00", "time_impossible"),
        ("2026-01-01 10:00+99:00", "time_impossible"),
        ("2026-01-01\0", "text_nul"),
    ],
)
def test_refused_dates(text, code):
    assert code_of(read_date, text) == code


def test_leap_day():
    assert read_date("2000-02-29").value == dt.date(2000, 2, 29)


def test_birthdays_lie_in_the_last_130_years():
    today = dt.date(2026, 5, 1)

    assert read_birth_on("2026-05-01", on=today).value == today
    assert code_of(read_birth_on, "2026-05-02", on=today) == "date_future"
    assert code_of(read_birth_on, "1895-12-31", on=today) == "date_too_old"
    assert read_birth_on("无", on=today) == (None, False)


def test_birthday_exported_as_an_instant_is_the_local_day():
    assert read_date("1990-03-04T16:00:00.000Z", tz=SHANGHAI).value == MARCH_5


@pytest.mark.parametrize(
    "text",
    ["2026-03-05 15:20", "2026-03-05T15:20:00", "2026/3/5 15:20:00", "2026/3/5 下午3:20",
     "2026年3月5日 15:20", "2026年3月5日15:20", "3 pm", "2026-03-05T07:20:00Z",
     "2026-03-05 3:20 PM",
     "2026-03-05T07:20:00.000+00:00", "2026-03-05 15:20:00+0800", "46086.6388888889"],
)  # fmt: skip
def test_spellings_of_one_instant(text):
    if text == "3 pm":
        assert code_of(read_instant, text, tz=SHANGHAI) == "date_unreadable"
    else:
        right = dt.datetime(2026, 3, 5, 7, 20, tzinfo=dt.UTC)
        assert read_instant(text, tz=SHANGHAI).value == right


def test_day_alone_is_its_first_moment_in_the_clinic():
    read = read_instant("2026-11-22", tz=SHANGHAI)

    assert read == (dt.datetime(2026, 11, 21, 16, tzinfo=dt.UTC), False)


def test_noon_and_midnight_of_twelve_hours():
    assert read_instant("2026-03-05 12:00 AM", tz=dt.UTC).value.hour == 0
    assert read_instant("2026-03-05 12:00 PM", tz=dt.UTC).value.hour == 12


def test_sale_in_the_future_is_refused():
    now = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)

    assert code_of(read_instant, "2026-03-06", tz=dt.UTC, not_after=now) == "date_future"


@given(DAYS)
def test_days_come_back_from_every_spelling(day):
    for spelling in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d %B %Y", "%b %d, %Y"):
        assert read_date(day.strftime(spelling)).value == day
    assert read_date(day.strftime("%Y%m%d")).value == day
    assert read_date(f"{day:%d/%m/%Y}", day_first=True).value == day
    assert read_date(f"{day:%m/%d/%Y}", day_first=False).value == day


@given(st.integers(20_000, 60_000))
def test_excel_serials(serial):
    assert read_date(str(serial)).value == dt.date(1899, 12, 30) + dt.timedelta(days=serial)


@given(st.datetimes(dt.datetime(1801, 1, 1), dt.datetime(2199, 1, 1), timezones=st.just(dt.UTC)))
def test_instants_come_back(instant):
    instant = instant.replace(microsecond=0)

    assert read_instant(instant.isoformat(), tz=SHANGHAI).value == instant


@given(st.one_of(st.text(), st.from_regex(r"\d{1,5}[-/.年 ]\d{1,2}[-/.月 ]\d{1,5}.{0,12}")))
def test_any_text_is_answered_or_refused(text):
    for read in (lambda: read_date(text, tz=SHANGHAI), lambda: read_instant(text, tz=SHANGHAI)):
        try:
            read()
        except CellRefused as refused:
            assert refused.message


LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("zone", [SHANGHAI, LONDON])
@pytest.mark.parametrize(
    "text",
    [
        "2025-03-05 14:30", "2025-03-05T14:30:59", "2025-03-30 01:30", "2025-10-26 01:30:00",
        "2024-02-29 00:00", "2025-02-29 10:00", "2025-13-01 10:00", "2025-03-05 25:61",
        "0026-03-05 10:00", "2500-01-01 10:00", "２０２５-03-05 10:00", "2025-03-05  10:00",
        "2025-03-05 10:00:00.5", "2025-03-05 10:00Z", "2025-03-05 10:00+08:00",
    ],
)  # fmt: skip
def test_what_programs_write_is_read_as_everything_else_is(text, zone, monkeypatch):
    quickly = _read(text, zone)
    monkeypatch.setattr(dates, "_plain_iso", lambda _written: None)

    assert quickly == _read(text, zone)


def _read(text, zone):
    try:
        return read_instant(text, tz=zone)
    except CellRefused as refused:
        return refused.code, refused.params
