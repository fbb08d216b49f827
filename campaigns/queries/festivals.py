"""On which day a festival falls: those everybody keeps, and the clinic's own."""

from datetime import date, timedelta

from campaigns.models import OwnFestival

OWN = "own:"  # before the number of a clinic's own day


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
    return False


def festival_choices() -> list[tuple[str, str]]:
    """(key, name) of every festival a flow may wait for."""
    return [(f"{OWN}{own.pk}", own.name) for own in OwnFestival.objects.all()]
