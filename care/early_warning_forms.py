from datetime import date, timedelta

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from care.early_warning import NOBODY, REASONS, STAGES, Wanted
from care.services.segment_calls import MOST_CALLS
from customers.filters import branch_choices
from tenancy.models import Branch, Membership

LONGEST_WAIT = timedelta(days=730)
FIRST_CALLS = 50
FIRST_DAYS = 3  # the deadline that is offered


class RiskBand(TextChoices):
    HIGH = "high", _("High risk")
    MEDIUM = "medium", _("Medium risk")


class WantedForm(forms.Form):
    """What the list shows; every field may be empty."""

    risk = forms.ChoiceField(required=False, label=_("Risk"))
    stage = forms.ChoiceField(required=False, label=_("Stage"))
    branch = forms.ChoiceField(required=False, label=_("Branch"))
    owner = forms.ChoiceField(required=False, label=pgettext_lazy("call", "Owner"))
    reason = forms.ChoiceField(required=False, label=_("First reason"))

    def __init__(self, *args, members: list[Membership], branch: Branch | None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        owners = [(member.pk, str(member)) for member in members]
        self._offer("risk", _("Any risk"), RiskBand.choices)
        self._offer("stage", _("Any stage"), [(stage.value, stage.label) for stage in STAGES])
        self._offer("owner", _("Any owner"), [*owners, (NOBODY, _("Nobody"))])
        self._offer("reason", _("Any reason"), list(REASONS.items()))
        if branch is None:
            self._offer("branch", _("Any branch"), branch_choices())
        else:
            del self.fields["branch"]

    def _offer(self, name: str, empty: object, choices: list) -> None:
        field = self.fields[name]
        field.choices = [("", empty), *choices]
        field.widget.attrs |= {
            "class": "bg-card h-9 max-w-full rounded-md border px-2",
            "aria-label": field.label,
        }

    def wanted(self) -> Wanted:
        """What could be read; a field that could not is left out and told in `errors`."""
        self.is_valid()
        return Wanted(**{name: str(value) for name, value in self.cleaned_data.items() if value})


class GiveForm(forms.Form):
    """Calls to these customers, by whom and by when. Empty `to`: each one's own consultant."""

    to = forms.ModelChoiceField(
        queryset=None, required=False, label=_("Who calls"), empty_label=_("Their own consultant")
    )
    due_on = forms.DateField(
        label=_("Call by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, members: list[Membership], today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("due_on", today + timedelta(days=FIRST_DAYS))
        chosen = Membership.objects.filter(pk__in=[member.pk for member in members])
        self.fields["to"].queryset = chosen.select_related("user").order_by("pk")
        for name in ("to", "due_on"):
            self.fields[name].widget.attrs["class"] = (
                "bg-card h-9 max-w-full rounded-md border px-2"
            )

    def clean_due_on(self) -> date:
        due_on = self.cleaned_data["due_on"]
        if not self.today <= due_on <= self.today + LONGEST_WAIT:
            raise forms.ValidationError(_("Choose a day from today to two years on."))
        return due_on


class SegmentCallsForm(GiveForm):
    """Calls to the customers of a segment: also what about, and at most how many."""

    why = forms.CharField(
        label=_("What about"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    most = forms.IntegerField(
        label=_("At most so many calls"), min_value=1, max_value=MOST_CALLS, initial=FIRST_CALLS
    )
