"""What is written down when something went wrong after a treatment."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Treatment
from tenancy.models import Membership

LONGEST_WORDS = 2_000
OLDEST_DAYS = 3_650


class AdverseEventForm(forms.Form):
    happened_on = forms.DateField(
        label=_("Noticed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    treatment = forms.ModelChoiceField(label=_("After which treatment"), queryset=None,
                                       required=False)  # fmt: skip
    words = forms.CharField(
        label=_("What was noticed"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("Kept sealed with the health data. Until it is over nothing is advertised."),
    )
    follower = forms.ModelChoiceField(label=_("Who looks after it"), queryset=None)

    def __init__(self, *args: Any, today: date, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("happened_on", today)
        self.initial.setdefault("follower", by.pk)
        self.fields["treatment"].queryset = Treatment.objects.filter(is_active=True)
        members = Membership.objects.filter(is_active=True)
        self.fields["follower"].queryset = members.select_related("user")

    def clean_happened_on(self) -> date:
        day = self.cleaned_data["happened_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        if day < self.today - timedelta(days=OLDEST_DAYS):
            raise forms.ValidationError(_("This is more than ten years ago."))
        return day
