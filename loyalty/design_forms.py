"""Forms of the designer: earn rules, drafts of a ladder, benefits, programmes."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import get_day_names
from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer, Treatment
from loyalty.forms import plain
from loyalty.models import Benefit, EarnRule, Programme, Tier
from loyalty.services.benefits import AskedBenefit
from loyalty.services.ladder_checks import MOST_RUNGS
from loyalty.services.rules import Asked
from loyalty.tiering import LadderRules, Need, Rung, Yearly
from segmentation.models import Segment
from segmentation.words import reader_locale
from tenancy.models import Branch

Kind = EarnRule.Kind
EMPTY_RUNGS = 2
MONTHS = range(1, 13)
FIELDS_OF_KIND = {
    Kind.RATE: ("points_per_unit",),
    Kind.MULTIPLIER: ("multiplier",),
    Kind.FIXED: ("activity", "points", "most_times_a_year"),
    Kind.CAP: ("per", "points"),
}
CONDITIONS = ("categories", "treatments", "tiers", "branches", "weekdays")


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A browser's date field reads ISO only, whatever the reader's language."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class RuleForm(forms.Form):
    """Only the fields of one kind of rule are there."""

    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=120)
    points_per_unit = forms.DecimalField(
        label=_("Points for each unit of currency"), max_digits=8, decimal_places=3
    )
    multiplier = forms.DecimalField(
        label=_("Times the points"), max_digits=6, decimal_places=3,
        help_text=_("2 doubles them. Of several that fit the highest holds."),
    )  # fmt: skip
    activity = forms.ChoiceField(label=_("For what"), choices=EarnRule.Activity.choices)
    per = forms.ChoiceField(label=_("Limit"), choices=EarnRule.Per.choices)
    points = forms.IntegerField(label=_("Points"))
    most_times_a_year = forms.IntegerField(label=_("At most so often a year"), required=False)
    effective_on = day_field(_("From"))
    until_on = day_field(
        _("Until"), required=False, help_text=_("The last day, such as of a festival. Empty: open.")
    )
    categories = forms.MultipleChoiceField(
        label=_("Kinds of treatment"), required=False, widget=forms.CheckboxSelectMultiple
    )
    treatments = forms.ModelMultipleChoiceField(
        label=_("Treatments"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    tiers = forms.ModelMultipleChoiceField(
        label=_("Tiers"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    branches = forms.ModelMultipleChoiceField(
        label=_("Branches"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"), required=False, coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, kind: str, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for fields in FIELDS_OF_KIND.values():
            for name in fields:
                if name not in FIELDS_OF_KIND[Kind(kind)]:
                    self.fields.pop(name, None)
        if kind in (Kind.FIXED, Kind.CAP):
            for name in CONDITIONS:
                del self.fields[name]
            return
        self._offer(programme)

    def _offer(self, programme: Programme) -> None:
        found = Treatment.objects.exclude(category="").order_by("category")
        names = list(found.values_list("category", flat=True).distinct())
        self.fields["categories"].choices = [(name, name) for name in names]
        self.fields["treatments"].queryset = Treatment.objects.filter(is_active=True)
        tiers = Tier.objects.on_ladder().filter(programme=programme)
        self.fields["tiers"].queryset = tiers
        self.fields["branches"].queryset = Branch.objects.order_by("name")
        days = get_day_names("wide", locale=reader_locale())
        self.fields["weekdays"].choices = [(n + 1, days[n]) for n in range(7)]

    @property
    def own(self) -> list[forms.BoundField]:
        """Name, numbers and days."""
        return [self[name] for name in self.fields if name not in CONDITIONS]

    @property
    def asked_of_purchases(self) -> list[forms.BoundField]:
        """What there is nothing to choose from is not shown."""
        there = [name for name in CONDITIONS if name in self.fields]
        return [self[name] for name in there if list(self.fields[name].choices)]

    def asked(self) -> Asked:
        given = self.cleaned_data
        conditions: dict[str, Sequence[Any]] = {
            name: [getattr(one, "pk", one) for one in given.get(name) or ()] for name in CONDITIONS
        }
        return Asked(
            kind=self.kind, name=given["name"], effective_on=given["effective_on"],
            until_on=given["until_on"], points_per_unit=given.get("points_per_unit") or Decimal(0),
            multiplier=given.get("multiplier"), points=given.get("points"),
            activity=given.get("activity", ""), per=given.get("per", ""),
            most_times_a_year=given.get("most_times_a_year"), conditions=conditions,
        )  # fmt: skip


def rule_initial(rule: EarnRule, today: date) -> dict[str, Any]:
    """What the form shows of a rule that is to be replaced from today on."""
    return dict(rule.conditions) | {
        "name": rule.name, "points_per_unit": plain(rule.points_per_unit),
        "multiplier": plain(rule.multiplier) if rule.multiplier else None, "points": rule.points,
        "activity": rule.activity, "per": rule.per, "most_times_a_year": rule.most_times_a_year,
        "effective_on": max(today, rule.effective_on), "until_on": rule.until_on,
    }  # fmt: skip


class StopForm(forms.Form):
    on = day_field(_("From this day on no more"))


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

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        joined = customer.accounts.values("programme")
        still = Programme.objects.filter(closed_on__isnull=True).exclude(pk__in=joined)
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
