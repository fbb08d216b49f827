"""On which day a festival falls: those everybody keeps, and the clinic's own."""

from datetime import date, timedelta

from django.utils.translation import get_language

from campaigns.calendar import YearNotKnown, festivals, festivals_on
from campaigns.models import OwnFestival

OWN = "own:"  # before the number of a clinic's own day
A_YEAR = 2026  # any: the names are the same every year


def festival_day(key: str, first: date, last: date) -> date | None:
    """The day from `first` to `last`, both included, on which this festival falls."""
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        if _falls_on(key, day):
            return day
    return None


def _falls_on(key: str, day: date) -> bool:
    if key.startswith(OWN):
        own = OwnFestival.objects.filter(pk=int(key.removeprefix(OWN)))
        return own.filter(month=day.month, day=day.day).exists()
    try:
        return any(festival.key == key for festival in festivals_on(day))
    except YearNotKnown:
        return False


def festival_choices() -> list[tuple[str, str]]:
    """(key, name) of every festival a flow may wait for."""
    language = get_language() or "en"
    everybodys = [(one.key, one.name(language)) for one in festivals(A_YEAR)]
    return [*everybodys, *((f"{OWN}{own.pk}", own.name) for own in OwnFestival.objects.all())]
