"""The clinic's own fields in a form: one input a field, checked by services.custom_values."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import CustomField
from customers.services.custom_values import LONGEST_TEXT, clean_value

YES_OR_NO = [("", _("not said")), ("yes", _("Yes")), ("no", _("No"))]


def input_of(field: CustomField) -> forms.Field:
    """Texts come in whatever the kind; the service makes the value of them."""
    if field.kind == CustomField.Kind.CHOICE:
        choices = [("", "–"), *((text, text) for text in field.choices)]
        return forms.CharField(
            required=False, label=field.label, widget=forms.Select(choices=choices)
        )
    if field.kind == CustomField.Kind.YES_NO:
        widget = forms.Select(choices=YES_OR_NO)
        return forms.CharField(required=False, label=field.label, widget=widget)
    attrs = {
        CustomField.Kind.NUMBER: {"inputmode": "decimal"},
        CustomField.Kind.DATE: {"type": "date"},
        CustomField.Kind.TEXT: {"maxlength": LONGEST_TEXT},
    }[CustomField.Kind(field.kind)]
    return forms.CharField(
        required=False,
        label=field.label,
        widget=forms.TextInput(attrs={**attrs, "autocomplete": "off"}),
    )


def shown_in_input(field: CustomField, value: Any) -> str:
    """A stored value as its input holds it."""
    if field.kind == CustomField.Kind.YES_NO and value is not None:
        return "yes" if value else "no"
    return "" if value is None else str(value)


class OwnFieldsForm(forms.Form):
    """fields: the active ones, with a value that a choice no longer offers kept until changed."""

    def __init__(
        self, *args: Any, fields: list[CustomField], values: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, prefix="custom", **kwargs)
        self.own_fields, self.values = {field.key: field for field in fields}, values
        for field in fields:
            self.fields[field.key] = input_of(field)
            held = shown_in_input(field, values.get(field.key))
            self.initial[field.key] = held
            is_choice = field.kind == CustomField.Kind.CHOICE
            if is_choice and held and held not in field.choices:
                self.fields[field.key].widget.choices += [(held, held)]

    def clean(self) -> dict[str, Any]:
        """{key: value as stored, or None}"""
        cleaned: dict[str, Any] = {}
        for key, field in self.own_fields.items():
            written = self.cleaned_data.get(key, "")
            if written and written == shown_in_input(field, self.values.get(key)):
                cleaned[key] = self.values[key]
                continue
            try:
                cleaned[key] = clean_value(field, written)
            except ValueError as refusal:
                self.add_error(key, str(refusal))
        return cleaned
