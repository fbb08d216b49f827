from django import forms
from django.utils.translation import gettext_lazy as _

from care.models import Task

LATER = "later"


class AnswerForm(forms.Form):
    """How a call went, or that it should wait until tomorrow."""

    outcome = forms.ChoiceField(choices=[*Task.Outcome.choices, (LATER, _("Later"))])
    note = forms.CharField(max_length=500, required=False)
