"""What owners may change about their clinic, its people and its keys."""

import re
from urllib.parse import urlsplit

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenancy.models import Branch, Clinic
from tenancy.roles import API_SCOPES, Role

BOOKING_FIELDS = {"{id}", "{name}", "{phone}"}


class ClinicForm(forms.ModelForm):
    class Meta:
        model = Clinic
        fields = (
            "name",
            "timezone",
            "language",
            "sender_name",
            "sender_email",
            "postal_address",
            "booking_url",
            "rfm_window_days",
            "churn_horizon_days",
            "outcome_window_days",
            "holdout_percent",
            "quiet_from_hour",
            "quiet_until_hour",
            "max_messages_30_days",
            "campaign_approval_above",
        )
        labels = {
            "name": pgettext_lazy("of a thing", "Name"),
            "timezone": _("Time zone"),
            "language": _("Language of messages"),
            "sender_name": _("Sender's name"),
            "sender_email": _("Sender's e-mail address"),
            "postal_address": _("Postal address"),
            "booking_url": _("Address of the booking page"),
            "rfm_window_days": _("RFM window, days"),
            "churn_horizon_days": _("Churn horizon, days"),
            "outcome_window_days": _("Outcome window, days"),
            "holdout_percent": _("Holdout, %"),
            "quiet_from_hour": _("Quiet from, hour"),
            "quiet_until_hour": _("Quiet until, hour"),
            "max_messages_30_days": _("Messages a customer in 30 days, at most"),
            "campaign_approval_above": _("A second person approves above, customers"),
        }
        help_texts = {
            "timezone": _("Decides what a day is, and when it is night for scoring."),
            "postal_address": _("Printed at the foot of every e-mail; the law asks for it."),
            "booking_url": _(
                "Opened from a profile. {id}, {name} and {phone} become the customer's; that site "
                "then learns them."
            ),
            "rfm_window_days": _("How far back purchases count; empty means for ever."),
            "churn_horizon_days": _("Churn is: no purchase day within this many days."),
            "outcome_window_days": _("A recalled customer has this long to come back."),
            "holdout_percent": _("Share kept back in a new campaign, to measure against."),
            "campaign_approval_above": _(
                "A campaign to more customers waits until somebody else agrees; empty means never."
            ),
        }

    def clean_booking_url(self) -> str:
        text = self.cleaned_data["booking_url"].strip()
        if not text:
            return ""
        unknown = set(re.findall(r"{[^}]*}?|}", text)) - BOOKING_FIELDS
        if unknown:
            raise forms.ValidationError(
                _("%(what)s is unknown. Use {id}, {name} or {phone}."),
                params={"what": sorted(unknown)[0][:40]},
            )
        plain = re.sub(r"{[a-z]+}", "x", text)
        try:
            URLValidator(schemes=["https"])(plain)
        except forms.ValidationError:
            raise forms.ValidationError(_("Give an address that begins with https://.")) from None
        if not text.partition("://")[2].partition("/")[0].isascii() or "{" in urlsplit(text).netloc:
            raise forms.ValidationError(_("The name of the site cannot change with the customer."))
        return text


class MemberForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    branch = forms.ModelChoiceField(
        label=_("Branch"),
        queryset=None,
        required=False,
        empty_label=_("All branches"),
        help_text=_("Sees only this branch's customers."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.filter(is_active=True)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_active = forms.BooleanField(label=_("May sign in"), required=False)


class BranchForm(forms.ModelForm):
    class Meta:
        model = Branch
        fields = ("code", "name", "is_active")
        labels = {
            "code": pgettext_lazy("of a branch", "Code"),
            "name": pgettext_lazy("of a thing", "Name"),
            "is_active": _("Open"),
        }

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Branch.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another branch has this code."))
        return code


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"),
        max_length=80,
        help_text=_("Which system will use it, e.g. «booking»."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, label) for scope, label in API_SCOPES.items()],
        initial=list(API_SCOPES),
        widget=forms.CheckboxSelectMultiple,
    )
