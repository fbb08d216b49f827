"""What owners say of their providers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.addresses import is_reachable
from campaigns.channels.registry import Kind
from campaigns.models import ProviderAccount, SendingRules
from customers.money_fields import MoneyField

LONGEST_SECRET = 500


class AccountForm(forms.Form):
    """The fields of one kind; a secret that is left empty stays as it is."""

    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=80)
    sender = forms.CharField(max_length=200, required=False)
    price = forms.IntegerField(
        label=_("Price of one message, in the smallest coin"),
        help_text=_("Of an SMS: of each part. It counts against the budget of campaigns."),
        min_value=0, max_value=1_000_000, initial=0, required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, kind: Kind, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind
        self.fields["sender"].label = kind.sender
        self.fields["sender"].required = kind.channel != "email"
        for one in kind.fields:
            hidden = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
            self.fields[f"c_{one.name}"] = forms.CharField(
                label=one.label, max_length=LONGEST_SECRET,
                required=one.is_required and (is_new or not one.is_secret),
                widget=hidden if one.is_secret else forms.TextInput(),
                help_text=_("Leave it empty to keep what is stored.")
                if one.is_secret and not is_new else "",
            )  # fmt: skip
        self.order_fields(["name", "sender", *(f"c_{one.name}" for one in kind.fields), "price"])

    def clean_sender(self) -> str:
        sender = self.cleaned_data["sender"].strip()
        if not sender.isprintable():
            raise forms.ValidationError(_("Write it on one line."))
        address = sender.rpartition("<")[2].rstrip(">")
        if self._kind.channel == "email" and sender and not is_reachable(address, "email"):
            raise forms.ValidationError(_("This is no e-mail address."))
        return sender

    def clean_price(self) -> int:
        return self.cleaned_data["price"] or 0

    @property
    def credentials(self) -> dict[str, str]:
        return {one.name: self.cleaned_data[f"c_{one.name}"].strip() for one in self._kind.fields}


class TryForm(forms.Form):
    """Where a test goes."""

    address = forms.CharField(label=_("Send a test to"), max_length=254)

    def __init__(self, *args: Any, account: ProviderAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._channel = account.channel

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip()
        if not is_reachable(address, self._channel):
            raise forms.ValidationError(
                _("Give one address of this channel; a number with its country: +8613800000000.")
            )
        return address


class LimitsForm(forms.ModelForm):
    class Meta:
        model = SendingRules
        fields = ("max_messages_1_day", "max_messages_7_days")
        labels = {
            "max_messages_1_day": _("Messages a customer in 24 hours, at most"),
            "max_messages_7_days": _("Messages a customer in 7 days, at most"),
        }
        help_texts = {
            "max_messages_7_days": _(
                "Of all campaigns and channels together. The limit of 30 days stands with the"
                " clinic's settings; messages about what somebody booked do not count."
            ),
        }


class HourForm(forms.ModelForm):
    staff_hour_minor = MoneyField(
        label=_("What an hour of staff costs"),
        required=False,
        help_text=_("Calls are reckoned by the minute with it; left out, they cost nothing."),
    )

    class Meta:
        model = SendingRules
        fields = ("staff_hour_minor",)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff_hour_minor"].use_currency(currency)

    def clean_staff_hour_minor(self) -> int:
        return self.cleaned_data["staff_hour_minor"] or 0
