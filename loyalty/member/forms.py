from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.forms import day_field

LABELS = {"email": _("E-mail address"), "phone": _("Phone number")}


class AskForm(forms.Form):
    """Where a code should go; only ways by which one can be sent are offered."""

    address = forms.CharField(max_length=120)

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        both = len(kinds) > 1
        label = _("E-mail address or phone number") if both else LABELS.get(kinds[0], "")
        self.fields["address"].label = label
        widget = self.fields["address"].widget
        widget.attrs |= {"autocomplete": "username" if both else "email", "autofocus": True}

    def kind(self) -> str:
        """email or phone, by what was typed."""
        return "email" if "@" in self.cleaned_data["address"] else "phone"


class EnterForm(forms.Form):
    asked = forms.CharField(max_length=200, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


class OwnFactsForm(forms.Form):
    """Birthday and form of address, only as far as the member may fill them in."""

    birth_on = day_field(_("Birthday"), required=False)
    gender = forms.ChoiceField(
        label=_("How may we address you?"),
        required=False,
        choices=[("", "–"), *Customer.Gender.choices],
    )

    def __init__(self, *args: Any, fields: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if name not in fields]:
            del self.fields[name]


class OwnAddressForm(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput)
    address = forms.CharField(max_length=120)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{kind}-%s", initial={"kind": kind}, **kwargs)
        self.fields["address"].label = LABELS[kind]
        modes = {"email": "email", "phone": "tel"}
        self.fields["address"].widget.attrs |= {
            "inputmode": modes[kind],
            "autocomplete": modes[kind],
        }
