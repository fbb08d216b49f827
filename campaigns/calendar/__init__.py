"""Festivals and promotions of a year, and the days off that were announced. Pure: no Django."""

from campaigns.calendar.days_off import DaysOff, days_off
from campaigns.calendar.festivals import Festival, Own, festivals, festivals_on
from campaigns.calendar.lunar import YearNotKnown

__all__ = ["DaysOff", "Festival", "Own", "YearNotKnown", "days_off", "festivals", "festivals_on"]
