"""Tries every tenant model from inside another clinic's scope; returns the leaks it finds."""

from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection, models, transaction

from tenancy.exceptions import ClinicScopeConflict
from tenancy.scope import clinic_scope
from tenancy.walls import tenant_models, tenant_references
from tests.walls.rows import FOREIGN_ID


def leaks_in_models(two) -> list[str]:
    """One line a leak: which model, and what another clinic could do with it."""
    found = []
    for model in tenant_models():
        for what, leaks in _ATTEMPTS.items():
            if leaks(model, two):
                found.append(f"{model._meta.label}: {what}")
        found += _crossing_references(model, two)
    return found


def _is_read(model: type[models.Model], two) -> bool:
    with clinic_scope(two.home.pk):
        ids = set(model.objects.values_list("pk", flat=True))
        return FOREIGN_ID in ids or model.objects.filter(pk=FOREIGN_ID).exists()


def _is_read_by_reference(model: type[models.Model], two) -> bool:
    """A joined row must not bring a foreign one along."""
    with clinic_scope(two.home.pk):
        for field in tenant_references(model):
            rows = model.objects.filter(**{f"{field.name}__pk": FOREIGN_ID})
            if rows.exists():
                return True
    return False


def _is_changed(model: type[models.Model], two) -> bool:
    return _refused(lambda: model.objects.filter(pk=FOREIGN_ID).update(clinic=two.foreign), two)


def _is_deleted(model: type[models.Model], two) -> bool:
    return _refused(lambda: model.objects.filter(pk=FOREIGN_ID)._raw_delete("default"), two)


def _is_written_into(model: type[models.Model], two) -> bool:
    """A new row of the foreign clinic, made from the home clinic's scope."""
    foreign = two.foreign_rows[model._meta.label_lower]
    values = {
        field.attname: getattr(foreign, field.attname)
        for field in model._meta.local_fields
        if not field.primary_key
    }
    return _refused(lambda: len(model.objects.bulk_create([model(**values, pk=77)])), two)


def _refused(attempt: Callable[[], int], two) -> bool:
    """True when the attempt touched a row; everything is rolled back."""
    try:
        with clinic_scope(two.home.pk):
            n_rows = attempt()
            _settle()
            transaction.set_rollback(True)
    except (DatabaseError, ClinicScopeConflict):
        return False
    return bool(n_rows)


def _settle() -> None:
    """Check deferred keys now, as the commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _crossing_references(model: type[models.Model], two) -> Iterator[str]:
    mine = two.home_rows[model._meta.label_lower]
    for field in tenant_references(model):
        crossed = _refused(
            lambda field=field: model.objects.filter(pk=mine.pk).update(
                **{field.attname: FOREIGN_ID}
            ),
            two,
        )
        if crossed and "UPDATE" in model.wall_privileges:
            yield f"{model._meta.label}.{field.name}: points at another clinic's row"


_ATTEMPTS: dict[str, Callable] = {
    "is read": _is_read,
    "is read through a reference": _is_read_by_reference,
    "is changed": _is_changed,
    "is deleted": _is_deleted,
    "is written into": _is_written_into,
}
