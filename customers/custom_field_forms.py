"""What an owner may say about a field of their own, and about a source."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import CustomField
from customers.money_fields import MoneyField


class OwnFieldForm(forms.Form):
    label = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Type"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line; only for a choice. Taking one away leaves it with who has it."),
    )
    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The name other systems use; kept for ever. Empty: made of the name."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            del self.fields["is_active"]
        else:
            self.fields["key"].disabled = True

    def clean_choices(self) -> list[str]:
        return self.cleaned_data["choices"].splitlines()


class SourceForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=80)
    cost_minor = MoneyField(
        label=_("Cost of one customer"),
        required=False,
        help_text=_("What it costs on average to win one customer this way."),
    )
    is_active = forms.BooleanField(label=_("Offered in the form"), required=False, initial=True)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cost_minor"].use_currency(currency)
