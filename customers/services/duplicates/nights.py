"""The clinic's own night: compare everybody once, merge what is certain where that is on."""

from datetime import date, datetime

from customers.services.duplicates.rules import rules_of_clinic
from customers.services.duplicates.searching import Searched, search_all, search_changed
from customers.services.duplicates.settling import merge_certain
from tenancy.clock import local_day
from tenancy.models import Clinic, NightlySlot

SLOT = "customers.search_duplicates"
FROM_HOUR, UNTIL_HOUR = 1, 6  # on the clinic's clock


def is_due(clinic: Clinic, *, at: datetime) -> bool:
    """Whether it is night there and tonight's search is still to be done."""
    is_night = FROM_HOUR <= at.astimezone(clinic.zone).hour < UNTIL_HOUR
    return (
        is_night and not NightlySlot.objects.filter(job=SLOT, slot_on=_today(clinic, at)).exists()
    )


def search_tonight(clinic: Clinic, *, at: datetime) -> Searched | None:
    """Search unless somebody else did tonight."""
    _slot, is_ours = NightlySlot.objects.get_or_create(job=SLOT, slot_on=_today(clinic, at))
    if not is_ours:
        return None
    searched = search_all(at=at)
    _merge_where_on(at)
    return searched


def look_at_the_new(*, since: datetime, at: datetime) -> Searched:
    """Those who came or changed since then."""
    searched = search_changed(since=since, at=at)
    if searched.n_new:
        _merge_where_on(at)
    return searched


def _merge_where_on(at: datetime) -> None:
    if rules_of_clinic().merges_by_itself:
        merge_certain(at=at)


def _today(clinic: Clinic, at: datetime) -> date:
    return local_day(clinic.zone, at)
