"""Every table of the clinic, by the word that its model says (`tenancy.erasure`)."""

import json
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import quote, quote_plus

from django.db import connection, models
from django.db.models import Q

from tenancy.erasure import Erasure
from tenancy.models import TenantModel
from tenancy.scope import current_clinic_id
from tenancy.walls import tenant_models

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


def erasure_of(model: type[TenantModel]) -> Erasure | None:
    """What the model says of itself; None where it says nothing."""
    return getattr(model, "erasure", None)


def texts_of(model: type[TenantModel]) -> list[str]:
    """Columns in which a person could stand: free text, JSON, bytes."""
    return [
        field.name
        for field in model._meta.local_fields
        if isinstance(field, TEXTS) and not field.choices and not field.is_relation
    ]


def clear_tables(ids: tuple[int, ...], texts: list[str], telling: list[str]) -> None:
    """ids: of the customer and those merged into it. texts: what tells who they are.

    telling: of these what is nobody else's and no word of the clinic's own.
    """
    for model, said in _models("blank"):
        _rows(model, said, ids).update(**said.blank)
    for model, said in _models("mentions"):
        quotes = {name: blank for name, blank in said.blank.items() if name not in said.ours}
        _forget(model, quotes, texts)
        _forget(model, {name: said.blank[name] for name in said.ours}, telling)
    # Triggers write a trail of what goes; the second round takes that, too.
    for _round in range(2):
        for model, said in _models("delete"):
            _rows(model, said, ids).delete()


def _models(action: str) -> Iterator[tuple[type[TenantModel], Erasure]]:
    for model in tenant_models():
        said = erasure_of(model)
        if said is not None and said.action == action:
            yield model, said


def _rows(model: type[TenantModel], said: Erasure, ids: tuple[int, ...]) -> models.QuerySet:
    """Rows of the person, past any manager that hides some."""
    return model._base_manager.filter(reduce(or_, (Q(**{f"{path}__in": ids}) for path in said.by)))


def _forget(model: type[TenantModel], blank: Mapping[str, Any], texts: list[str]) -> None:
    """Blank the columns of every row in which one of the texts stands, whoever's row it is."""
    if not texts or not blank:
        return
    as_name = connection.ops.quote_name
    fields = {field.name: field for field in model._meta.local_concrete_fields}
    conditions, parameters = [], []
    for name in blank:
        field = fields[name]
        assert field.column is not None  # only a field without a column has none
        column = as_name(field.column)
        needles: list[Any] = _needles(texts, in_bytes=isinstance(field, models.BinaryField))
        if isinstance(field, models.BinaryField):
            conditions += [f"position(%s::bytea in {column}) > 0"] * len(needles)
        else:
            conditions += [f"position(%s in {column}::text) > 0"] * len(needles)
        parameters += needles
    table = as_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE clinic_id = %s AND ({' OR '.join(conditions)})",  # noqa: S608 - our own names
            [current_clinic_id(), *parameters],
        )
        found = [pk for (pk,) in cursor.fetchall()]
    model._base_manager.filter(pk__in=found).update(**blank)


def _needles(texts: list[str], *, in_bytes: bool) -> list[Any]:
    """Each text as it is, as JSON may write it, with \\u escapes, and as an address does."""
    written = {
        form
        for text in texts
        for form in (text, json.dumps(text)[1:-1], quote(text), quote_plus(text))
    }
    return sorted(form.encode() if in_bytes else form for form in written)
