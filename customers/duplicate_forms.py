from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.services.merging import FIELDS, Choices

SIDES = (("a", "a"), ("b", "b"))
CONTACTS = ("phone", "email")


class MergeForm(forms.Form):
    """keep: the record that stands; one choice a field: whose value stands."""

    keep = forms.ChoiceField(choices=SIDES)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in (*FIELDS, *CONTACTS):
            self.fields[name] = forms.ChoiceField(choices=SIDES, required=False)

    def choices(self) -> Choices:
        """field → «survivor» or «merged», for the fields that were chosen."""
        keep = self.cleaned_data["keep"]
        return {
            name: "survivor" if side == keep else "merged"
            for name, side in self.cleaned_data.items()
            if name != "keep" and side
        }


class DuplicateRulesForm(forms.Form):
    """When a pair is shown and when it counts as certain, in percent."""

    review_percent = forms.FloatField(
        label=_("Show a pair from"),
        min_value=1,
        max_value=100,
        help_text=_("Percent. Lower shows more pairs, and more that are none. Usual: 50."),
    )
    certain_percent = forms.FloatField(
        label=_("Call it certain from"),
        min_value=1,
        max_value=100,
        help_text=_(
            "Percent. Name and two more things must agree besides; a shared phone alone never is"
            " enough. Usual: 99.9."
        ),
    )
    merges_by_itself = forms.BooleanField(
        label=_("Merge certain pairs without asking"),
        required=False,
        help_text=_("Every merge can be undone, these too."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        review, certain = cleaned.get("review_percent"), cleaned.get("certain_percent")
        if review and certain and review > certain:
            self.add_error(
                "review_percent", _("This must not be above the percentage that counts as certain.")
            )
        return cleaned
