"""When a campaign runs and in which hours it sends."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from campaigns.exceptions import ScheduleRefused
from campaigns.models import Campaign
from campaigns.queries.festivals import festival_choices
from campaigns.services.schedules import local_instant
from segmentation.models import Stage
from tenancy.models import Clinic

WEEKDAYS = (
    ("1", _("Mon")), ("2", _("Tue")), ("3", _("Wed")), ("4", _("Thu")), ("5", _("Fri")),
    ("6", _("Sat")), ("7", _("Sun")),
)  # fmt: skip
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
Trigger, Schedule = Campaign.Trigger, Campaign.Schedule
RISKS = [(str(percent), f"{percent} %") for percent in (40, 50, 60, 70, 80)]
DETAILS = {  # the field of the form that holds a trigger's detail
    Trigger.FESTIVAL: "festival", Trigger.STAGE_ENTERED: "stage", Trigger.RISK_CROSSED: "risk",
}  # fmt: skip


class ScheduleFields(forms.Form):
    """Part of the plan's form. Needs `clinic` on the instance before it is cleaned."""

    clinic: Clinic

    schedule = forms.ChoiceField(label=_("It runs"), choices=Schedule.choices, required=False)
    start_on = forms.DateField(
        label=_("Start on"),
        widget=DAY,
        required=False,
        help_text=_("Empty: as soon as you launch it."),
    )
    start_time = forms.TimeField(label=_("at"), widget=TIME, required=False)
    repeats_every_days = forms.IntegerField(
        label=_("Repeat after so many days"), min_value=1, max_value=365, required=False
    )
    ends_on = forms.DateField(label=_("Last day"), widget=DAY, required=False)
    trigger = forms.ChoiceField(
        label=_("What sets it off"), choices=[("", "–"), *Trigger.choices], required=False
    )
    trigger_days = forms.IntegerField(
        label=_("Days before or after"),
        min_value=0,
        max_value=365,
        required=False,
        help_text=_("Before a birthday, festival, due day or expiry; after everything else."),
    )
    festival = forms.ChoiceField(label=_("Festival"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", "–"), *Stage.choices], required=False)
    risk = forms.ChoiceField(label=_("Churn risk from"), choices=RISKS, required=False)
    send_from_hour = forms.IntegerField(
        label=_("Send from, hour"), min_value=0, max_value=23, required=False
    )
    send_until_hour = forms.IntegerField(
        label=_("Send until, hour"), min_value=1, max_value=24, required=False
    )
    send_days = forms.MultipleChoiceField(
        label=_("Only on"),
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: on every day."),
    )

    def offer_choices(self) -> None:
        self.fields["festival"].choices = [("", "–"), *festival_choices()]

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        try:
            data["starts_at"] = self._starts_at(data)
        except ScheduleRefused as refused:
            self.add_error("start_time", refused.message)
        return data

    def _starts_at(self, data: dict) -> datetime | None:
        day, clock = data.get("start_on"), data.get("start_time")
        if day is None and clock is None:
            return None
        if day is None or clock is None:
            self.add_error(
                "start_on" if day is None else "start_time",
                _now("Give both the day and the time of the start, or neither."),
            )
            return None
        return local_instant(self.clinic.zone, day, clock)

    def schedule_of_plan(self) -> dict:
        """What `Plan` takes of these fields; what does not go with the schedule is left out."""
        data = self.cleaned_data
        schedule = data["schedule"] or Schedule.ONCE
        is_trigger, is_always_on = schedule == Schedule.TRIGGER, schedule != Schedule.ONCE
        trigger = data["trigger"] if is_trigger else ""
        detail = DETAILS.get(Trigger(trigger)) if trigger else None
        return {
            "schedule": schedule,
            "starts_at": data.get("starts_at"),
            "repeats_every_days": (
                data["repeats_every_days"] if schedule == Schedule.RECURRING else None
            ),
            "ends_on": data["ends_on"] if is_always_on else None,
            "trigger": trigger,
            "trigger_days": (data["trigger_days"] or 0) if is_trigger else 0,
            "trigger_detail": data[detail] if detail else "",
            "send_from_hour": data["send_from_hour"],
            "send_until_hour": data["send_until_hour"],
            "send_days": "".join(sorted(data["send_days"])),
        }


def initial_schedule(campaign: Campaign, clinic: Clinic) -> dict:
    start = campaign.starts_at and campaign.starts_at.astimezone(clinic.zone)
    detail = DETAILS.get(Trigger(campaign.trigger)) if campaign.trigger else None
    return {
        "schedule": campaign.schedule,
        "start_on": start and start.date(),
        "start_time": start and start.time(),
        "repeats_every_days": campaign.repeats_every_days,
        "ends_on": campaign.ends_on,
        "trigger": campaign.trigger,
        "trigger_days": campaign.trigger_days,
        "send_from_hour": campaign.send_from_hour,
        "send_until_hour": campaign.send_until_hour,
        "send_days": list(campaign.send_days),
    } | ({detail: campaign.trigger_detail} if detail else {})
