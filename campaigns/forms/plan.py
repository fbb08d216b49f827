"""The plan of a campaign on one page."""

from decimal import Decimal

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.schedule import ScheduleFields, initial_schedule
from campaigns.models import Campaign
from campaigns.services.draft import MAX_HOLDOUT_PERCENT, MAX_WINDOW_DAYS, Plan
from campaigns.services.templates import MAX_BODY, MAX_SUBJECT
from segmentation.models import CustomerList, Segment
from tenancy.models import Clinic

MAX_MONEY = 100_000_000  # in whole units of the currency
AMOUNTS = ("message_cost", "offer_cost", "budget")


class PlanForm(ScheduleFields):
    """The plan of a campaign; `plan()` is what the service takes."""

    name = forms.CharField(label=_("Name of the campaign"), max_length=120)
    goal = forms.ChoiceField(label=_("Goal"), choices=Campaign.Goal.choices, required=False)
    purpose = forms.ChoiceField(
        label=_("Kind of message"),
        choices=Campaign.Purpose.choices,
        required=False,
        help_text=_(
            "Marketing needs a yes to marketing. Service tells of what they booked or had."
        ),
    )
    segment = forms.ModelChoiceField(
        label=_("Segment"), queryset=None, empty_label=_("Choose a segment"), required=False
    )
    also_in = forms.ModelMultipleChoiceField(
        label=_("Also in"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    kept_out = forms.ModelMultipleChoiceField(
        label=_("But not in"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    customer_list = forms.ModelChoiceField(
        label=_("Or a list"), queryset=None, required=False, empty_label=_("No list")
    )
    subject = forms.CharField(label=_("Subject"), max_length=MAX_SUBJECT)
    body = forms.CharField(
        label=_("Message"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"rows": 12})
    )
    offer = forms.CharField(
        label=_("Offer"),
        max_length=300,
        required=False,
        help_text=_("In a few words, for the plan and the result."),
    )
    offer_cost = forms.DecimalField(
        label=_("Cost of the offer, a head who takes it"), min_value=0, required=False
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
    budget = forms.DecimalField(
        label=_("Budget"),
        min_value=0,
        max_value=MAX_MONEY,
        required=False,
        help_text=_("Nothing more is sent once it is used up. Empty: no limit."),
    )
    budget_hours = forms.DecimalField(
        label=_("Hours for calls"), min_value=0, max_value=1_000, decimal_places=1, required=False
    )
    minutes_a_call = forms.IntegerField(
        label=_("Minutes a call"), min_value=1, max_value=120, required=False
    )
    leaves_on_return = forms.BooleanField(
        label=_("Who comes back gets nothing more of it"), required=False
    )
    respects_quiet_hours = forms.BooleanField(
        label=_("Send nothing in the quiet hours of the clinic"), required=False
    )

    def __init__(self, *args, clinic: Clinic, campaign: Campaign | None = None, **kwargs) -> None:
        digits = get_currency_precision(clinic.currency)
        kwargs.setdefault("initial", _initial(clinic, campaign, digits))
        super().__init__(*args, **kwargs)
        self.clinic, self.digits = clinic, digits
        for name in ("segment", "also_in", "kept_out"):
            self.fields[name].queryset = Segment.objects.all()
        self.fields["customer_list"].queryset = CustomerList.objects.all()
        self.offer_choices()
        for name in AMOUNTS:
            self.fields[name].decimal_places = digits
            self.fields[name].widget.attrs["step"] = str(Decimal(1).scaleb(-digits))

    def plan(self) -> Plan:
        """Of a valid form."""
        data = self.cleaned_data
        hours = data["budget_hours"]
        return Plan(
            name=data["name"],
            segment=data["segment"],
            subject=data["subject"],
            body=data["body"],
            holdout_percent=data["holdout_percent"],
            no_holdout_reason=data["no_holdout_reason"],
            outcome_window_days=data["outcome_window_days"],
            respects_quiet_hours=data["respects_quiet_hours"],
            goal=data["goal"] or Campaign.Goal.COME_BACK,
            purpose=data["purpose"] or Campaign.Purpose.MARKETING,
            customer_list=data["customer_list"],
            also_in=list(data["also_in"]),
            kept_out=list(data["kept_out"]),
            offer=data["offer"],
            message_cost_minor=self._minor("message_cost") or 0,
            offer_cost_minor=self._minor("offer_cost") or 0,
            budget_minor=self._minor("budget"),
            budget_minutes=None if hours is None else int(hours * 60),
            minutes_a_call=data["minutes_a_call"] or 5,
            leaves_on_return=data["leaves_on_return"],
            **self.schedule_of_plan(),
        )

    def _minor(self, name: str) -> int | None:
        amount = self.cleaned_data[name]
        return None if amount is None else int(amount.scaleb(self.digits))


def _initial(clinic: Clinic, campaign: Campaign | None, digits: int) -> dict:
    if campaign is None:
        return {
            "holdout_percent": clinic.holdout_percent,
            "outcome_window_days": clinic.outcome_window_days,
            "respects_quiet_hours": True,
            "leaves_on_return": True,
            "minutes_a_call": 5,
        }
    parts = list(campaign.audience_parts.all())

    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(minor).scaleb(-digits)

    return {
        "name": campaign.name,
        "goal": campaign.goal,
        "purpose": campaign.purpose,
        "segment": campaign.segment_id,
        "also_in": [part.segment_id for part in parts if not part.is_excluded],
        "kept_out": [part.segment_id for part in parts if part.is_excluded],
        "customer_list": campaign.customer_list_id,
        "subject": campaign.subject,
        "body": campaign.body,
        "offer": campaign.offer,
        "offer_cost": amount(campaign.offer_cost_minor or None),
        "holdout_percent": round(campaign.holdout_rate * 100),
        "no_holdout_reason": campaign.no_holdout_reason,
        "outcome_window_days": campaign.outcome_window_days,
        "message_cost": amount(campaign.message_cost_minor or None),
        "budget": amount(campaign.budget_minor),
        "budget_hours": campaign.budget_minutes and Decimal(campaign.budget_minutes) / 60,
        "minutes_a_call": campaign.minutes_a_call,
        "leaves_on_return": campaign.leaves_on_return,
        "respects_quiet_hours": campaign.respects_quiet_hours,
        **initial_schedule(campaign, clinic),
    }
