"""What may be typed about a customer's health, and why somebody opens it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import HealthAccess
from customers.services.health import LONGEST_TEXT

SKIN_TYPES = [
    _("I: always burns, never tans"),
    _("II: burns easily, tans a little"),
    _("III: burns sometimes, tans evenly"),
    _("IV: burns rarely, tans well"),
    _("V: hardly ever burns"),
    _("VI: never burns"),
    _("dry"),
    _("oily"),
    _("combination"),
    _("sensitive"),
]


class HealthForm(forms.Form):
    skin_type = forms.CharField(
        label=_("Skin type"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "skin-types", "autocomplete": "off"}),
    )
    allergies = forms.CharField(
        label=_("Allergies"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody at the desk is warned that there is one, without this text."),
    )
    contraindications = forms.CharField(
        label=_("Contraindications"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Pregnancy, medicines, implants… The desk is warned here too."),
    )
    medical_notes = forms.CharField(
        label=_("Medical notes"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen_at = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you open it?"),
        choices=[choice for choice in HealthAccess.Reason.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("In a few words"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
