from decimal import Decimal

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.services.draft import MAX_HOLDOUT_PERCENT, MAX_WINDOW_DAYS, Plan
from campaigns.services.templates import MAX_BODY, MAX_SUBJECT
from segmentation.models import Segment
from tenancy.models import Clinic


class PlanForm(forms.Form):
    """The plan of a campaign; `plan()` is what the service takes."""

    name = forms.CharField(label=_("Name of the campaign"), max_length=120)
    segment = forms.ModelChoiceField(
        label=_("Segment"), queryset=None, empty_label=_("Choose a segment")
    )
    subject = forms.CharField(label=_("Subject"), max_length=MAX_SUBJECT)
    body = forms.CharField(
        label=_("Message"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"rows": 12})
    )
    holdout_percent = forms.IntegerField(
        label=_("Held back, percent"),
        min_value=0,
        max_value=MAX_HOLDOUT_PERCENT,
        help_text=_("They get no message. Only beside them can you see what the campaign brought."),
    )
    no_holdout_reason = forms.CharField(
        label=_("Why nobody is held back"),
        max_length=300,
        required=False,
        help_text=_("Needed only when nobody is held back; kept with the result."),
    )
    outcome_window_days = forms.IntegerField(
        label=_("Outcome window, days"),
        min_value=1,
        max_value=MAX_WINDOW_DAYS,
        help_text=_("Who buys within these days after the launch has come back."),
    )
    message_cost = forms.DecimalField(
        label=_("Cost of a message"), min_value=0, max_value=1_000_000, required=False
    )
    respects_quiet_hours = forms.BooleanField(
        label=_("Send nothing in the quiet hours of the clinic"), required=False
    )

    def __init__(self, *args, clinic: Clinic, campaign: Campaign | None = None, **kwargs) -> None:
        digits = get_currency_precision(clinic.currency)
        kwargs.setdefault("initial", _initial(clinic, campaign, digits))
        super().__init__(*args, **kwargs)
        self.digits = digits
        self.fields["segment"].queryset = Segment.objects.all()
        self.fields["message_cost"].decimal_places = digits
        self.fields["message_cost"].widget.attrs["step"] = str(Decimal(1).scaleb(-digits))

    def plan(self) -> Plan:
        """Of a valid form."""
        data = dict(self.cleaned_data)
        cost = data.pop("message_cost") or Decimal(0)
        return Plan(message_cost_minor=int(cost.scaleb(self.digits)), **data)


def _initial(clinic: Clinic, campaign: Campaign | None, digits: int) -> dict:
    if campaign is None:
        return {
            "holdout_percent": clinic.holdout_percent,
            "outcome_window_days": clinic.outcome_window_days,
            "respects_quiet_hours": True,
        }
    return {
        "name": campaign.name,
        "segment": campaign.segment_id,
        "subject": campaign.subject,
        "body": campaign.body,
        "holdout_percent": round(campaign.holdout_rate * 100),
        "no_holdout_reason": campaign.no_holdout_reason,
        "outcome_window_days": campaign.outcome_window_days,
        "message_cost": Decimal(campaign.message_cost_minor).scaleb(-digits) or None,
        "respects_quiet_hours": campaign.respects_quiet_hours,
    }
