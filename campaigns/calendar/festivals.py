"""Which festivals and shopping days a year has, and on which day each falls."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from campaigns.calendar.lunar import lunar_days

_SOLAR: tuple[tuple[str, str, str, str, int, int], ...] = (
    ("new_year", "festival", "New Year's Day", "元旦", 1, 1),
    ("valentines_day", "festival", "Valentine's Day", "情人节", 2, 14),
    ("womens_day", "festival", "Women's Day", "三八妇女节", 3, 8),
    ("520", "shopping", "520", "520", 5, 20),
    ("618", "shopping", "618", "618", 6, 18),
    ("national_day", "festival", "National Day", "国庆节", 10, 1),
    ("double_11", "shopping", "Double 11", "双十一", 11, 11),
    ("double_12", "shopping", "Double 12", "双十二", 12, 12),
    ("christmas", "festival", "Christmas", "圣诞节", 12, 25),
)
_LUNAR = {
    "spring_festival": ("Spring Festival", "春节"),
    "dragon_boat": ("Dragon Boat Festival", "端午节"),
    "qixi": ("Qixi", "七夕"),
    "mid_autumn": ("Mid-Autumn Festival", "中秋节"),
}
SUNDAY = 6


@dataclass(frozen=True)
class Own:
    """A clinic's own day. since_year: the first; the tenth year after is its 10th anniversary."""

    key: str
    name: str
    month: int
    day: int
    since_year: int | None = None


@dataclass(frozen=True)
class Festival:
    """kind: festival, shopping or own. nth: which anniversary, of a clinic's own day."""

    key: str
    name_en: str
    name_zh: str
    on: date
    kind: Literal["festival", "shopping", "own"] = "festival"
    nth: int | None = None

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


def festivals(year: int, own: Iterable[Own] = ()) -> list[Festival]:
    """In the order of their days. Raises YearNotKnown for a year without a lunar calendar."""
    return sorted([*_everybodys(year), *(_own(one, year) for one in own)], key=lambda one: one.on)


def festivals_on(day: date) -> list[Festival]:
    """Those everybody keeps that fall on this day."""
    return [one for one in _everybodys(day.year) if one.on == day]


@lru_cache(maxsize=64)
def _everybodys(year: int) -> tuple[Festival, ...]:
    lunar = lunar_days(year)
    return (
        *(
            Festival(key, name_en, name_zh, date(year, month, day), kind)  # type: ignore[arg-type]
            for key, kind, name_en, name_zh, month, day in _SOLAR
        ),
        *(Festival(key, *names, lunar[key]) for key, names in _LUNAR.items()),
        Festival("lantern", "Lantern Festival", "元宵节", lunar["spring_festival"] + timedelta(14)),
        Festival("mothers_day", "Mother's Day", "母亲节", _nth_sunday(year, month=5, nth=2)),
    )


def _nth_sunday(year: int, *, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((SUNDAY - first.weekday()) % 7 + 7 * (nth - 1))


def _own(one: Own, year: int) -> Festival:
    """29 February falls on the 28th where the year has none."""
    day = date(year, one.month, min(one.day, monthrange(year, one.month)[1]))
    nth = year - one.since_year if one.since_year and year > one.since_year else None
    return Festival(one.key, one.name, one.name, day, "own", nth)
