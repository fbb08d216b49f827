"""Festivals on their days, and no day off that nobody has announced."""

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from holidays.calendars.chinese import _ChineseLunisolar

from campaigns.calendar import Own, YearNotKnown, days_off, festivals, festivals_on

SHARED = Path(
    os.environ.get("CLINIC_CRM_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
ANNOUNCED = SHARED / "calendar" / "holiday-cn"


def days(year: int) -> dict[str, date]:
    return {one.key: one.on for one in festivals(year)}


@pytest.mark.parametrize(
    ("year", "key", "month", "day"),
    [
        (2026, "618", 6, 18),
        (2026, "double_11", 11, 11),
        (2026, "double_12", 12, 12),
        (2026, "spring_festival", 2, 17),
        (2026, "lantern", 3, 3),
        (2026, "dragon_boat", 6, 19),
        (2026, "qixi", 8, 19),
        (2026, "mid_autumn", 9, 25),
        (2026, "mothers_day", 5, 10),
        (2027, "spring_festival", 2, 6),
        (2025, "qixi", 8, 29),  # after the doubled sixth month
        (2033, "mid_autumn", 9, 8),  # 2033: the year many calendars had wrong
        (2033, "qixi", 8, 1),
        (2034, "spring_festival", 2, 19),
    ],
)
def test_festivals_fall_on_their_days(year, key, month, day):
    assert days(year)[key] == date(year, month, day)


@pytest.mark.parametrize("year", range(2000, 2061))
def test_the_lunar_table_agrees_with_another(year):
    other = _ChineseLunisolar()
    told = days(year)

    assert told["spring_festival"] == other.lunar_new_year_date(year)[0]
    assert told["dragon_boat"] == other.dragon_boat_date(year)[0]
    assert told["mid_autumn"] == other.mid_autumn_date(year)[0]
    # Between 7/7 and 8/15 lie one month of 29 or 30 days and eight days, or a doubled month more.
    assert (told["mid_autumn"] - told["qixi"]).days in (37, 38, 66, 67)


def test_a_year_stands_in_order_and_has_every_festival_once():
    told = festivals(2026)

    assert [one.on for one in told] == sorted(one.on for one in told)
    assert len({one.key for one in told}) == len(told) == 15
    assert all(one.name("en") and one.name("zh-hans") for one in told)


@pytest.mark.parametrize("year", [1999, 2061])
def test_a_year_beyond_the_table_is_not_guessed(year):
    with pytest.raises(YearNotKnown, match=str(year)):
        festivals(year)


def test_a_clinics_own_day_counts_its_years():
    own = [Own("own:1", "Founded", 2, 29, since_year=2020), Own("own:2", "Open house", 5, 1)]

    told = {one.key: one for one in festivals(2026, own)}

    assert (told["own:1"].on, told["own:1"].nth) == (date(2026, 2, 28), 6)
    assert (told["own:2"].on, told["own:2"].nth) == (date(2026, 5, 1), None)
    assert {one.key: one.nth for one in festivals(2020, own)}["own:1"] is None


def test_which_festivals_fall_on_a_day():
    assert [one.key for one in festivals_on(date(2026, 11, 11))] == ["double_11"]
    assert festivals_on(date(2026, 11, 12)) == []


def test_days_off_that_nobody_announced_are_not_guessed():
    assert days_off(2027, "CN") is None
    assert days_off(2026, "ZZ") is None
    assert days_off(2026, "GB")


@pytest.mark.skipif(not ANNOUNCED.exists(), reason="the shared data are not here")
@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_days_off_are_those_of_the_state_councils_notice(year):
    notice = json.loads((ANNOUNCED / f"{year}.json").read_text(encoding="utf-8"))
    announced = {date.fromisoformat(day["date"]) for day in notice["days"] if day["isOffDay"]}
    announced = {day for day in announced if day.year == year}
    told = days_off(year, "CN")
    if not announced:
        assert told is None
        return
    off = {
        block.from_on + timedelta(n)
        for block in told
        for n in range((block.until_on - block.from_on).days + 1)
    }

    assert {day for day in announced if day not in off} == set()
    assert all(day.weekday() > 4 for day in off - announced)
