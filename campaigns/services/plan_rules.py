"""The plan of a campaign as a person fills it in, and the rules it has to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused, ScheduleRefused
from campaigns.models import Campaign
from campaigns.services import templates
from segmentation.models import CustomerList, Segment

MAX_HOLDOUT_PERCENT = 90
MAX_WINDOW_DAYS = 365


MAX_REPEAT_DAYS = 365
MAX_BUDGET_MINUTES = 60_000
WEEKDAYS = "1234567"
Schedule, Trigger = Campaign.Schedule, Campaign.Trigger


@dataclass(frozen=True)
class Plan:
    """What a person fills in. holdout_percent: 0–90. …_minor: in the clinic's minor units.

    segment or customer_list: whom, None only of a trigger: everybody it is true of. subject, body:
    of the first message. The rest is as in `campaigns.models.Campaign`.
    """

    name: str
    segment: Segment | None
    subject: str
    body: str
    holdout_percent: int
    no_holdout_reason: str = ""
    outcome_window_days: int = 30
    message_cost_minor: int = 0
    respects_quiet_hours: bool = True
    goal: str = Campaign.Goal.COME_BACK
    purpose: str = Campaign.Purpose.MARKETING
    customer_list: CustomerList | None = None
    also_in: Sequence[Segment] = ()
    kept_out: Sequence[Segment] = ()
    offer: str = ""
    offer_cost_minor: int = 0
    budget_minor: int | None = None
    budget_minutes: int | None = None
    minutes_a_call: int = 5
    leaves_on_return: bool = True
    send_from_hour: int | None = None
    send_until_hour: int | None = None
    send_days: str = ""
    schedule: str = Schedule.ONCE
    starts_at: datetime | None = None
    repeats_every_days: int | None = None
    ends_on: date | None = None
    trigger: str = ""
    trigger_days: int = 0
    trigger_detail: str = ""


def check(plan: Plan) -> None:
    """Raises CampaignRefused (its subclasses for the text and the schedule)."""
    if not plan.name.strip():
        raise CampaignRefused(_("Give the campaign a name."), field="name")
    _check_audience(plan)
    if not 0 <= plan.holdout_percent <= MAX_HOLDOUT_PERCENT:
        raise CampaignRefused(_("Hold back 0 to 90 percent."), field="holdout_percent")
    if plan.holdout_percent == 0 and not plan.no_holdout_reason.strip():
        raise CampaignRefused(
            _("Without a holdout nobody can tell what the campaign brought. Say why."),
            field="no_holdout_reason",
        )
    if not 1 <= plan.outcome_window_days <= MAX_WINDOW_DAYS:
        raise CampaignRefused(
            _("The outcome window is 1 to 365 days."), field="outcome_window_days"
        )
    _check_budget(plan)
    _check_schedule(plan)
    _check_hours(plan)
    templates.check(subject=plan.subject, body=plan.body)


def _check_audience(plan: Plan) -> None:
    if plan.segment is not None and plan.customer_list is not None:
        raise CampaignRefused(_("Choose a segment or a list, not both."), field="customer_list")
    if plan.segment is None and plan.customer_list is None and plan.schedule != Schedule.TRIGGER:
        raise CampaignRefused(_("Choose whom it is for: a segment or a list."), field="segment")
    if plan.also_in and plan.segment is None:
        raise CampaignRefused(
            _("Choose the first segment before you add further ones."), field="segment"
        )
    named = [plan.segment, *plan.also_in, *plan.kept_out]
    if len({part.pk for part in named if part}) < sum(part is not None for part in named):
        raise CampaignRefused(
            _("A segment is named twice. Name it once, in or out."), field="kept_out"
        )


def _check_budget(plan: Plan) -> None:
    if plan.budget_minor is not None and plan.budget_minor < plan.message_cost_minor:
        raise CampaignRefused(
            _("The budget is smaller than the cost of one message."), field="budget"
        )
    if not 1 <= plan.minutes_a_call <= 120:
        raise CampaignRefused(_("A call takes 1 to 120 minutes."), field="minutes_a_call")
    minutes = plan.budget_minutes
    if minutes is not None and not plan.minutes_a_call <= minutes <= MAX_BUDGET_MINUTES:
        raise CampaignRefused(
            _("The hours of calls have to hold one call, and are at most 1,000."),
            field="budget_hours",
        )


def _check_schedule(plan: Plan) -> None:
    if plan.schedule not in Schedule.values:
        raise ScheduleRefused(_("Choose when it runs."), field="schedule")
    days = plan.repeats_every_days
    if plan.schedule == Schedule.RECURRING and not 1 <= (days or 0) <= MAX_REPEAT_DAYS:
        raise ScheduleRefused(
            _("Say after how many days it repeats, 1 to 365."), field="repeats_every_days"
        )
    if plan.schedule == Schedule.TRIGGER:
        _check_trigger(plan)


def _check_trigger(plan: Plan) -> None:
    if plan.trigger not in Trigger.values:
        raise ScheduleRefused(_("Choose what sets it off."), field="trigger")
    if not 0 <= plan.trigger_days <= MAX_WINDOW_DAYS:
        raise ScheduleRefused(_("Choose 0 to 365 days."), field="trigger_days")
    needed = {
        Trigger.FESTIVAL: _("Choose the festival."),
        Trigger.STAGE_ENTERED: _("Choose the stage."),
    }
    if plan.trigger in needed and not plan.trigger_detail:
        raise ScheduleRefused(needed[Trigger(plan.trigger)], field="trigger_detail")
    if plan.trigger == Trigger.SEGMENT_ENTERED and plan.segment is None:
        raise ScheduleRefused(_("Choose the segment whose entering sets it off."), field="segment")


def _check_hours(plan: Plan) -> None:
    start, end = plan.send_from_hour, plan.send_until_hour
    if (start is None) != (end is None):
        raise ScheduleRefused(
            _("Give both hours of the send window, or neither."), field="send_until_hour"
        )
    if start is not None and end is not None and not 0 <= start < end <= 24:
        raise ScheduleRefused(
            _("The send window has to begin before it ends, within one day."),
            field="send_until_hour",
        )
    if set(plan.send_days) - set(WEEKDAYS):
        raise ScheduleRefused(_("Choose days of the week."), field="send_days")
