"""What may be written into a customer's story: contacts, notes, packages, files."""

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerTrait, Interaction, Treatment
from customers.money_fields import MoneyField
from customers.queries.traits import CHOICES

LONGEST_NOTE = 5_000
MOST_SESSIONS = 200
OLDEST_DAYS = 3_650
LOGGED = (
    Interaction.Kind.CALL,
    Interaction.Kind.MESSAGE,
    Interaction.Kind.CONVERSATION,
    Interaction.Kind.COMPLAINT,
)


class KeyedForm(forms.Form):
    """Carries a key, so that sending it twice writes once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class InteractionForm(KeyedForm):
    kind = forms.ChoiceField(
        label=_("Kind of contact"), choices=[(kind.value, kind.label) for kind in LOGGED]
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=Interaction.Channel.choices)
    direction = forms.ChoiceField(label=_("Who began"), choices=Interaction.Direction.choices)
    occurred_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    summary = forms.CharField(
        label=_("What was said"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, zone: Any, now: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = zone, now
        self.initial.setdefault("occurred_at", now.astimezone(zone).replace(tzinfo=None))

    def clean_occurred_at(self):
        """The typed time is the clinic's own clock."""
        at = self.cleaned_data["occurred_at"].replace(tzinfo=self.zone)
        if at > self.now + timedelta(minutes=5):
            raise forms.ValidationError(_("This lies in the future."))
        if at < self.now - timedelta(days=OLDEST_DAYS):
            raise forms.ValidationError(_("This is more than ten years ago."))
        return at


class NoteTextForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 5})
    )


class PackageForm(KeyedForm):
    treatment = forms.ModelChoiceField(label=_("Treatment of the package"), queryset=None)
    n_sessions = forms.IntegerField(
        label=_("Sessions bought"), min_value=1, max_value=MOST_SESSIONS
    )
    n_used = forms.IntegerField(
        label=_("of these already had"), min_value=0, max_value=MOST_SESSIONS, initial=0
    )
    price = MoneyField(label=_("Price"))
    sold_on = forms.DateField(
        label=_("Sold on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_until_on = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty if it never ends."),
    )

    def __init__(self, *args: Any, currency: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("sold_on", today)
        self.fields["treatment"].queryset = Treatment.objects.filter(is_active=True)
        self.fields["price"].use_currency(currency)

    def clean_sold_on(self) -> date:
        sold_on = self.cleaned_data["sold_on"]
        if sold_on > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        if sold_on < self.today - timedelta(days=OLDEST_DAYS):
            raise forms.ValidationError(_("This is more than ten years ago."))
        return sold_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        bought, used = cleaned.get("n_sessions"), cleaned.get("n_used")
        if bought is not None and used is not None and used > bought:
            self.add_error("n_used", _("Not more sessions used than bought."))
        sold_on, until = cleaned.get("sold_on"), cleaned.get("valid_until_on")
        if sold_on and until and until < sold_on:
            self.add_error("valid_until_on", _("It would end before it was sold."))
        return cleaned


class SessionForm(KeyedForm):
    """One session taken by hand, today."""


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("Picture or PDF"),
        help_text=_("JPEG, PNG, WebP or PDF, at most 20 MB. Pictures lose place and camera data."),
        widget=forms.ClearableFileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}
        ),
    )
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    is_medical = forms.BooleanField(
        label=_("Medical"),
        required=False,
        help_text=_("Seen only by those who may see health data."),
    )

    def __init__(self, *args: Any, may_be_medical: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_be_medical:
            del self.fields["is_medical"]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())


class TraitForm(forms.Form):
    """What the staff say of one aspect; "" leaves it to the purchases again."""

    aspect = forms.ChoiceField(choices=CustomerTrait.Aspect.choices, widget=forms.HiddenInput)
    value = forms.ChoiceField(label=_("Known to be"), required=False)

    def __init__(self, *args: Any, aspect: str, **kwargs: Any) -> None:
        super().__init__(*args, initial={"aspect": aspect}, **kwargs)
        self.fields["value"].choices = [
            ("", _("What the purchases tell")), *CHOICES[aspect].choices
        ]  # fmt: skip
