"""Holding a share of all customers out of every recall, for a quarter or so."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused
from campaigns.models import ClinicHoldout
from campaigns.queries.clinic_holdouts import current_clinic_holdout
from tenancy.models import AuditEntry, Clinic, Membership

SHORTEST_DAYS, LONGEST_DAYS = 28, 366
LARGEST_RATE = 0.3


@transaction.atomic
def start_clinic_holdout(*, rate: float, on: date, days: int, by: Membership) -> ClinicHoldout:
    """Hold out from `on` for so many days. Raises CampaignRefused, saying what to do."""
    if not 0 < rate <= LARGEST_RATE:
        raise CampaignRefused(_("Hold out between 1 and 30 percent."), field="percent")
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise CampaignRefused(_("Choose between 28 and 366 days."), field="days")
    Clinic.objects.select_for_update().get(pk=by.clinic_id)  # one starter at a time
    if current_clinic_holdout():
        raise CampaignRefused(_("A clinic-wide holdout is running already. End it first."))
    holdout = ClinicHoldout.objects.create(
        rate=rate, first_on=on, last_on=on + timedelta(days=days - 1), started_by=by
    )
    _note("clinic_holdout.started", holdout, by)
    return holdout


@transaction.atomic
def end_clinic_holdout(*, on: date, by: Membership) -> None:
    """From now on campaigns reach everybody again; what was measured stays. Safe to repeat."""
    holdout = ClinicHoldout.objects.select_for_update().filter(ended_on__isnull=True).first()
    if holdout is None:
        return
    holdout.ended_on = max(on, holdout.first_on)
    holdout.save(update_fields=["ended_on"])
    _note("clinic_holdout.ended", holdout, by)


def end_due(*, on: date) -> int:
    """End what is past its last day; how many."""
    due = ClinicHoldout.objects.filter(ended_on__isnull=True, last_on__lt=on)
    return due.update(ended_on=on)


def _note(action: str, holdout: ClinicHoldout, by: Membership) -> None:
    AuditEntry.objects.create(
        actor=by, actor_label=str(by), action=action,
        subject_kind="clinic_holdout", subject_id=holdout.pk,
    )  # fmt: skip
