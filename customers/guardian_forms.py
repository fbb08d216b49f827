"""What may be typed about a minor's guardian."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Guardian
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused


class GuardianForm(forms.Form):
    guardian = forms.ModelChoiceField(label=_("A customer of ours"), queryset=None, required=False)
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    relation = forms.ChoiceField(label=_("Relation"), choices=Guardian.Relation.choices)

    def __init__(self, *args: Any, people: Any, country: str, **kwargs: Any) -> None:
        """people: customers whom this reader may choose."""
        super().__init__(*args, **kwargs)
        self.fields["guardian"].queryset = people
        self.country = country

    def clean_phone(self) -> str:
        try:
            phones = cleaning.phones([self.cleaned_data["phone"]], country=self.country)
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None
        return phones[0] if phones else ""
