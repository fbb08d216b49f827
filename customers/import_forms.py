"""What is typed on the pages of an import: the file, and which column is which."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from customers.files.fields import KINDS
from customers.files.limits import MB
from customers.models import ImportFile
from customers.services.imports.shapes import shape_in_clinic

ENCODINGS = (
    ("", _("Find out")),
    ("utf-8", "UTF-8"),
    ("gb18030", "GB18030 / GBK"),
    ("big5", "Big5"),
    ("cp1252", "Windows-1252"),
    ("shift_jis", "Shift-JIS"),
)
DAY_FIRST = (
    ("", _("Find out from the dates")),
    ("true", _("Day first: 03/04 is 3 April")),
    ("false", _("Month first: 03/04 is 4 March")),
)
UNKNOWN_CUSTOMERS = (
    ("auto", _("Create them if the file knows none of our customers, else refuse")),
    ("create", _("Create them, named by their number")),
    ("refuse", _("Refuse these rows")),
)
YES_NO = {"true": True, "false": False}


def too_large() -> str:
    """What we say of a file beyond the limit."""
    limit_mb = settings.MAX_UPLOAD_BYTES // MB
    return _("The file is larger than %(limit_mb)s MB. Split it, or compress it with gzip.") % {
        "limit_mb": limit_mb
    }


def kind_choices() -> list[tuple[str, Any]]:
    return [(name, kind.label) for name, kind in KINDS.items()]


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What it holds"), choices=kind_choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, TSV or Excel (.xlsx), also compressed with gzip."),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx,.gz,text/csv,application/gzip"}
        ),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=60,
        required=False,
        help_text=_(
            "Where the customer numbers come from, such as the name of your till. Files of one "
            "source know the same customers; leave it empty if you have only one."
        ),
    )
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(too_large())
        return file

    def clean_source(self) -> str:
        source = self.cleaned_data["source"].strip() or "file"
        if not source.isprintable():
            raise forms.ValidationError(_("Use letters and digits only."))
        return source

    def as_mapping(self) -> dict[str, Any]:
        encoding = self.cleaned_data["encoding"]
        return {"options": {"encoding": encoding}} if encoding else {}


class MappingForm(forms.Form):
    """One select a column, and how to read the file."""

    day_first = forms.ChoiceField(label=_("Dates"), choices=DAY_FIRST, required=False)
    unknown_customers = forms.ChoiceField(
        label=_("Sales of customers we do not know"), choices=UNKNOWN_CUSTOMERS, required=False
    )

    def __init__(self, *args, headers: tuple[str, ...], kind: str, mapping: dict, **kwargs):
        self.headers, self.kind, self.mapping = headers, kind, mapping
        options = mapping.get("options", {})
        day_first = options.get("day_first")
        kwargs["initial"] = {
            "day_first": "" if day_first is None else str(day_first).lower(),
            "unknown_customers": options.get("unknown_customers", "auto"),
        }
        super().__init__(*args, **kwargs)
        shape = shape_in_clinic(kind)
        if kind != ImportFile.Kind.SALES:
            del self.fields["unknown_customers"]
        choices = [("", _("Leave out")), *((f.name, f.label) for f in shape.fields)]
        columns = mapping.get("columns", {})
        for index, header in enumerate(headers):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=header, choices=choices, required=False, initial=columns.get(header) or ""
            )

    @property
    def selects(self) -> list[forms.BoundField]:
        """One a column, in the order of the file."""
        return [self[f"column_{index}"] for index in range(len(self.headers))]

    @property
    def option_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("day_first", "unknown_customers") if name in self.fields]

    def as_mapping(self) -> dict[str, Any]:
        """What was chosen, over the options that this page does not show."""
        said = self.cleaned_data
        options = {**self.mapping.get("options", {})}
        options["day_first"] = YES_NO.get(said["day_first"])
        if "unknown_customers" in said:
            options["unknown_customers"] = said["unknown_customers"] or "auto"
        columns = {h: said[f"column_{index}"] for index, h in enumerate(self.headers)}
        return {
            "columns": columns,
            "options": {name: value for name, value in options.items() if value is not None},
        }
