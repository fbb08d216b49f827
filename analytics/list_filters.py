"""Filters of the customers' list that our figures lead to: `?risk=high`, `?due=week`…"""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analytics.queries.today import (
    AT_RISK,
    SLIPPED_DAYS,
    birthday_condition,
    due_condition,
    slipped_condition,
)
from customers.filters import CustomerFilter, register_filter
from segmentation.standard_attributes import in_current_scores

RISK_CHOICES = (("high", _("likely to leave")),)
DUE_CHOICES = (("week", _("in the next 7 days")),)
SLIPPED_CHOICES = (
    ("last_run", _("with the last scores")),
    ("week", _("within the last 7 days")),
)
SLIPPED_WITHIN = {"last_run": 1, "week": SLIPPED_DAYS}
BIRTHDAY_CHOICES = (("today", _("today")),)


def _at_risk(_values: list[Any], _on: date) -> Q:
    return in_current_scores(AT_RISK)


def _due(_values: list[Any], on: date) -> Q:
    return in_current_scores(due_condition(on))


def _slipped(values: list[Any], _on: date) -> Q:
    return in_current_scores(slipped_condition(max(SLIPPED_WITHIN[value] for value in values)))


def _born(_values: list[Any], on: date) -> Q:
    return birthday_condition(on) & Q(birth_on__lt=on)


def register() -> None:
    register_filter(CustomerFilter("risk", _("Risk"), lambda: RISK_CHOICES, _at_risk))
    register_filter(CustomerFilter("due", _("Next treatment due"), lambda: DUE_CHOICES, _due))
    register_filter(CustomerFilter("slipped", _("Slipped away"), lambda: SLIPPED_CHOICES, _slipped))
    register_filter(CustomerFilter("birthday", _("Birthday"), lambda: BIRTHDAY_CHOICES, _born))
