"""One step of a journey, and one variant of what it says."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.journeys import MAX_WAIT_DAYS, Stop
from campaigns.models import Step, Variant
from campaigns.services.steps import StepPlan, VariantWords
from campaigns.services.templates import MAX_BODY, MAX_SUBJECT
from campaigns.step_words import stop_words

LANGUAGES = (("", _("All other languages")), ("en", "English"), ("zh-hans", "简体中文"))


class StepForm(forms.Form):
    """Of one kind: fields that another kind needs are not there."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Step.Channel.choices)
    wait_days = forms.IntegerField(label=_("Days"), min_value=1, max_value=MAX_WAIT_DAYS)
    condition = forms.ChoiceField(
        label=_("Since the last message, they"), choices=Step.Condition.choices
    )
    script = forms.CharField(
        label=_("What to say"),
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Stands beside the call. Merge fields may be used."),
    )
    next_if_yes = forms.TypedChoiceField(
        label=_("Then go on with"), coerce=int, empty_value=None, required=False
    )
    next_if_no = forms.TypedChoiceField(
        label=_("Otherwise go on with"), coerce=int, empty_value=None, required=False
    )
    NEEDED = {
        "message": {"channel", "next_if_yes"},
        "wait": {"wait_days", "next_if_yes"},
        "branch": {"condition", "next_if_yes", "next_if_no"},
        "phone": {"script", "next_if_yes"},
    }

    def __init__(self, *args, kind: str, stops: Sequence[Stop], step: Step | None = None, **kwargs):
        if step is not None:
            kwargs.setdefault("initial", {name: getattr(step, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in set(self.fields) - self.NEEDED[kind]:
            del self.fields[name]
        own = step.number if step else None
        others = [(stop.number, stop_words(stop)) for stop in stops if stop.number != own]
        choices = [("", _("the next step")), *others, (0, _("the end"))]
        for name in ("next_if_yes", "next_if_no"):
            if name in self.fields:
                self.fields[name].choices = choices

    def plan(self) -> StepPlan:
        """Of a valid form."""
        return StepPlan(kind=self.kind, **self.cleaned_data)


class VariantForm(forms.Form):
    """What a message step says, to a share of the customers, in one language."""

    name = forms.CharField(label=_("Variant"), max_length=20, initial="A")
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    share = forms.IntegerField(
        label=_("Share, percent"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("The other variants share the rest, in the proportion they have."),
    )
    subject = forms.CharField(label=_("Subject"), max_length=MAX_SUBJECT, required=False)
    body = forms.CharField(
        label=_("Message"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"rows": 10})
    )

    def __init__(self, *args, variant: Variant | None = None, channel: str = "email", **kwargs):
        if variant is not None:
            kwargs.setdefault(
                "initial", {name: getattr(variant, name) for name in self.base_fields}
            )
        super().__init__(*args, **kwargs)
        if channel != "email":
            del self.fields["subject"]

    def words(self) -> VariantWords:
        """Of a valid form."""
        data = self.cleaned_data
        return VariantWords(
            name=data["name"].strip() or "A",
            language=data["language"],
            share=100 if data["share"] is None else data["share"],
            subject=data.get("subject", "").strip(),
            body=data["body"].strip(),
        )
