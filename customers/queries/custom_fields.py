"""The clinic's own fields, for pages, the API, imports and segments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import CustomField
from customers.queries.changes import Origin, Origins
from customers.queries.gathering import gathered


@dataclass(frozen=True)
class OwnValue:
    """One own field of one customer, as the page shows it."""

    label: str
    value: str | date | Promise
    is_day: bool
    origin: Origin


def active_fields() -> list[CustomField]:
    """The fields in use, in their order; key, label, kind and choices are what others need."""
    return list(CustomField.objects.filter(is_active=True))


def gathered_fields() -> ArraySubquery:
    """Their keys, labels and kinds as an annotation, for `read_values`."""
    return gathered(
        CustomField.objects.filter(is_active=True).order_by("position", "pk"),
        key="key",
        label="label",
        kind="kind",
    )


def read_values(
    fields: Iterable[Mapping[str, Any]], values: Mapping[str, Any], origins: Origins
) -> list[OwnValue]:
    """What a customer has of the fields that `gathered_fields` brought."""
    return [
        OwnValue(
            label=field["label"],
            value=_shown(field["kind"], values[field["key"]]),
            is_day=field["kind"] == CustomField.Kind.DATE,
            origin=origins[f"custom.{field['key']}"],
        )
        for field in fields
        if field["key"] in values
    ]


def _shown(kind: str, value: Any) -> str | date | Promise:
    if kind == CustomField.Kind.YES_NO:
        return _("Yes") if value is True else _("No")
    if kind == CustomField.Kind.DATE:
        return date.fromisoformat(value)
    return str(value)
