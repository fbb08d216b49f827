from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.exceptions import LadderRefused
from loyalty.models import ProfileField, Programme, Tier
from loyalty.services.ladder_checks import MOST_RUNGS
from loyalty.services.posting import MOST_POINTS
from loyalty.services.programme import LONGEST_DAYS, MOST_RATE, Rung, Terms

EMPTY_RUNGS = 2  # rows to fill in beneath the present ladder
LONGEST_KEY = 64


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A browser's date field reads ISO only, whatever the reader's language."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class RedeemForm(forms.Form):
    points = forms.IntegerField(label=_("Points to redeem"), min_value=1, max_value=MOST_POINTS)
    reason = forms.CharField(
        label=_("For what"),
        max_length=200,
        required=False,
        help_text=_("Stands in the statement, such as «Repair mask»."),
    )


class AdjustForm(forms.Form):
    points = forms.IntegerField(
        label=_("Points to give or take"),
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        help_text=_("Above zero gives, below zero takes."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The customer may ask; be plain.")
    )


class ConfirmForm(forms.Form):
    """The second click: carries the key under which the movement happens once."""

    key = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)


class ProgrammeForm(forms.Form):
    """Money is asked for in major units of the clinic's currency and kept in minor ones."""

    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=120)
    points_per_unit = forms.DecimalField(
        label=_("Points for each unit of currency"),
        min_value=0,
        max_value=MOST_RATE,
        max_digits=8,
        decimal_places=3,
    )
    point_value = forms.DecimalField(label=_("One point is worth"), min_value=0, max_digits=12)
    points_expire_after_days = forms.IntegerField(
        label=_("Points expire after (days)"),
        min_value=1,
        max_value=LONGEST_DAYS,
        required=False,
        help_text=_("Empty: never."),
    )
    breakage_percent = forms.DecimalField(
        label=_("Share of points never redeemed (%)"),
        min_value=0,
        max_value=100,
        max_digits=4,
        decimal_places=1,
        initial=0,
        help_text=_("Your estimate; it lowers the liability."),
    )
    tier_window_days = forms.IntegerField(
        label=_("Tiers look at the last (days)"), min_value=1, max_value=LONGEST_DAYS
    )
    member_fields = forms.MultipleChoiceField(
        label=_("Members may fill in themselves"),
        choices=ProfileField.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "On their own page, and only what is still missing. A phone or e-mail counts once they"
            " have entered the code that was sent to it."
        ),
    )
    starts_on = day_field(
        _("Starts on"),
        help_text=_("Sales from this day on earn points. It cannot be changed later."),
    )

    def __init__(self, *args: Any, currency: str, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.minor_units = 10 ** get_currency_precision(currency)
        places = get_currency_precision(currency) + 3
        self.fields["point_value"] = forms.DecimalField(
            label=_("One point is worth (%(currency)s)") % {"currency": currency},
            min_value=0,
            max_digits=12,
            decimal_places=places,
        )
        if not is_new:
            del self.fields["starts_on"]

    def terms(self) -> Terms:
        """What was asked for, in the units of the service."""
        asked = self.cleaned_data
        return Terms(
            name=asked["name"],
            points_per_unit=asked["points_per_unit"],
            point_value_minor=asked["point_value"] * self.minor_units,
            points_expire_after_days=asked["points_expire_after_days"],
            tier_window_days=asked["tier_window_days"],
            breakage_rate=asked["breakage_percent"] / 100,
            member_fields=tuple(asked.get("member_fields", ())),
        )


class RungForm(forms.Form):
    tier_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Tier"), max_length=80, required=False)
    min_spend = forms.DecimalField(
        label=_("From a spend of"), max_digits=16, required=False, min_value=0
    )
    benefits = forms.CharField(label=_("Benefits"), max_length=1000, required=False)
    has_priority_booking = forms.BooleanField(label=_("Priority booking"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.minor_units = 10 ** get_currency_precision(currency)

    def clean_min_spend(self) -> Decimal | None:
        amount = self.cleaned_data["min_spend"]
        if amount is not None and amount * self.minor_units % 1:
            raise forms.ValidationError(_("This amount has more decimals than the currency."))
        return amount

    @property
    def is_blank(self) -> bool:
        asked = self.cleaned_data
        return not asked.get("name") and asked.get("min_spend") is None

    def rung(self) -> Rung:
        asked = self.cleaned_data
        if asked.get("min_spend") is None:
            self.add_error("min_spend", _("Say from which spend this tier is reached."))
        return Rung(
            name=asked.get("name", ""),
            min_spend_minor=int((asked.get("min_spend") or 0) * self.minor_units),
            benefits=asked.get("benefits", ""),
            has_priority_booking=asked.get("has_priority_booking", False),
            tier_id=asked.get("tier_id"),
        )


class BaseLadderForm(forms.BaseFormSet):
    """Rows of the ladder from the lowest up; an emptied row is a tier taken away."""

    def filled(self) -> list[RungForm]:
        return [form for form in self.forms if not form.is_blank]

    def rungs(self) -> list[Rung]:
        return [form.rung() for form in self.filled()]

    def is_complete(self) -> bool:
        """Are there amounts for all names? Call after `rungs`."""
        return not any(form.errors for form in self.forms)

    def show(self, refusal: LadderRefused) -> None:
        """Put a refusal of the service at its row."""
        rows = self.filled() or self.forms
        row = rows[min(refusal.rung, len(rows) - 1)]
        row.add_error("name" if refusal.field == "name" else "min_spend", refusal.message)


LadderForm = forms.formset_factory(
    RungForm, formset=BaseLadderForm, extra=0, max_num=MOST_RUNGS, absolute_max=MOST_RUNGS + 4
)


def programme_initial(programme: Programme, rate: Decimal, currency: str) -> dict[str, Any]:
    """What the form shows of a programme; rate: points a major unit today."""
    minor_units = 10 ** get_currency_precision(currency)
    return {
        "name": programme.name,
        "points_per_unit": plain(rate),
        "point_value": plain(programme.point_value_minor / minor_units),
        "points_expire_after_days": programme.points_expire_after_days,
        "breakage_percent": plain(programme.breakage_rate * 100),
        "tier_window_days": programme.tier_window_days,
        "member_fields": programme.member_fields,
    }


def ladder_initial(tiers: Sequence[Tier], currency: str) -> list[dict[str, Any]]:
    """The present ladder and a few empty rows beneath it."""
    minor_units = 10 ** get_currency_precision(currency)
    rows: list[dict[str, Any]] = [
        {
            "tier_id": tier.pk,
            "name": tier.name,
            "min_spend": plain(Decimal(tier.min_spend_minor) / minor_units),
            "benefits": tier.benefits,
            "has_priority_booking": tier.has_priority_booking,
        }
        for tier in tiers
    ]
    n_empty = min(EMPTY_RUNGS, MOST_RUNGS - len(rows))
    empty: list[dict[str, Any]] = [{} for _row in range(n_empty)]
    if not rows:
        empty[0]["min_spend"] = "0"  # everybody is on the first
    return rows + empty


def plain(number: Decimal) -> str:
    """A number without needless zeros: 1.500 → 1.5, 100.000 → 100."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
