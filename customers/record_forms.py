"""The form of a whole record: a customer's columns, contacts, ids and the clinic's own fields."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.contact_rows import ContactRows
from customers.forms import CustomerForm
from customers.models import AcquisitionSource, Customer, CustomField
from customers.own_field_forms import OwnFieldsForm
from customers.queries import visible_customers
from customers.services.own_ids import DESK_SOURCES
from customers.services.records import COLUMNS, KINDS, OWN, marks_of, record_of
from tenancy.models import Branch, Clinic

IDS_APART = re.compile(r"[,，;；、\s]+")
LANGUAGES = [
    ("", "–"),
    ("zh-hans", "简体中文"),
    ("zh-hant", "繁體中文"),
    ("en", "English"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("th", "ไทย"),
    ("vi", "Tiếng Việt"),
    ("ru", "Русский"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("ar", "العربية"),
]


class RecordForm(CustomerForm):
    """CustomerForm with everything else a record has but contacts and the clinic's own fields."""

    referrer = forms.ModelChoiceField(label=_("Brought by"), queryset=None, required=False)
    card = forms.CharField(label=_("Card number"), required=False, max_length=600)
    wechat = forms.CharField(label=_("WeChat ID"), required=False, max_length=600)

    class Meta(CustomerForm.Meta):
        fields = tuple(
            name for name in COLUMNS if name not in {"home_branch", "consultant", "referrer"}
        )
        labels = {
            **CustomerForm.Meta.labels,
            "education": _("Education"),
            "district": _("District"),
            "address": _("Address"),
            "language": _("Language"),
            "hobbies": _("Hobbies"),
            "died_on": _("Date of death"),
            "zone": _("Time zone"),
        }
        help_texts = {
            **CustomerForm.Meta.help_texts,
            "died_on": _("Or the day you heard of it. Nothing is sent or planned from then on."),
            "zone": _("Only if it is not the clinic's: messages keep to the hours there."),
        }
        widgets = {
            **CustomerForm.Meta.widgets,
            "language": forms.Select(choices=LANGUAGES),
            "died_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        }

    def __init__(
        self, *args: Any, people: Any, ids: Mapping[str, list[str]], **kwargs: Any
    ) -> None:
        """people: customers whom this reader may choose. ids: source → ids as they stand."""
        super().__init__(*args, **kwargs)
        held = self.instance.referrer_id
        chosen = people.exclude(pk=self.instance.pk) if self.instance.pk else people
        # A referrer from another branch stays until replaced; nobody there can be found anew.
        self.fields["referrer"].queryset = chosen | Customer.objects.filter(pk=held or 0)
        self.initial["referrer"] = held
        self.initial |= {source: ", ".join(values) for source, values in ids.items()}
        spoken = self.instance.language
        if spoken and spoken not in dict(LANGUAGES):
            self.fields["language"].widget.choices += [(spoken, spoken)]
        self.fields["acquisition_source"].widget.attrs["list"] = "known-sources"
        self.zones = sorted(available_timezones())
        self.known_sources = list(
            AcquisitionSource.objects.filter(is_active=True).values_list("name", flat=True)
        )

    def clean_acquisition_source(self) -> str:
        """Spelled as in the settings, whatever the case."""
        written = " ".join(self.cleaned_data["acquisition_source"].split())
        spelled = {name.casefold(): name for name in self.known_sources}
        return spelled.get(written.casefold(), written)

    def clean_card(self) -> list[str]:
        return _ids(self.cleaned_data["card"])

    def clean_wechat(self) -> list[str]:
        return _ids(self.cleaned_data["wechat"])


def _ids(text: str) -> list[str]:
    return sorted({part for part in IDS_APART.split(text) if part})


class RecordForms:
    """All forms of the page together. customer: an unsaved one for a new record.

    A field that was not posted was not said, and stays as it is.
    """

    def __init__(
        self,
        customer: Customer,
        *,
        clinic: Clinic,
        branches: list[Branch],
        branch: Branch | None,
        is_branch_bound: bool,
        today: date,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        held = record_of(customer) if customer.pk else dict(initial or {})
        self.data = data
        self.marks = marks_of(held) if customer.pk else {}
        self.details = RecordForm(
            data,
            instance=customer,
            initial=initial,
            people=visible_customers(branch),
            ids={source: held.get(source, []) for source in DESK_SOURCES},
            branches=branches,
            is_branch_bound=is_branch_bound,
            today=today,
        )
        own_fields = list(CustomField.objects.filter(is_active=True))
        self.own = OwnFieldsForm(data, fields=own_fields, values=customer.custom)
        self.contacts = [
            ContactRows(kind, country=clinic.country, data=data, drafts=held.get(kind, []))
            for kind in KINDS
        ]

    def is_valid(self) -> bool:
        parts = [self.details, self.own, *self.contacts]
        return not [part for part in parts if not part.is_valid()]  # each says what is wrong

    @property
    def has_errors(self) -> bool:
        return self.data is not None and not self.is_valid()

    def said(self) -> dict[str, Any]:
        """The record as it was posted; only once it is valid."""
        posted = self.data or {}
        said = {name: value for name, value in self.details.cleaned_data.items() if name in posted}
        for key, value in self.own.cleaned_data.items():
            if f"custom-{key}" in posted:
                said[f"{OWN}{key}"] = value
        return said | {rows.kind: rows.drafts() for rows in self.contacts if rows.rows}

    def seen(self) -> dict[str, str] | None:
        """The marks that came back with the page; None where they did not."""
        try:
            marks = json.loads((self.data or {}).get("seen", ""))
        except ValueError:
            return None
        is_sound = isinstance(marks, dict) and all(isinstance(v, str) for v in marks.values())
        return marks if is_sound else None
