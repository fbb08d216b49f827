from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from care.models import Task
from tenancy.models import Membership

LATER = "later"
MORNING = time(9)


class AnswerForm(forms.Form):
    """How a call went, or that it should wait: until tomorrow, or the hour somebody asked for."""

    outcome = forms.ChoiceField(choices=[*Task.Outcome.choices, (LATER, _("Later"))])
    note = forms.CharField(max_length=500, required=False)
    next_step = forms.CharField(max_length=200, required=False)
    n_minutes = forms.IntegerField(min_value=0, max_value=240, required=False)
    call_on = forms.DateField(required=False)
    call_time = forms.TimeField(required=False)

    def __init__(self, *args, zone: ZoneInfo, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.today = zone, today

    def clean_call_on(self) -> date | None:
        day = self.cleaned_data["call_on"]
        if day is not None and not self.today <= day <= self.today + timedelta(days=365):
            raise forms.ValidationError(_("Choose a day from today to a year on."))
        return day

    @property
    def call_at(self) -> datetime | None:
        """Of a valid form: the instant asked for; a day alone means from the morning on."""
        day, clock = self.cleaned_data["call_on"], self.cleaned_data["call_time"]
        if day is None and clock is None:
            return None
        return datetime.combine(day or self.today, clock or MORNING, tzinfo=self.zone)


class PlanForm(forms.Form):
    """A call to be made, by whom and by when."""

    due_on = forms.DateField(
        label=_("Call on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    why = forms.CharField(
        label=_("What about"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    assigned_to = forms.ModelChoiceField(
        label=_("Who calls"), queryset=None, required=False, empty_label=_("Anybody")
    )

    def __init__(self, *args, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("due_on", today)
        members = Membership.objects.filter(is_active=True).select_related("user")
        self.fields["assigned_to"].queryset = members

    def clean_due_on(self) -> date:
        due_on = self.cleaned_data["due_on"]
        if not self.today <= due_on <= self.today + timedelta(days=730):
            raise forms.ValidationError(_("Choose a day from today to two years on."))
        return due_on
