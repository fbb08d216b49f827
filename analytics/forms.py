"""Forms of analytics."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ClinicHoldoutForm(forms.Form):
    percent = forms.IntegerField(
        label=_("Share held out, in percent"), min_value=1, max_value=30, initial=10,
        help_text=_("Of all customers, drawn by lot; small clinics need 10 or more."),
    )  # fmt: skip
    days = forms.IntegerField(
        label=_("For how many days"), min_value=28, max_value=366, initial=91,
        help_text=_("A quarter is a good start."),
    )  # fmt: skip
