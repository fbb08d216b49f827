"""Each clinic's ledger is closed once a day, in its own night; a missed night is caught up."""

from datetime import date, datetime

from django.db import connection, transaction

from loyalty.services.standing import close_night
from tenancy.clock import NIGHT_STARTS, local_day
from tenancy.models import Clinic, NightlySlot
from tenancy.scope import current_clinic_id

SLOT = "loyalty.close_night"


def day_to_close(clinic: Clinic, *, at: datetime) -> date | None:
    """Today on the clinic's clock, from the start of the night on and if not done yet; else None.

    In the scope of the clinic.
    """
    if at.astimezone(clinic.zone).time() < NIGHT_STARTS:
        return None
    today = local_day(clinic.zone, at)
    is_claimed = NightlySlot.objects.filter(job=SLOT, slot_on=today).exists()
    return None if is_claimed else today


@transaction.atomic
def close_once(*, at: datetime) -> bool:
    """Do today's nightly work; False when that was done. A run that fails gives its claim back."""
    today = local_day(Clinic.objects.get(pk=current_clinic_id()).zone, at)
    if not _claim(today, at):
        return False
    close_night(on=today, at=at)
    return True


def _claim(day: date, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_nightlyslot (clinic_id, job, slot_on, claimed_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [current_clinic_id(), SLOT, day, at],
        )
        return cursor.rowcount == 1
