"""What may be typed about a customer."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Consent, Customer
from tenancy.models import Branch, Membership


class CustomerForm(forms.ModelForm):
    # Declared, not taken from the model: a queryset may only be made inside a clinic's scope.
    home_branch = forms.ModelChoiceField(label=_("Branch"), queryset=None, required=False)
    consultant = forms.ModelChoiceField(label=_("Consultant"), queryset=None, required=False)

    class Meta:
        model = Customer
        fields = (
            "name",
            "gender",
            "birth_on",
            "city",
            "occupation",
            "acquisition_source",
            "notes",
        )
        labels = {
            "name": _("Name"),
            "gender": _("Gender"),
            "birth_on": _("Date of birth"),
            "city": _("City"),
            "occupation": _("Occupation"),
            "acquisition_source": _("Source"),
            "notes": _("Notes"),
        }
        help_texts = {"notes": _("What everybody at the desk should know.")}
        widgets = {
            "birth_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args, branches: list[Branch], is_branch_bound: bool, today, **kwargs):
        """branches: those this reader may choose. A bound reader cannot move a customer away."""
        super().__init__(*args, **kwargs)
        self.today = today
        ids = {branch.pk for branch in branches} | {self.instance.home_branch_id}
        self.initial["home_branch"] = self.instance.home_branch_id
        self.initial["consultant"] = self.instance.consultant_id
        self.fields["home_branch"].queryset = Branch.objects.filter(pk__in=ids - {None})
        self.fields["home_branch"].required = is_branch_bound
        members = Membership.objects.filter(
            Q(is_active=True) | Q(pk=self.instance.consultant_id)  # who left stays until replaced
        )
        self.fields["consultant"].queryset = members.select_related("user")
        self.fields["notes"].widget.attrs["maxlength"] = 10_000

    def clean_birth_on(self):
        born = self.cleaned_data["birth_on"]
        if born and not 1900 <= born.year <= self.today.year:
            raise forms.ValidationError(_("Give a year from 1900 to today."))
        if born and born > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        return born

    def clean_died_on(self):
        died = self.cleaned_data["died_on"]
        if died and died > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        born = self.cleaned_data.get("birth_on") or self.instance.birth_on
        if died and born and died < born:
            raise forms.ValidationError(_("Nobody dies before they are born. Correct one day."))
        return died

    def clean_notes(self) -> str:
        notes = self.cleaned_data["notes"]
        if len(notes) > 10_000:
            raise forms.ValidationError(_("At most 10,000 characters."))
        return notes


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Write a note…")}),
    )


class TagForm(forms.Form):
    name = forms.CharField(label=_("Tag"), max_length=60)


class ConsentForm(forms.Form):
    purpose = forms.ChoiceField(choices=Consent.Purpose)
    channel = forms.ChoiceField(choices=Consent.Channel)
    answer = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))])
