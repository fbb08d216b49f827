from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from care.models import Task
from tenancy.models import Membership

LATER = "later"


class AnswerForm(forms.Form):
    """How a call went, or that it should wait until tomorrow."""

    outcome = forms.ChoiceField(choices=[*Task.Outcome.choices, (LATER, _("Later"))])
    note = forms.CharField(max_length=500, required=False)


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
