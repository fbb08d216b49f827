"""When a campaign starts and when its waves go: times of day on the clinic's clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from campaigns.exceptions import ScheduleRefused
from campaigns.models import Campaign
from tenancy.models import Clinic

MAX_AHEAD = timedelta(days=730)


def local_instant(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """That day and time at the clinic; of an hour that comes twice, the first.

    Raises ScheduleRefused for an hour that the clocks skip.
    """
    wanted = datetime.combine(day, clock, tzinfo=zone)
    there = wanted.astimezone(UTC).astimezone(zone)
    if there.replace(tzinfo=None) != wanted.replace(tzinfo=None):
        raise ScheduleRefused(
            _(
                "On that day the clocks go forward and %(time)s does not exist. "
                "Choose %(later)s or another time."
            )
            % {"time": clock.strftime("%H:%M"), "later": there.strftime("%H:%M")},
            field="starts_at",
        )
    return wanted


def check_start(campaign: Campaign, *, at: datetime) -> None:
    """Raises ScheduleRefused when it should have started already, or only in years."""
    starts_at = campaign.starts_at
    if starts_at is not None and starts_at < at:
        raise ScheduleRefused(
            _("The start lies in the past. Choose a later one, or start at once."),
            field="starts_at",
        )
    if starts_at is not None and starts_at > at + MAX_AHEAD:
        raise ScheduleRefused(
            _("The start is more than two years ahead. Choose an earlier one."), field="starts_at"
        )
    if campaign.ends_on is not None and campaign.ends_on < (starts_at or at).date():
        raise ScheduleRefused(
            _("The last day lies before the start. Choose a later one."), field="ends_on"
        )


def check_hours(campaign: Campaign, clinic: Clinic) -> None:
    """Raises ScheduleRefused when every hour of the send window is a quiet one."""
    first, end = campaign.send_from_hour, campaign.send_until_hour
    if not campaign.respects_quiet_hours or first is None or end is None:
        return
    hours = range(first, end)
    if all(_is_quiet(hour, clinic) for hour in hours):
        raise ScheduleRefused(
            _(
                "All hours from %(from)s:00 to %(until)s:00 are quiet hours, so nothing would ever "
                "be sent. Widen the send window."
            )
            % {"from": campaign.send_from_hour, "until": campaign.send_until_hour},
            field="send_from_hour",
        )


def _is_quiet(hour: int, clinic: Clinic) -> bool:
    starts, ends = clinic.quiet_from_hour, clinic.quiet_until_hour
    if starts <= ends:
        return starts <= hour < ends
    return hour >= starts or hour < ends


def next_wave_after(campaign: Campaign, clinic: Clinic, at: datetime) -> datetime | None:
    """The first wave later than `at`, at the same time of day; None: the last day is over.

    Waves missed while nobody worked are not made up for.
    """
    if campaign.repeats_every_days is None or campaign.next_wave_at is None:
        return None
    step = timedelta(days=campaign.repeats_every_days)
    wave = campaign.next_wave_at.astimezone(clinic.zone)
    missed = max((at - wave) // step, 0)
    wave += step * missed
    while wave <= at:
        wave += step
    if campaign.ends_on is not None and wave.date() > campaign.ends_on:
        return None
    return wave
