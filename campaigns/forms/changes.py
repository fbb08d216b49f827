"""Changing what runs, and a test to oneself."""

from decimal import Decimal

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.schedule import DAY
from campaigns.models import Campaign
from campaigns.services.changing import Change
from tenancy.models import Clinic


class ChangeForm(forms.Form):
    """What may be changed while a campaign runs; `change()` is what the service takes."""

    name = forms.CharField(label=_("Name of the campaign"), max_length=120)
    ends_on = forms.DateField(label=_("Last day"), widget=DAY, required=False)
    budget = forms.DecimalField(
        label=_("Budget"), min_value=0, max_value=100_000_000, required=False
    )
    budget_hours = forms.DecimalField(
        label=_("Hours for calls"), min_value=0, max_value=1_000, decimal_places=1, required=False
    )

    def __init__(self, *args, clinic: Clinic, campaign: Campaign, **kwargs) -> None:
        self.digits = get_currency_precision(clinic.currency)
        budget, minutes = campaign.budget_minor, campaign.budget_minutes
        kwargs.setdefault(
            "initial",
            {
                "name": campaign.name,
                "ends_on": campaign.ends_on,
                "budget": None if budget is None else Decimal(budget).scaleb(-self.digits),
                "budget_hours": None if minutes is None else Decimal(minutes) / 60,
            },
        )
        super().__init__(*args, **kwargs)
        self.fields["budget"].decimal_places = self.digits
        if not campaign.is_always_on:
            del self.fields["ends_on"]

    def change(self) -> Change:
        """Of a valid form."""
        data = self.cleaned_data
        budget, hours = data["budget"], data["budget_hours"]
        return Change(
            name=data["name"],
            ends_on=data.get("ends_on"),
            budget_minor=None if budget is None else int(budget.scaleb(self.digits)),
            budget_minutes=None if hours is None else int(hours * 60),
        )


class TestSendForm(forms.Form):
    """Where a test of the messages goes."""

    email = forms.EmailField(label=_("Send a test to"), max_length=254)
