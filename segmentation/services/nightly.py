"""Each clinic is scored once for each day that is over, in its own night.

The slot row is claimed in the transaction of the run: two beats, two workers, a kill or a late
start leave exactly one run. Where the night was missed the day's first beat catches up.
"""

from datetime import date, datetime

from django.db import connection

from segmentation.models import ScoreRun
from segmentation.services.score_run import TURN, run
from tenancy.clock import NIGHT_STARTS, finished_day
from tenancy.models import Clinic, NightlySlot
from tenancy.scope import current_clinic_id
from tenancy.turns import try_turn

SLOT = "segmentation.score"


def day_to_score(clinic: Clinic, *, at: datetime) -> date | None:
    """The finished day that nobody has scored yet, from the start of the night on; else None.

    In the scope of the clinic.
    """
    if at.astimezone(clinic.zone).time() < NIGHT_STARTS:
        return None  # the evening's last sales may still be on their way
    day = finished_day(clinic.zone, at)
    is_claimed = NightlySlot.objects.filter(job=SLOT, slot_on=day).exists()
    return None if is_claimed else day


def score_finished_day(*, at: datetime) -> ScoreRun | None:
    """Score the last finished day, unless that was done or is being done. One transaction."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    if not try_turn(TURN):
        return None  # somebody is at it; the next beat asks again
    day = finished_day(clinic.zone, at)
    return run(as_of=day) if _claim(day, at) else None


def _claim(day: date, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_nightlyslot (clinic_id, job, slot_on, claimed_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [current_clinic_id(), SLOT, day, at],
        )
        return cursor.rowcount == 1
