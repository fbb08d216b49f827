"""What must be said before a person is erased."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class ErasureForm(forms.Form):
    """The name once more, because nothing brings it back."""

    name = forms.CharField(
        label=_("Type the name to confirm"), max_length=200, widget=forms.TextInput()
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        said = self.cleaned_data["name"]
        if "".join(said.split()) != "".join(self.customer.name.split()):
            raise forms.ValidationError(
                _("This is not the name on the record. Nothing was erased."), code="other_name"
            )
        return said
