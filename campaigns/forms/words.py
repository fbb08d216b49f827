"""Subject and text of a message, or what to say on the phone, as plan and steps have them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.services.templates import MAX_BODY, MAX_SUBJECT


class WordsForm(forms.Form):
    """Only the fields that the channel has."""

    subject = forms.CharField(label=_("Subject"), max_length=MAX_SUBJECT)
    body = forms.CharField(
        label=_("Message"), max_length=MAX_BODY, widget=forms.Textarea(attrs={"rows": 12})
    )

    script = forms.CharField(
        label=_("What to say"),
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Stands beside the call. Merge fields may be used."),
    )

    def __init__(self, *args: Any, channel: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {"email": {"subject", "body"}, "phone": {"script"}}.get(channel, {"body"})
        for name in set(self.fields) - own:
            del self.fields[name]
