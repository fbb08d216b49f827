"""What the pages of the books ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from loyalty.models import LedgerEntry, Programme
from loyalty.services.posting import MOST_POINTS
from tenancy.models import Membership

LONGEST_PENDING = 60
_DAY = {"type": "date"}


class LedgerSearchForm(forms.Form):
    """Every field may stay empty."""

    customer = forms.CharField(label=_("Customer or number"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("Movement"), required=False)
    from_on = forms.DateField(
        label=pgettext_lazy("a day", "From"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    until_on = forms.DateField(
        label=pgettext_lazy("a day", "Until"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    actor = forms.ModelChoiceField(
        label=_("By whom"), queryset=None, required=False, empty_label=_("Everybody")
    )
    reason = forms.CharField(label=_("Reason"), max_length=100, required=False)
    key = forms.CharField(label=_("Key"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Every kind")), *LedgerEntry.Kind.choices]
        self.fields["actor"].queryset = Membership.objects.select_related("user")

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last = asked.get("from_on"), asked.get("until_on")
        if first and last and last < first:
            self.add_error("until_on", _("This day lies before the first one."))
        return {
            name: value.replace("\0", "") if isinstance(value, str) else value
            for name, value in asked.items()
        }


class TransferForm(forms.Form):
    """receiver: one of the family, by customer."""

    receiver = forms.ModelChoiceField(
        label=_("To"), queryset=None, empty_label=_("Choose who receives them")
    )
    points = forms.IntegerField(label=_("Points to pass on"), min_value=1, max_value=MOST_POINTS)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)  # a double click passes on once

    def __init__(self, *args: Any, family: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = Customer.objects.none() if family is None else family


class BookTermsForm(forms.ModelForm):
    class Meta:
        model = Programme
        fields = ("pending_days", "adjust_limit_points", "allows_transfers")
        labels = {
            "pending_days": _("Points are pending for (days)"),
            "adjust_limit_points": _("Adjustments need a second person above (points)"),
            "allows_transfers": _("Points may be passed on inside a family"),
        }
        help_texts = {
            "pending_days": _("While a sale can still be refunded. 0: they can be spent at once."),
            "adjust_limit_points": _("Empty: one person is enough for any number."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pending_days"] = forms.IntegerField(
            label=self.fields["pending_days"].label,
            help_text=self.fields["pending_days"].help_text,
            min_value=0,
            max_value=LONGEST_PENDING,
        )
        self.fields["adjust_limit_points"].min_value = 0
