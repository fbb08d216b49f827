"""What may be typed about a treatment of the catalogue."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Treatment
from customers.money_fields import MoneyField

LONGEST_DAYS = 3_650
MOST_SESSIONS = 100
_DAYS = {"interval_days", "interval_min_days", "interval_max_days", "min_clinical_interval_days"}


class TreatmentForm(forms.ModelForm):
    price_minor = MoneyField(label=_("Price"), required=False)
    cost_minor = MoneyField(
        label=pgettext_lazy("of a treatment", "Cost"),
        required=False,
        help_text=_("What one treatment costs the clinic; it makes profit tellable."),
    )

    class Meta:
        model = Treatment
        fields = (
            "code",
            "name",
            "category",
            "nature",
            "level",
            "interval_days",
            "interval_min_days",
            "interval_max_days",
            "min_clinical_interval_days",
            "course_length",
            "price_minor",
            "cost_minor",
            "is_active",
        )
        labels = {
            "code": pgettext_lazy("of a treatment", "Code"),
            "name": pgettext_lazy("of a thing", "Name"),
            "category": _("Category"),
            "nature": _("Care or surgery"),
            "level": _("Level"),
            "interval_days": _("Due again after, days"),
            "interval_min_days": _("at the earliest, days"),
            "interval_max_days": _("at the latest, days"),
            "min_clinical_interval_days": _("Never again before, days"),
            "course_length": _("Sessions of a course"),
            "is_active": _("Offered"),
        }
        help_texts = {
            "code": _("As the booking system and files name it."),
            "interval_days": _("When it has usually worn off; empty if it never recurs."),
            "min_clinical_interval_days": _("The medical minimum; no reminder goes out before."),
            "is_active": _("What is not offered stays in the books, but is never due."),
        }

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _DAYS:
            self.fields[name].max_value = LONGEST_DAYS
            self.fields[name].widget.attrs["max"] = LONGEST_DAYS
        self.fields["min_clinical_interval_days"].required = False
        self.fields["course_length"].widget.attrs |= {"min": 1, "max": MOST_SESSIONS}
        self.fields["category"].widget.attrs["list"] = "categories"
        for name in ("price_minor", "cost_minor"):
            self.fields[name].use_currency(currency)

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip()
        return self._once(code, "code", _("Another treatment has this code."))

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        message = _("Another treatment has this name; files could not tell them apart.")
        return self._once(name, "name", message)

    def _once(self, text: str, field: str, message: Any) -> str:
        others = Treatment.objects.exclude(pk=self.instance.pk)
        if others.filter(**{f"{field}__iexact": text}).exists():
            raise forms.ValidationError(message)
        return text

    def clean_min_clinical_interval_days(self) -> int:
        return self.cleaned_data["min_clinical_interval_days"] or 0

    def clean_course_length(self) -> int:
        n = self.cleaned_data["course_length"]
        if not 1 <= n <= MOST_SESSIONS:
            raise forms.ValidationError(
                _("A course has 1 to %(n)s sessions.") % {"n": MOST_SESSIONS}
            )
        return n

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in _DAYS:
            days = cleaned.get(name)
            if days is not None and days > LONGEST_DAYS:
                self.add_error(name, _("At most %(n)s days.") % {"n": LONGEST_DAYS})
            elif days == 0 and name != "min_clinical_interval_days":
                self.add_error(name, _("At least 1 day."))
        if not self.errors:
            self._check_range(cleaned)
        return cleaned

    def _check_range(self, cleaned: dict[str, Any]) -> None:
        usual = cleaned.get("interval_days")
        first, last = cleaned.get("interval_min_days"), cleaned.get("interval_max_days")
        least = cleaned["min_clinical_interval_days"]
        if usual is None:
            if first or last:
                self.add_error("interval_days", _("A range needs the usual interval within it."))
            return
        if first and first > usual:
            self.add_error("interval_min_days", _("Not after the usual interval."))
        if last and last < usual:
            self.add_error("interval_max_days", _("Not before the usual interval."))
        if least > (first or usual):
            message = _("Due before it may be done again: the medical minimum is longer.")
            self.add_error("min_clinical_interval_days", message)
