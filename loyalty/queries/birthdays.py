"""Whose birthday a day is."""

from datetime import date

from django.db.models import Q


def born_on(day: date, *, path: str = "") -> Q:
    """Who has the birthday on that day; those of 29 February on 28 February of other years.

    path: the way to the customer, such as "customer__".
    """
    found = Q(**{f"{path}birth_on__month": day.month, f"{path}birth_on__day": day.day})
    is_leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    if (day.month, day.day) == (2, 28) and not is_leap:
        found |= Q(**{f"{path}birth_on__month": 2, f"{path}birth_on__day": 29})
    return found
