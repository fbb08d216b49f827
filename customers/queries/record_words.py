"""The fields of a record in words: their names, and their values as people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import ContactPoint, Customer, CustomerChange, CustomField
from customers.queries.changes import Origin, changes_of
from customers.queries.contacts import masked
from customers.queries.profile import Profile
from tenancy.models import Branch, Membership

Text = str | Promise

LABELS: dict[str, Text] = {
    "name": _("Name"),
    "gender": _("Gender"),
    "birth_on": _("Date of birth"),
    "died_on": _("Date of death"),
    "zone": _("Time zone"),
    "occupation": _("Occupation"),
    "education": _("Education"),
    "city": _("City"),
    "district": _("District"),
    "address": _("Address"),
    "language": _("Language"),
    "acquisition_source": _("Source"),
    "home_branch": _("Branch"),
    "consultant": _("Consultant"),
    "referrer": _("Brought by"),
    "notes": _("Notes"),
    "hobbies": _("Hobbies"),
    "known_since_on": _("Known since"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "identity": _("Identity"),
    "card": _("Card number"),
    "wechat": _("WeChat ID"),
    "tag": _("Tag"),
    "is_primary": _("main one"),
    "is_valid": _("works"),
    "label": _("kind"),
}
_REFERENCES = {"home_branch": Branch, "consultant": Membership, "referrer": Customer}
_YES_NO = {"true": _("Yes"), "false": _("No")}


@dataclass(frozen=True)
class ToldChange:
    """One change as the page shows it; values masked where the reader may not see contacts."""

    label: str
    item: str
    old: Text
    new: Text
    origin: Origin


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed: what stands now, who wrote it and when."""

    label: Text
    value: Text
    origin: Origin | None


class RecordWords:
    """Names of own fields and of whatever references point at, read once for a page."""

    def __init__(self, changes: Iterable[CustomerChange] = (), *, in_clear: bool = True) -> None:
        self._in_clear = in_clear
        self._own = {field.key: field for field in CustomField.objects.all()}
        ids: dict[str, set[int]] = {}
        for change in changes:
            if change.field in _REFERENCES:
                ids.setdefault(change.field, set()).update(
                    int(text) for text in (change.old, change.new) if text.isdigit()
                )
        self._names = {
            name: {row.pk: str(row) for row in _rows(_REFERENCES[name], pks)}
            for name, pks in ids.items()
        }

    def label(self, field: str) -> str:
        """«Phone: works», «Shoe size»; a field that is no more goes by its key."""
        if field.startswith("custom."):
            key = field.removeprefix("custom.")
            return self._own[key].label if key in self._own else key
        head, _dot, mark = field.partition(".")
        words = str(LABELS.get(head, head))
        if mark:
            words = gettext("%(what)s: %(mark)s") % {
                "what": words, "mark": LABELS.get(mark, mark),
            }  # fmt: skip
        return words

    def value(self, field: str, text: str) -> Text:
        """One side of a change, as people read it."""
        if not text:
            return ""
        if field in _REFERENCES:
            return self._names.get(field, {}).get(int(text), text) if text.isdigit() else text
        if field == "gender":
            return dict(Customer.Gender.choices).get(text, text)
        if field.endswith(".label"):
            return dict(ContactPoint.Label.choices).get(text, text)
        if field in {"phone", "email"} and not self._in_clear:
            return masked(field, text)
        is_yes_no = field.endswith((".is_valid", ".is_primary")) or field.startswith("custom.")
        return _YES_NO.get(text, text) if is_yes_no else text

    def told(self, change: CustomerChange) -> ToldChange:
        head = change.field.partition(".")[0]
        item = change.item
        if item and head in {"phone", "email"} and not self._in_clear:
            item = masked(head, item)
        return ToldChange(
            label=self.label(change.field),
            item=item,
            old=self.value(change.field, change.old),
            new=self.value(change.field, change.new),
            origin=origin_of(change),
        )


def origin_of(change: CustomerChange) -> Origin:
    return Origin(change.actor.partition(":")[0], change.actor_label, change.changed_at)


def conflicts_of(customer_id: int, now: Mapping[str, Any]) -> list[Conflict]:
    """What somebody else has written into these fields. now: field → value that stands."""
    words = RecordWords()
    latest: dict[str, CustomerChange] = {}
    for change in changes_of(customer_id).order_by("changed_at", "pk"):
        is_own = change.field.startswith("custom.")
        latest[change.field if is_own else change.field.partition(".")[0]] = change
    conflicts = []
    for field, value in now.items():
        change = latest.get("identity" if field in {"card", "wechat"} else field)
        origin = origin_of(change) if change else None
        conflicts.append(Conflict(words.label(field), _shown(words, field, value), origin))
    return conflicts


def _shown(words: RecordWords, field: str, value: Any) -> Text:
    if isinstance(value, list):
        return ", ".join(str(getattr(one, "value", one)) for one in value)
    if isinstance(value, bool):
        return _YES_NO["true" if value else "false"]
    return words.value(field, str(value)) if value is not None else ""


def _rows(model: type, pks: set[int]) -> Any:
    rows = model.objects.filter(pk__in=pks)
    return rows.select_related("user") if model is Membership else rows


@dataclass(frozen=True)
class ToldField:
    """One field of a record: what it holds, and where that comes from."""

    field: str
    label: Text
    value: Text
    origin: Origin


def fields_told(profile: Profile, words: RecordWords) -> list[ToldField]:
    """Every field that holds something, in the order of the form."""
    customer = profile.customer
    held: dict[str, Text] = {name: _held(customer, name) for name in _SHOWN}
    for kind in ("phone", "email"):
        held[kind] = ", ".join(c.shown for c in profile.contacts if c.kind == kind)
    held["tag"] = ", ".join(tag.name for tag in profile.tags)
    for key, value in customer.custom.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        held[f"custom.{key}"] = words.value(f"custom.{key}", text)
    return [
        ToldField(field, words.label(field), value, profile.origins[field])
        for field, value in held.items()
        if value
    ]


_SHOWN = ("name", "gender", "birth_on", "died_on", "occupation", "education", "city", "district",
          "address", "language", "zone", "acquisition_source", "home_branch", "consultant",
          "hobbies", "notes")  # fmt: skip


def _held(customer: Customer, name: str) -> Text:
    if name == "gender":
        return customer.get_gender_display()
    value = getattr(customer, name)
    return "" if value is None else str(value)
