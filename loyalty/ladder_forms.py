"""The forms of a ladder's draft: its window and its steps; and the day of its publication."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.forms import day_field, plain
from loyalty.services.ladder_checks import MOST_RUNGS
from loyalty.tiering import LadderRules, Need, Rung, Yearly

EMPTY_RUNGS = 2
MONTHS = range(1, 13)


class LadderForm(forms.Form):
    """How a ladder looks at history, and when tiers are lost."""

    name = forms.CharField(label=_("Name of the draft"), max_length=80)
    window = forms.ChoiceField(
        label=_("What counts"),
        choices=[("sliding", _("The last days")), ("yearly", _("A year with a fixed beginning"))],
    )
    window_days = forms.IntegerField(label=_("Number of days"), initial=365, required=False)
    year_month = forms.TypedChoiceField(
        label=_("The year begins in month"), choices=[(n, n) for n in MONTHS], coerce=int
    )
    year_day = forms.IntegerField(label=_("on day"), initial=1)
    grace_days = forms.IntegerField(
        label=_("Grace (days)"), initial=0,
        help_text=_("So long a tier stays after it is no longer kept."),
    )  # fmt: skip
    falls = forms.ChoiceField(
        label=_("Tiers are lost"),
        choices=[("daily", _("On any day")), ("yearly", _("Once a year, on a stated day"))],
    )
    falls_month = forms.TypedChoiceField(
        label=_("Lost in month"), choices=[(n, n) for n in MONTHS], coerce=int
    )
    falls_day = forms.IntegerField(label=_("on day"), initial=1)
    protected_until_on = day_field(
        _("Nobody falls before"), required=False,
        help_text=_("Who has a tier today keeps it at least so long."),
    )  # fmt: skip

    def rules(self, rungs: tuple[Rung, ...]) -> LadderRules:
        given = self.cleaned_data
        year = falls = None
        if given["window"] == "yearly":
            year = Yearly(given["year_month"], given["year_day"])
        if given["falls"] == "yearly":
            falls = Yearly(given["falls_month"], given["falls_day"])
        return LadderRules(
            rungs=rungs, window_days=given["window_days"] or 365, year=year, falls_on=falls,
            grace_days=given["grace_days"], protected_until_on=given["protected_until_on"],
        )  # fmt: skip


def ladder_form_initial(rules: LadderRules) -> dict[str, Any]:
    year, falls = rules.year or Yearly(), rules.falls_on or Yearly()
    return {
        "window": "yearly" if rules.year else "sliding", "window_days": rules.window_days,
        "year_month": year.month, "year_day": year.day, "grace_days": rules.grace_days,
        "falls": "yearly" if rules.falls_on else "daily",
        "falls_month": falls.month, "falls_day": falls.day,
        "protected_until_on": rules.protected_until_on,
    }  # fmt: skip


class StepForm(forms.Form):
    """One rung; amounts in major units. An emptied name takes the tier away."""

    tier = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Tier"), max_length=80, required=False)
    spend = forms.DecimalField(label=_("Spend"), max_digits=16, required=False)
    n_days = forms.IntegerField(label=_("Purchase days"), required=False)
    points = forms.IntegerField(label=_("Points earned"), required=False)
    n_kinds = forms.IntegerField(label=_("Kinds of treatment"), required=False)
    is_any = forms.BooleanField(label=_("One of these is enough"), required=False)
    keep_spend = forms.DecimalField(label=_("Kept with a spend of"), max_digits=16, required=False)
    keep_days = forms.IntegerField(label=_("or purchase days"), required=False)
    is_invited = forms.BooleanField(label=_("By invitation only"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = 10 ** get_currency_precision(currency)

    def _minor(self, name: str) -> int:
        amount = self.cleaned_data.get(name)
        if amount is not None and amount * self.units % 1:
            self.add_error(name, _("This amount has more decimals than the currency."))
        return int((amount or 0) * self.units)

    @property
    def is_blank(self) -> bool:
        given = self.cleaned_data
        return not given.get("name") and not given.get("spend")

    def rung(self) -> Rung:
        given = self.cleaned_data
        entry = Need(
            spend_minor=self._minor("spend"), n_days=given.get("n_days") or 0,
            points=given.get("points") or 0, n_kinds=given.get("n_kinds") or 0,
            is_any=bool(given.get("is_any")),
        )  # fmt: skip
        keep = None
        if given.get("keep_spend") is not None or given.get("keep_days") is not None:
            keep = Need(spend_minor=self._minor("keep_spend"), n_days=given.get("keep_days") or 0,
                        is_any=True)  # fmt: skip
        return Rung(given.get("tier") or 0, given.get("name", "").strip(), entry, keep,
                    bool(given.get("is_invited")))  # fmt: skip


class BaseSteps(forms.BaseFormSet):
    def filled(self) -> list[StepForm]:
        return [form for form in self.forms if not form.is_blank]

    def rungs(self) -> tuple[Rung, ...]:
        return tuple(form.rung() for form in self.filled())

    def has_errors(self) -> bool:
        """Call after `rungs`."""
        return any(form.errors for form in self.forms)


Steps = forms.formset_factory(
    StepForm, formset=BaseSteps, extra=0, max_num=MOST_RUNGS, absolute_max=MOST_RUNGS + 4
)


def steps_initial(rules: LadderRules, currency: str) -> list[dict[str, Any]]:
    units = 10 ** get_currency_precision(currency)

    def amount(minor: int) -> str | None:
        return plain(Decimal(minor) / units) if minor else None

    rows = [
        {
            "tier": rung.tier, "name": rung.name, "spend": amount(rung.entry.spend_minor),
            "n_days": rung.entry.n_days or None, "points": rung.entry.points or None,
            "n_kinds": rung.entry.n_kinds or None, "is_any": rung.entry.is_any,
            "keep_spend": amount(rung.keep.spend_minor) if rung.keep else None,
            "keep_days": rung.keep.n_days or None if rung.keep else None,
            "is_invited": rung.is_invited,
        }
        for rung in rules.rungs
    ]  # fmt: skip
    return rows + [{} for _n in range(min(EMPTY_RUNGS, MOST_RUNGS - len(rows)))]


class PublishForm(forms.Form):
    effective_on = day_field(_("In force from"))
