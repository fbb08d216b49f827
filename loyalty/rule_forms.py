"""The form of one earn rule, with only the fields of its kind."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import get_day_names
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Treatment
from loyalty.forms import day_field, plain
from loyalty.models import EarnRule, Programme, Tier
from loyalty.services.rules import Asked
from segmentation.words import reader_locale
from tenancy.models import Branch

Kind = EarnRule.Kind
FIELDS_OF_KIND = {
    Kind.RATE: ("points_per_unit",),
    Kind.MULTIPLIER: ("multiplier",),
    Kind.FIXED: ("activity", "points", "most_times_a_year"),
    Kind.CAP: ("per", "points"),
}
CONDITIONS = ("categories", "treatments", "tiers", "branches", "weekdays")


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
