"""The loud wall: managers that raise outside a clinic scope."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models

from tenancy.exceptions import ClinicScopeConflict
from tenancy.scope import current_clinic_id

_python_wall_is_off: ContextVar[bool] = ContextVar("python_wall_is_off", default=False)


@contextmanager
def python_wall_off_for_tests() -> Iterator[None]:
    """Take the Python wall away, to prove that row security holds alone. Tests only."""
    token = _python_wall_is_off.set(True)
    try:
        yield
    finally:
        _python_wall_is_off.reset(token)


def claim_for_current_clinic(instance: models.Model) -> None:
    """Give a new row the scope's clinic; refuse a row of another clinic."""
    clinic_id = current_clinic_id()
    if instance.clinic_id is None:
        instance.clinic_id = clinic_id
    elif instance.clinic_id != clinic_id and not _python_wall_is_off.get():
        raise ClinicScopeConflict(
            f"{type(instance).__name__} of clinic {instance.clinic_id} in scope of {clinic_id}."
        )


class ScopedQuerySet(models.QuerySet):
    def bulk_create(self, objs: Iterable[models.Model], *args, **kwargs):
        objs = list(objs)
        for obj in objs:
            claim_for_current_clinic(obj)
        return super().bulk_create(objs, *args, **kwargs)


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):
    """Rows of the clinic whose scope is open; raises NoClinicScope when none is."""

    def get_queryset(self) -> models.QuerySet:
        clinic_id = current_clinic_id()
        rows = super().get_queryset()
        return rows if _python_wall_is_off.get() else rows.filter(clinic_id=clinic_id)


class DoorManager(models.Manager):
    """Rows read before a clinic is known. Row security shows only what the door policy allows."""
