"""The clinic's own fields: defined, changed and put aside by the owner."""

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from customers.models import Customer, CustomField
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn

MOST_FIELDS = 50
MOST_CHOICES = 100
LONGEST_CHOICE = 100
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class FieldRefused(DomainError):
    """field: the input that is wrong."""

    code = "field_refused"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_field(
    *,
    field: CustomField | None,
    label: str,
    kind: str,
    by: Membership,
    key: str = "",
    choices: Sequence[str] = (),
    is_active: bool = True,
) -> CustomField:
    """Define a field, or change one; `key` is kept for ever, "" makes one of the label.

    Raises FieldRefused: a key taken or malformed, a choice without choices, a kind that changes
    under values that are there already.
    """
    wait_for_turn("custom fields")
    made = field or CustomField(key=_new_key(key, label), position=_last_position() + 1)
    if field is not None and kind != field.kind and _has_values(field):
        message = _(
            "Customers have values of the old type. Put this field aside and make a new one."
        )
        raise FieldRefused(message, field="kind")
    made.label, made.kind, made.is_active = label, kind, is_active
    made.choices = _choices(choices) if kind == CustomField.Kind.CHOICE else []
    made.save()
    record(action="custom_field.saved", by=by, subject=made, detail={"key": made.key})
    return made


@transaction.atomic
def move_field(*, field: CustomField, up: bool) -> None:
    """Change places with the neighbour; nothing at an end."""
    wait_for_turn("custom fields")
    fields = list(CustomField.objects.all())
    at = next(i for i, one in enumerate(fields) if one.pk == field.pk)
    to = at - 1 if up else at + 1
    if 0 <= to < len(fields):
        fields[at], fields[to] = fields[to], fields[at]
    for position, one in enumerate(fields, start=1):
        CustomField.objects.filter(pk=one.pk).exclude(position=position).update(position=position)


def _new_key(key: str, label: str) -> str:
    taken = set(CustomField.objects.values_list("key", flat=True))
    if len(taken) >= MOST_FIELDS:
        raise FieldRefused(_("%(n)s fields are enough.") % {"n": MOST_FIELDS}, field="label")
    if not key:
        return _free(_key_of(label), taken)
    if not KEY.fullmatch(key):
        message = _("A key is made of a–z, 0–9 and _, and begins with a letter.")
        raise FieldRefused(message, field="key")
    if key in taken:
        raise FieldRefused(_("Another field has this key."), field="key")
    return key


def _key_of(label: str) -> str:
    """«鞋码 EU» → xie_ma_eu"""
    words = re.findall(r"[a-z0-9]+", " ".join(lazy_pinyin(label)).lower(), re.ASCII)
    key = "_".join(words)[:36].strip("_")
    return key if KEY.fullmatch(key) else f"field_{key}"[:36].strip("_")


def _free(key: str, taken: set[str]) -> str:
    if key not in taken:
        return key
    return next(name for n in range(2, 1000) if (name := f"{key}_{n}") not in taken)


def _choices(texts: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
    if not cleaned:
        raise FieldRefused(_("Give at least one choice, one a line."), field="choices")
    if len(cleaned) > MOST_CHOICES or max(map(len, cleaned)) > LONGEST_CHOICE:
        message = _("At most %(n)s choices of %(m)s characters.")
        raise FieldRefused(message % {"n": MOST_CHOICES, "m": LONGEST_CHOICE}, field="choices")
    return cleaned


def _last_position() -> int:
    return max(CustomField.objects.values_list("position", flat=True), default=0)


def _has_values(field: CustomField) -> bool:
    return Customer.objects.filter(custom__has_key=field.key).exists()
