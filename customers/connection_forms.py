"""What may be typed about a source or a subscription."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Subscription
from customers.services.inbound.fields import FIELDS, IGNORE, KINDS, Field
from customers.services.inbound.mapping import AMOUNTS, Mapping
from customers.services.inbound.paths import is_path
from customers.services.outgoing.kinds import OUTGOING

MAX_SAMPLE = 100_000
_WORDY = {"acquisition_source", "branch", "home_branch", "treatment", "consultant"}
_TIMES = [
    ("iso", _("As 2026-05-03T16:30:00+08:00 or the like")),
    ("seconds", _("Unix seconds")),
    ("milliseconds", _("Unix milliseconds")),
    ("pattern", _("In another way, written below")),
]
_AMOUNTS = [("minor", _("In the smallest coin: 128000 is ¥1,280")), ("major", _("As 1280.00"))]


class SourceForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"),
        max_length=60,
        help_text=_("The source of every id it sends. It cannot be changed later."),
    )
    names = forms.ChoiceField(
        label=_("How its events are written"),
        widget=forms.RadioSelect,
        choices=[
            ("ours", _("With our field names: it was written for us")),
            ("theirs", _("With names of its own: we say next where each value stands")),
        ],
    )


class ConfirmForm(forms.Form):
    """A deed that another system must be told of."""

    is_sure = forms.BooleanField(
        label=_("I shall enter the new secret in the other system within 24 hours.")
    )


class SubscriptionForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a thing", "Name"), max_length=60)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("A public https address. Redirects are not followed."),
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(kind, told.label) for kind, told in OUTGOING.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, subscription: Subscription, data: Any = None) -> "SubscriptionForm":
        initial = {name: getattr(subscription, name) for name in ("name", "url", "kinds")}
        return cls(data, initial=initial)


class PathField(forms.CharField):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not is_path(text):
            raise forms.ValidationError(_("Write names joined by dots, such as data.customer.id."))
        return text


class WordsField(forms.CharField):
    """Lines «theirs = ours»; a dict in the order written."""

    widget = forms.Textarea

    def __init__(self, allowed: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(required=False, max_length=10_000, **kwargs)
        self.allowed = allowed

    def clean(self, value: Any) -> dict[str, str]:
        pairs = {}
        for line in super().clean(value).splitlines():
            theirs, equals, ours = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not equals or not theirs:
                message = _now("Write «their word = ours», one a line, not «%(line)s».")
                raise forms.ValidationError(message % {"line": line[:60]})
            if self.allowed and ours not in self.allowed:
                message = _now("«%(ours)s» is unknown here. Use one of: %(allowed)s.")
                allowed = ", ".join(self.allowed)
                raise forms.ValidationError(message % {"ours": ours[:40], "allowed": allowed})
            pairs[theirs] = ours
        return pairs


class MappingForm(forms.Form):
    """A source's mapping as a page: one place a field, and their words where we have our own."""

    kind_at = PathField(
        label=_("Where the event says what it is of"),
        required=False,
        help_text=_("Empty when every event is of the one kind that «*» names below."),
    )
    kinds = WordsField(
        (*KINDS, IGNORE),
        label=_("Their word = ours"),
        help_text=_(
            "One a line, the first that fits counts: booking.* = appointment. Ours are customer, "
            "appointment, sale, and ignore for what we do not want."
        ),
    )
    version_at = PathField(
        label=_("Where the number or time stands that tells old from new"),
        required=False,
        help_text=_("Of two events of one object the larger wins. Empty: the one that came later."),
    )
    items_at = PathField(
        label=_("Where the list stands, if one event holds several objects"),
        required=False,
        help_text=_(
            "Places below are then looked up in each object; ^. begins at the whole event."
        ),
    )
    times = forms.ChoiceField(label=_("How times are written"), choices=_TIMES)
    pattern = forms.CharField(
        label=_("Their way"),
        required=False,
        max_length=40,
        help_text=_("Such as %d/%m/%Y %H:%M, on the clinic's clock."),
    )
    amounts = forms.ChoiceField(label=_("How amounts are written"), choices=_AMOUNTS)
    sample = forms.CharField(
        label=_("An event to try it with"),
        required=False,
        max_length=MAX_SAMPLE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, mapping: Mapping, sample: str = "") -> None:
        super().__init__(data, initial=_initial(mapping) | {"sample": sample})
        self.fields["kinds"].widget.attrs["rows"] = 4
        for kind, fields in FIELDS.items():
            for field in fields:
                self._add(kind, field, mapping)

    def _add(self, kind: str, field: Field, mapping: Mapping) -> None:
        path = PathField(label=field.label, required=False)
        path.initial = mapping.fields.get(kind, {}).get(field.name, "")
        path.widget.attrs |= {"spellcheck": "false", "autocapitalize": "none"}
        self.fields[f"{kind}__{field.name}"] = path
        if field.shape == "word" or field.name in _WORDY:
            words = mapping.words.get(kind, {}).get(field.name, {})
            made = WordsField(tuple(word for word in field.words if word), label=field.label)
            made.initial = _as_lines(words)
            made.widget.attrs["rows"] = max(1, min(len(words), 8))
            self.fields[f"words__{kind}__{field.name}"] = made

    def sections(self) -> list[tuple[str, Any, list[tuple[Any, Any, Field]], bool]]:
        """(kind, its label, rows, whether anything is read or wrong in it).

        A row: the place, their words or None, the field.
        """
        return [
            (
                kind,
                label,
                rows := [self._row(kind, field) for field in FIELDS[kind]],
                _is_used(rows),
            )
            for kind, label in KINDS.items()
        ]

    def _row(self, kind: str, field: Field) -> tuple[Any, Any, Field]:
        words = f"words__{kind}__{field.name}"
        return self[f"{kind}__{field.name}"], self[words] if words in self.fields else None, field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("times") == "pattern" and not (cleaned.get("pattern") or "").strip():
            self.add_error("pattern", _("Write the pattern, such as %d/%m/%Y %H:%M."))
        if not cleaned.get("kinds") and "kinds" not in self.errors:
            self.add_error("kinds", _("Say at least one kind, such as * = customer."))
        return cleaned

    def as_mapping(self) -> Mapping:
        said = self.cleaned_data
        assert said["amounts"] in AMOUNTS
        return Mapping(
            items_at=said["items_at"],
            kind_at=said["kind_at"],
            kinds=tuple(said["kinds"].items()),
            version_at=said["version_at"],
            times=said["pattern"].strip() if said["times"] == "pattern" else said["times"],
            amounts=said["amounts"],
            fields={
                kind: {f.name: path for f in fields if (path := said[f"{kind}__{f.name}"])}
                for kind, fields in FIELDS.items()
            },
            words={
                kind: {
                    f.name: words for f in fields if (words := said.get(f"words__{kind}__{f.name}"))
                }
                for kind, fields in FIELDS.items()
            },
        )


def _is_used(rows: list[tuple[Any, Any, Field]]) -> bool:
    return any(
        place.value() or place.errors or (words and words.errors) for place, words, _f in rows
    )


def _initial(mapping: Mapping) -> dict[str, Any]:
    named = {value for value, _label in _TIMES}
    return {
        "kind_at": mapping.kind_at,
        "kinds": _as_lines(dict(mapping.kinds)),
        "version_at": mapping.version_at,
        "items_at": mapping.items_at,
        "times": mapping.times if mapping.times in named else "pattern",
        "pattern": "" if mapping.times in named else mapping.times,
        "amounts": mapping.amounts,
    }


def _as_lines(words: dict[str, str]) -> str:
    return "\n".join(f"{theirs} = {ours}" for theirs, ours in words.items())
