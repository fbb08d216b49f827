"""Days on which people are off. In China they are announced year by year: before, nobody knows."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

FRIDAY = 4


@dataclass(frozen=True)
class DaysOff:
    """from_on … until_on, both off. working: weekend days worked in exchange (in China)."""

    name: str
    from_on: date
    until_on: date


@lru_cache(maxsize=64)
def days_off(year: int, country: str, language: str = "en") -> tuple[DaysOff, ...] | None:
    """None: not announced yet, or a country we know nothing of."""
    try:
        known = holidays.country_holidays(
            country, years=year, language=_language(country, language)
        )
    except NotImplementedError:
        return None
    worked = {day for day in getattr(known, "weekend_workdays", ()) if day.year == year}
    if country == "CN" and not worked:
        return None  # the State Council's notice shows in the weekends that are worked
    off = {*known} | {day for day in _days(year) if day.weekday() > FRIDAY and day not in worked}
    return tuple(_blocks(sorted(known.items()), off))


def _language(country: str, language: str) -> str:
    if country == "CN":
        return "zh_CN" if language.startswith("zh") else "en_US"
    return "en_US"


def _days(year: int) -> list[date]:
    return [
        date(year, 1, 1) + timedelta(n)
        for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]


def _blocks(named: list[tuple[date, str]], off: set[date]) -> list[DaysOff]:
    """Named days that hang together over weekends are one, called by the first proper name."""
    blocks: list[DaysOff] = []
    for day, name in named:
        if blocks and day <= blocks[-1].until_on:
            continue
        first, last = day, day
        while first - timedelta(1) in off:
            first -= timedelta(1)
        while last + timedelta(1) in off:
            last += timedelta(1)
        inside = [said for on, said in named if first <= on <= last and not _is_bridge(said)]
        blocks.append(DaysOff((inside or [name])[0], first, last))
    return blocks


def _is_bridge(name: str) -> bool:
    return any(word in name for word in ("调休", "Day off", "(observed", "补假", "除夕", "Eve"))
