"""All components on one page, with plausible figures. Only served in the demo and in debug."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clinic_crm.templatetags.shell import STAGES, TONE_ICONS


class SampleForm(forms.Form):
    """One of each kind of field, one of them wrong."""

    name = forms.CharField(label=gettext_lazy("Campaign name"), max_length=60)
    holdout_percent = forms.IntegerField(
        label=gettext_lazy("Kept back, in percent"),
        min_value=0,
        max_value=90,
        help_text=gettext_lazy("These customers get nothing, so that you can see what it earned."),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[("email", gettext_lazy("E-mail")), ("phone", gettext_lazy("Phone call"))],
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_quiet = forms.BooleanField(label=gettext_lazy("Respect quiet hours"), required=False)


@dataclass(frozen=True)
class SampleCustomer:
    name: str
    stage: str
    branch: str
    last_visit_on: Any
    spend_minor: int
    churn_rate: float


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """The living list of `docs/components.md`."""
    form = SampleForm(data={"name": _("Autumn recall"), "holdout_percent": 95, "channel": "email"})
    context = {
        "form": form,
        "customers": _customers(),
        "page": Paginator(range(1284), 50).page(2),
        "stages": list(STAGES),
        "tones": list(TONE_ICONS),
        "charts": _charts(),
        "now": timezone.now(),
        "earlier": timezone.now() - timedelta(days=12, hours=3),
        "icons": ["sun", "users", "shapes", "send", "gem", "chart-line", "phone", "mail", "cake"],
    }
    return render(request, "styleguide.html", context)


def _customers() -> list[SampleCustomer]:
    today = timezone.localdate()
    rows = [
        ("王小明", "loyal", _("Jing'an"), 12, 1_284_000, 0.08),
        ("Anna Bergström", "active", _("Pudong"), 41, 432_050, 0.19),
        ("李雨桐", "dormant", _("Jing'an"), 163, 886_900, 0.58),
        ("欧阳静", "new", _("Pudong"), 6, 68_000, 0.31),
        ("Chen Rui", "churned", _("Jing'an"), 402, 210_500, 0.93),
    ]
    return [
        SampleCustomer(name, stage, branch, today - timedelta(days=days), spend, churn)
        for name, stage, branch, days, spend, churn in rows
    ]


def _charts() -> dict[str, dict[str, Any]]:
    months = [_("Apr"), _("May"), _("Jun"), _("Jul"), _("Aug"), _("Sep")]
    return {
        "stages": {
            "kind": "bar",
            "labels": [str(look.label) for look in STAGES.values()],
            "series": [{"name": _("Customers"), "values": [212, 148, 806, 311, 264, 402],
                        "tones": ["neutral", "neutral", "accent", "accent", "watch", "act"]}],
            "unit": "count",
            "horizontal": True,
        },
        "repurchase": {
            "kind": "line",
            "labels": months,
            "series": [{"name": _("Repurchase rate"),
                        "values": [0.281, 0.288, 0.3, 0.296, 0.318, 0.331],
                        "low": [0.262, 0.27, 0.282, 0.277, 0.3, 0.312],
                        "high": [0.3, 0.306, 0.318, 0.315, 0.336, 0.35]}],
            "unit": "percent",
            "target": 0.34,
            "target_label": _("Goal"),
        },
        "recall": {
            "kind": "dots",
            "labels": [_("Wrote to them"), _("Kept back")],
            "series": [{"name": _("Came back within 30 days"), "values": [0.142, 0.081],
                        "low": [0.121, 0.055], "high": [0.166, 0.117],
                        "tones": ["accent", "neutral"]}],
            "unit": "percent",
        },
        "revenue": {
            "kind": "stack",
            "labels": months,
            "series": [
                {"name": _("Injectables"), "values": [
                    21_400_000, 23_100_000, 22_600_000, 25_000_000, 26_900_000, 27_200_000]},
                {"name": _("Laser"), "values": [
                    14_200_000, 13_900_000, 15_100_000, 15_800_000, 15_200_000, 16_600_000]},
            ],
            "unit": "money",
            "currency": "CNY",
        },
        "rfm": {
            "kind": "heat",
            "labels": ["F1", "F2", "F3", "F4", "F5"],
            "rows": ["R5", "R4", "R3", "R2", "R1"],
            "values": [[31, 44, 58, 91, 140], [48, 52, 66, 70, 62], [77, 60, 51, 38, 21],
                       [102, 66, 30, 19, 9], [160, 71, 25, 8, 4]],
            "unit": "count",
        },
    }  # fmt: skip
