"""Forms of the designer: benefits, second programmes, joining, inviting, closing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Treatment
from loyalty.forms import day_field
from loyalty.models import Benefit, Programme, Tier
from loyalty.queries.programmes import open_on
from loyalty.services.benefits import AskedBenefit
from segmentation.models import Segment


class BenefitForm(forms.Form):
    kind = forms.ChoiceField(label=_("Benefit"), choices=Benefit.Kind.choices)
    tier = forms.ModelChoiceField(
        label=_("Tier"), queryset=None, required=False, empty_label=_("Every member")
    )
    segment = forms.ModelChoiceField(
        label=_("Only for the segment"), queryset=None, required=False,
        empty_label=_("Everybody of the tier"),
        help_text=_("Such as women from 30 on. Segments are made on their own page."),
    )  # fmt: skip
    name = forms.CharField(label=_("In words"), max_length=120, required=False)
    discount_percent = forms.DecimalField(
        label=_("Discount (%)"), required=False, max_digits=4, decimal_places=1
    )
    treatment = forms.ModelChoiceField(
        label=_("Free treatment"), queryset=None, required=False, empty_label=_("None")
    )
    times_a_year = forms.IntegerField(label=_("Times a year"), initial=1)
    cost = forms.DecimalField(
        label=_("Cost of one time"), required=False, max_digits=12,
        help_text=_("To the clinic; empty for a treatment: as its catalogue says."),
    )  # fmt: skip

    def __init__(self, *args: Any, programme: Programme, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = 10 ** get_currency_precision(currency)
        tiers = Tier.objects.on_ladder().filter(programme=programme)
        self.fields["tier"].queryset = tiers
        self.fields["segment"].queryset = Segment.objects.order_by("name")
        self.fields["treatment"].queryset = Treatment.objects.filter(is_active=True)

    def asked(self) -> AskedBenefit:
        given: Mapping[str, Any] = self.cleaned_data
        percent = given["discount_percent"]
        return AskedBenefit(
            kind=given["kind"], name=given["name"], tier=given["tier"], segment=given["segment"],
            discount_rate=percent / 100 if percent is not None else None,
            treatment=given["treatment"], times_a_year=given["times_a_year"],
            cost_minor=int((given["cost"] or 0) * self.units),
        )  # fmt: skip


class SegmentedForm(forms.Form):
    """For whom a second programme is."""

    segment = forms.ModelChoiceField(
        label=_("Who may join"), queryset=None, required=False, empty_label=_("Everybody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.order_by("name")


class EnrolForm(forms.Form):
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=None, empty_label=None)

    def __init__(self, *args: Any, customer: Customer, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        joined = customer.accounts.values("programme")
        still = Programme.objects.filter(open_on(on)).exclude(pk__in=joined)
        self.fields["programme"].queryset = still.order_by("-is_default", "name")
        if not still.exists() and not self.is_bound:
            del self.fields["programme"]


class RefusalForm(forms.Form):
    refusal = forms.CharField(label=_("Why not"), max_length=200)


class InviteForm(forms.Form):
    tier = forms.ModelChoiceField(label=_("Tier"), queryset=None, empty_label=None)
    until_on = day_field(_("Until"), required=False, help_text=_("Empty: until further notice."))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].queryset = Tier.objects.on_ladder().filter(programme=programme)


class CloseForm(forms.Form):
    closed_on = day_field(
        _("Closed from"), help_text=_("The first day on which nothing is earned any more.")
    )
