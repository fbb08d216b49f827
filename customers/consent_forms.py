"""A yes or no of a customer, with everything that proves it."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Consent, Customer
from customers.services.consent import ConsentChange
from tenancy.clock import local_day, start_of_day

FIRST_YEAR = 2000
SAID_BY = [
    ("desk", _("Said at the desk")),
    ("paper", _("Signed on paper")),
    ("phone", _("Said on the phone")),
    ("wechat", _("Wrote by WeChat")),
    ("email", _("Wrote by e-mail")),
    ("online", _("Ticked online")),
]


class ConsentNoteForm(forms.Form):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose)
    channel = forms.ChoiceField(label=_("Channel"), choices=Consent.Channel)
    answer = forms.ChoiceField(
        label=_("What they said"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    said_on = forms.DateField(
        label=_("Said on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    source = forms.ChoiceField(label=_("How it was said"), choices=SAID_BY)
    text_version = forms.CharField(
        label=_("Version of the text"),
        required=False,
        max_length=40,
        help_text=_("Which wording they agreed to, such as 2026-05."),
    )
    proof = forms.CharField(
        label=_("Proof"),
        required=False,
        max_length=200,
        help_text=_("A form's number, or where the recording lies."),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.at = zone, at
        self.initial.setdefault("said_on", local_day(zone, at))
        self.fields["said_on"].widget.attrs["max"] = local_day(zone, at).isoformat()

    def clean_said_on(self) -> date:
        day = self.cleaned_data["said_on"]
        if day > local_day(self.zone, self.at):
            raise forms.ValidationError(_("This day has not come yet."))
        if day.year < FIRST_YEAR:
            raise forms.ValidationError(_("Give a year from 2000 to today."))
        return day

    def change(self, customer: Customer) -> ConsentChange:
        """Today means now; of an earlier day its beginning, for nothing more is known."""
        said = self.cleaned_data
        is_today = said["said_on"] == local_day(self.zone, self.at)
        return ConsentChange(
            customer_id=customer.pk,
            purpose=said["purpose"],
            channel=said["channel"],
            is_given=said["answer"] == "yes",
            said_at=self.at if is_today else start_of_day(self.zone, said["said_on"]),
            text_version=said["text_version"],
            proof=said["proof"],
        )
