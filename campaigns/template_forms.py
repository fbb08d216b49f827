from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.library import Ready
from campaigns.models import Template
from campaigns.services.ready_messages import Draft
from campaigns.services.templates import MAX_BODY, MAX_SUBJECT
from tenancy.models import Clinic


class TemplateForm(forms.Form):
    """A template as written; `draft()` is what the service takes."""

    name = forms.CharField(label=_("Name of the template"), max_length=120)
    kind = forms.ChoiceField(label=_("Occasion"), choices=Template.Kind.choices)
    channel = forms.ChoiceField(label=_("Channel"), choices=Template.Channel.choices)
    language = forms.ChoiceField(label=_("Language"), choices=Template.Language.choices)
    subject = forms.CharField(
        label=_("Subject"), max_length=MAX_SUBJECT, required=False,
        help_text=_("Of mails only; a phone shows about 40 letters."),
    )  # fmt: skip
    body = forms.CharField(
        label=_("Message"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"rows": 14})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    library_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def draft(self) -> Draft:
        """Of a valid form."""
        data = self.cleaned_data
        return Draft(
            name=data["name"], kind=data["kind"], channel=data["channel"],
            language=data["language"], subject=data["subject"], body=data["body"],
            library_key=data["library_key"],
        )  # fmt: skip

    @property
    def seen_version(self) -> int:
        return self.cleaned_data.get("version") or 0


def initial_of(source: Template | Ready | None, clinic: Clinic) -> dict[str, Any]:
    """What the form begins with: a template, a ready one, or nothing but the clinic's language."""
    if source is None:
        return {"language": clinic.language}
    fields = ("name", "kind", "channel", "language", "subject", "body")
    initial = {field: getattr(source, field) for field in fields}
    if isinstance(source, Template):
        return initial | {"version": source.version, "library_key": source.library_key}
    return initial | {"library_key": source.key}


class LookForm(forms.Form):
    accent = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$", label=_("Colour"), widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("Of links, and of the name where there is no picture."),
    )  # fmt: skip
    logo_url = forms.URLField(
        label=_("Address of the logo"), required=False, assume_scheme="https", max_length=500,
        help_text=_("A picture on the clinic's own site, at least 320 pixels wide."),
    )  # fmt: skip


class OwnFestivalForm(forms.Form):
    name = forms.CharField(label=_("Name of the day"), max_length=80)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)
    day = forms.IntegerField(label=_("Day of the month"), min_value=1, max_value=31)
    since_year = forms.IntegerField(
        label=_("First in the year"), min_value=1900, max_value=2060, required=False
    )
