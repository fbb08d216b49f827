"""The clinic's own fields of a customer as attributes of a segment."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q

from customers.models import Customer, CustomField
from customers.queries.custom_fields import active_fields
from segmentation.attributes import Attribute, Kind, condition_of, register_provider
from tenancy.scope import open_clinic_id

APP = "segmentation"
KINDS = {
    CustomField.Kind.TEXT: Kind.TEXT,
    CustomField.Kind.NUMBER: Kind.NUMBER,
    CustomField.Kind.DATE: Kind.DATE,
    CustomField.Kind.CHOICE: Kind.CHOICE,
    CustomField.Kind.YES_NO: Kind.FLAG,
}


def own_attributes() -> Iterable[Attribute]:
    """One attribute a field in use, named `custom.<key>`; none where no clinic is known."""
    if open_clinic_id() is None:
        return []
    return [_attribute(field) for field in active_fields()]


def _attribute(field: CustomField) -> Attribute:
    kind = KINDS[CustomField.Kind(field.kind)]
    plain = Attribute(
        key=f"custom.{field.key}",
        label=field.label,
        kind=kind,
        app=APP,
        field=f"custom__{field.key}",
        within=_among_customers,
        choices=(lambda: [(text, text) for text in field.choices]) if field.choices else None,
    )
    if kind == Kind.DATE:
        return replace(plain, build=lambda *said: _on_days(plain, *said))
    if kind == Kind.FLAG:
        return replace(plain, build=lambda _operator, is_so, _on: _flag(plain, is_so))
    return plain


def _among_customers(q: Q) -> Q:
    """An IN of its own, so that «is not» also finds those who have no value at all."""
    return Q(pk__in=Customer.objects.filter(q).values("pk"))


def _on_days(plain: Attribute, operator: str, value: Any, on: date) -> Q:
    """Days stand in JSON as ISO texts, which sort as the days do."""
    if operator == "is_unknown":
        return ~_among_customers(Q(**{f"{plain.field}__isnull": False}))
    asked = condition_of(replace(plain, within=None), operator, value, on)
    return _among_customers(_as_texts(asked))


def _as_texts(q: Q) -> Q:
    children = [
        _as_texts(child)
        if isinstance(child, Q)
        else (child[0], child[1].isoformat() if isinstance(child[1], date) else child[1])
        for child in q.children
    ]
    return Q(*children, _connector=q.connector, _negated=q.negated)


def _flag(plain: Attribute, is_so: bool) -> Q:
    """«no» is whoever is not known to be «yes»."""
    found = _among_customers(Q(**{plain.field: True}))
    return found if is_so else ~found


def register_own_fields() -> None:
    register_provider(own_attributes)
