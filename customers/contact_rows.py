"""The rows of phones or e-mails in a customer's form: as many as there are, and one to add."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import ContactPoint
from customers.services.contacts import MOST_OF_A_KIND, ContactDraft, settled
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused

VALUE_LABELS = {"phone": _("Phone"), "email": _("E-mail")}


class ContactRowForm(forms.Form):
    """One row. An empty value is no row."""

    value = forms.CharField(required=False, max_length=254)
    label = forms.ChoiceField(label=_("Kind"), required=False)
    is_valid_one = forms.BooleanField(label=_("Works"), required=False, initial=True)

    def __init__(self, *args: Any, kind: str, country: str, index: int, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"{kind}-{index}", **kwargs)
        self.kind, self.country, self.index = kind, country, index
        value = self.fields["value"]
        value.label = VALUE_LABELS[kind]
        modes = {"phone": "tel", "email": "email"}
        value.widget.attrs = {
            "inputmode": modes[kind],
            "autocomplete": "off",
            "spellcheck": "false",
        }
        self.fields["label"].choices = [("", "–"), *ContactPoint.Label.choices]

    def clean_value(self) -> list[str]:
        """What the intake makes of it; a cell may hold two numbers."""
        written = self.cleaned_data["value"]
        try:
            if self.kind == "phone":
                return cleaning.phones([written], country=self.country)
            return cleaning.emails([written])
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None


class ContactRows:
    """All rows of one kind, read from the posted names `phone-0-value`, `phone-1-value`, …"""

    def __init__(
        self,
        kind: str,
        *,
        country: str,
        data: Mapping[str, Any] | None = None,
        drafts: Sequence[ContactDraft] = (),
    ) -> None:
        self.kind, self.country, self.data = kind, country, data
        self.label = VALUE_LABELS[kind]
        if data is None:
            self.rows = [self._shown(i, draft) for i, draft in enumerate(drafts)]
            self.rows.append(self.blank(len(drafts)))
            self.primary = 0
        else:
            self.rows = [self._posted(i) for i in _indexes(kind, data)]
            chosen = str(data.get(f"{kind}-primary", ""))
            self.primary = int(chosen) if chosen.isdecimal() and len(chosen) < 4 else -1

    def blank(self, index: int) -> ContactRowForm:
        """An empty row, for one more."""
        return ContactRowForm(kind=self.kind, country=self.country, index=index)

    def _shown(self, index: int, draft: ContactDraft) -> ContactRowForm:
        initial = {"value": draft.value, "label": draft.label, "is_valid_one": draft.is_valid}
        return ContactRowForm(kind=self.kind, country=self.country, index=index, initial=initial)

    def _posted(self, index: int) -> ContactRowForm:
        return ContactRowForm(self.data, kind=self.kind, country=self.country, index=index)

    @property
    def next_index(self) -> int:
        return max((row.index for row in self.rows), default=-1) + 1

    def is_valid(self) -> bool:
        return not [row for row in self.rows if not row.is_valid()]  # every row says what is wrong

    def sound_values(self) -> list[str]:
        """Values of the rows that can be read already, while others are still being typed."""
        return [v for row in self.rows for v in getattr(row, "cleaned_data", {}).get("value", ())]

    def drafts(self) -> list[ContactDraft]:
        """What was said, of rows that are valid."""
        return settled(
            [
                ContactDraft(
                    value=value,
                    label=row.cleaned_data.get("label", ""),
                    is_valid=row.cleaned_data["is_valid_one"],
                    is_primary=row.index == self.primary,
                )
                for row in self.rows
                for value in row.cleaned_data.get("value", ())
            ]
        )


def _indexes(kind: str, data: Mapping[str, Any]) -> list[int]:
    pattern = re.compile(rf"{kind}-(\d{{1,3}})-value", re.ASCII)
    found = {int(match[1]) for name in data if (match := pattern.fullmatch(name))}
    return sorted(found)[:MOST_OF_A_KIND]
