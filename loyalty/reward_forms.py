"""Forms of rewards, offers and referrals. Money is asked for in major units."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Treatment
from loyalty.models import Offer, Programme, ReferralTerms, Tier
from loyalty.refusals import FieldRefused
from segmentation.models import Segment
from tenancy.models import Branch


class MoneyForm(forms.Form):
    """amounts: names of the fields asked in major units and kept as `<name>_minor`."""

    amounts: tuple[str, ...] = ()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = get_currency_precision(currency)
        for name in self.amounts:
            self.fields[name].label = f"{self.fields[name].label} ({currency})"

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for name in self.amounts:
            amount = said.get(name)
            if amount is not None and amount.scaleb(self.places) % 1:
                self.add_error(name, _("This amount has more decimals than the currency."))
        return said

    def terms(self) -> dict[str, Any]:
        """What was asked for, as columns."""
        said = dict(self.cleaned_data)
        for name in self.amounts:
            amount = said.pop(name)
            said[f"{name}_minor"] = None if amount is None else int(amount.scaleb(self.places))
        return said

    def show(self, refusal: FieldRefused) -> None:
        """Put a refusal of the service at its field."""
        name = refusal.field.removesuffix("_minor")
        name = {"off_rate": "off_percent"}.get(name, name)
        self.add_error(name if name in self.fields else None, refusal.message)

    def start_from(self, row: Any) -> None:
        """Show what a row says."""
        for name in self.fields:
            if name in self.amounts:
                minor = getattr(row, f"{name}_minor")
                self.initial[name] = None if minor is None else plain(minor, self.places)
            elif hasattr(row, name):
                self.initial[name] = getattr(row, name)


def plain(minor: int, places: int) -> str:
    """12300 → 123, 12350 → 123.50"""
    amount = Decimal(minor).scaleb(-places)
    return str(amount.to_integral_value() if amount == amount.to_integral_value() else amount)


def _amount(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=14, required=False, help_text=help_text)


def _day(label: Any, *, required: bool, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class RewardForm(MoneyForm):
    amounts = ("money", "cost")

    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=120)
    description = forms.CharField(label=_("In a few words"), max_length=300, required=False)
    points = forms.IntegerField(label=_("Points"))
    money = _amount(_("Money beside the points"))
    cost = _amount(_("What a piece costs you"), _("For the value returned; members never see it."))
    stock = forms.IntegerField(
        label=_("Pieces left"), required=False, help_text=_("Empty: without limit.")
    )
    starts_on = _day(_("First day"), required=True)
    ends_on = _day(_("Last day"), required=False)
    branch = forms.ModelChoiceField(
        None, label=_("Branch"), required=False, empty_label=_("All branches")
    )
    min_tier = forms.ModelChoiceField(
        None, label=_("From tier"), required=False, empty_label=_("Every member")
    )
    segment = forms.ModelChoiceField(
        None, label=_("Only for the segment"), required=False, empty_label=_("Everybody")
    )
    is_active = forms.BooleanField(label=_("In the catalogue"), required=False, initial=True)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.filter(is_active=True)
        self.fields["min_tier"].queryset = Tier.objects.on_ladder().filter(programme=programme)
        self.fields["segment"].queryset = Segment.objects.order_by("name")

    def terms(self) -> dict[str, Any]:
        said = super().terms()
        return said | {name: said[name] or 0 for name in ("money_minor", "cost_minor")}


class OfferForm(MoneyForm):
    amounts = ("amount", "most_off", "min_spend", "cost")

    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=120)
    kind = forms.ChoiceField(label=_("What it gives"), choices=Offer.Kind.choices)
    amount = _amount(_("Amount off"))
    off_percent = forms.DecimalField(
        label=_("Share off (%)"), max_digits=5, decimal_places=1, required=False
    )
    gift = forms.CharField(label=_("Gift"), max_length=120, required=False)
    min_spend = _amount(_("From a spend of"))
    is_per_step = forms.BooleanField(label=_("For every full amount again"), required=False)
    most_off = _amount(_("At most off"))
    treatment = forms.ModelChoiceField(
        None, label=_("Only for the treatment"), required=False, empty_label=_("Everything")
    )
    category = forms.CharField(label=_("Only for the category"), max_length=80, required=False)
    starts_on = _day(_("First day"), required=True)
    ends_on = _day(
        _("Last day"), required=False, help_text=_("It counts to the last second of this day.")
    )
    valid_days = forms.IntegerField(
        label=_("Days a coupon is good for"), min_value=1, max_value=3_650, required=False
    )
    branch = forms.ModelChoiceField(
        None, label=_("Branch"), required=False, empty_label=_("All branches")
    )
    segment = forms.ModelChoiceField(
        None, label=_("Only for the segment"), required=False, empty_label=_("Everybody")
    )
    code = forms.CharField(
        label=_("One word for everybody"),
        max_length=30,
        required=False,
        help_text=_("Such as SUMMER618. Empty: every coupon has a code of its own."),
    )
    max_uses = forms.IntegerField(label=_("Uses in all"), min_value=1, required=False)
    max_uses_per_person = forms.IntegerField(
        label=_("Uses a person"), min_value=1, required=False, initial=1
    )
    is_first_purchase_only = forms.BooleanField(
        label=_("Only for the first purchase"), required=False
    )
    stacking = forms.ChoiceField(label=_("Beside other coupons"), choices=Offer.Stacking.choices)
    refund_rule = forms.ChoiceField(
        label=_("When items are returned"), choices=Offer.RefundRule.choices
    )
    restores_on_full_refund = forms.BooleanField(
        label=_("A full refund gives the coupon back"), required=False, initial=True
    )
    cost = _amount(_("What one use costs you"), _("Beside the discount, as of a gift."))
    is_pick = forms.BooleanField(
        label=_("May be picked for a customer it suits"),
        required=False,
        help_text=_("By what is due, what they like, or their value; with the reason."),
    )
    occasion = forms.ChoiceField(
        label=_("Given by itself"),
        choices=[("", _("No, people give it")), *Offer.Occasion.choices],
        required=False,
        help_text=_("Once a person and occasion; it appears on the member page at once."),
    )
    occasion_tier = forms.ModelChoiceField(
        None, label=_("Of the tier"), required=False, empty_label=_("Every tier")
    )
    days_before = forms.IntegerField(
        label=_("Days before the birthday"), min_value=0, max_value=60, required=False
    )
    is_active = forms.BooleanField(label=_("Running"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.filter(is_active=True)
        self.fields["segment"].queryset = Segment.objects.order_by("name")
        tiers = Tier.objects.on_ladder().select_related("programme")
        self.fields["occasion_tier"].queryset = tiers.order_by("-programme__is_default", "rank")
        self.fields["treatment"].queryset = Treatment.objects.filter(is_active=True)

    def start_from(self, row: Offer) -> None:
        super().start_from(row)
        self.initial["off_percent"] = f"{row.off_rate * 100:g}" if row.off_rate else None

    def terms(self) -> dict[str, Any]:
        said = super().terms()
        said["off_rate"] = (said.pop("off_percent") or Decimal(0)) / 100
        zero = ("amount_minor", "min_spend_minor", "cost_minor")
        said["days_before"] = said["days_before"] or 0
        return said | {name: said[name] or 0 for name in zero}


class IssueForm(forms.Form):
    segment = forms.ModelChoiceField(
        None, label=_("To the segment"), empty_label=_("Choose a segment")
    )
    reason = forms.CharField(label=_("Said to the customer"), max_length=200, required=False)
    holdback_percent = forms.IntegerField(
        label=_("Hold back by lot (%)"),
        min_value=0,
        max_value=50,
        initial=10,
        help_text=_("Who gets nothing shows what would have happened anyway."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.order_by("name")


class PrintForm(forms.Form):
    n = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=10_000, initial=100)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class TermsForm(MoneyForm):
    amounts = ("min_paid",)

    is_active = forms.BooleanField(label=_("Reward friends' first visits"), required=False)
    points_referrer = forms.IntegerField(label=_("Points for who brings"), min_value=0)
    points_friend = forms.IntegerField(label=_("Points for the friend"), min_value=0)
    min_paid = _amount(_("First visit of at least"))

    def terms(self) -> dict[str, Any]:
        said = super().terms()
        return said | {"min_paid_minor": said["min_paid_minor"] or 0}


def terms_initial(form: TermsForm, terms: ReferralTerms | None) -> TermsForm:
    """Show what holds; before anything does, what is usual."""
    form.start_from(terms or ReferralTerms())
    return form
