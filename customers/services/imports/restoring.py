"""Rows that stood here before an import are put back as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.apps import apps
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from customers.models import (
    Appointment,
    Consent,
    ContactPoint,
    Customer,
    Identity,
    ImportedChange,
    ImportFile,
    Sale,
)
from customers.services import search_tokens
from customers.services.before_images import DERIVED, told
from customers.services.intake import appointments, sales
from customers.services.raw_rows import put_back, raw_rows, write_columns
from customers.services.timeline import take_back_events
from tenancy.models import TenantModel

AT_ONCE = 1_000
CHANGED_SINCE = {
    "customers.Customer": _("Edits of customers"),
    "customers.Consent": _("Consents given or withdrawn"),
    "customers.Sale": _("Sales that were changed"),
    "customers.SaleLine": _("Sales that were changed"),
    "customers.Appointment": _("Appointments that were changed"),
    "customers.Treatment": _("Treatments that were changed"),
}
OF_CUSTOMERS = _("Edits of customers")
FOUND_BY = (Customer, ContactPoint, Identity)  # changes of these make search tokens stale


def newer_changes(file: ImportFile) -> Iterator[tuple[Any, int]]:
    """(what, how many) of rows that are not any more as the import left them."""
    last = file.changes.order_by().values("table", "row_id").annotate(last=Max("pk"))
    changed = ImportedChange.objects.filter(pk__in=last.values("last")).order_by("pk")
    counts: dict[Any, int] = {}
    for some in _batches(changed.iterator(chunk_size=AT_ONCE)):
        for change, row in zip(some, _as_they_stand(some), strict=True):
            if told(row) != told(change.after):
                label = CHANGED_SINCE.get(change.table, OF_CUSTOMERS)
                counts[label] = counts.get(label, 0) + 1
    yield from counts.items()


def _as_they_stand(some: Sequence[ImportedChange]) -> list[dict[str, Any] | None]:
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for table in {change.table for change in some}:
        ids = [change.row_id for change in some if change.table == table]
        found |= {(table, row["id"]): row for row in raw_rows(_model(table), ids)}
    return [found.get((change.table, change.row_id)) for change in some]


def put_changes_back(file: ImportFile, at: datetime) -> int:
    """Every row as it was before the import, the last change first; how many rows."""
    touched = _Touched(file, at)
    changes = file.changes.order_by("-pk")
    for change in changes.iterator(chunk_size=AT_ONCE):
        touched.put_back(change)
    touched.follow_up()
    return file.changes.order_by().values("table", "row_id").distinct().count()


class _Touched:
    """What follows from rows that are put back: visits, events, search tokens."""

    def __init__(self, file: ImportFile, at: datetime) -> None:
        self._at = at
        self._sales = sales.as_they_stand(_ids(file, Sale))
        self._appointments = appointments.as_they_stand(_ids(file, Appointment))
        self._found_otherwise: set[int] = set()
        self._consents_gone: list[int] = []
        self._consents_open: list[int] = []
        # There is only one primary contact point of a kind, also while they are put back.
        ContactPoint.objects.filter(pk__in=_ids(file, ContactPoint)).update(is_primary=False)

    def put_back(self, change: ImportedChange) -> None:
        model = _model(change.table)
        if model in FOUND_BY and change.customer_id:
            self._found_otherwise.add(change.customer_id)
        if model is Consent:
            came = self._consents_gone if change.before is None else self._consents_open
            came.append(change.row_id)
        if change.before is None:
            model._base_manager.filter(pk=change.row_id).delete()
        elif change.after is None:
            put_back(model, [change.before])
        else:
            self._write(model, change)

    def _write(self, model: type[TenantModel], change: ImportedChange) -> None:
        before, after = change.before, change.after
        assert before is not None and after is not None  # of a row that stood and stands
        said = {
            name: before[name]
            for name in before
            if name not in DERIVED
            and (before[name] != after[name] or (model is ContactPoint and name == "is_primary"))
        }
        if "updated_at" in before:
            said["updated_at"] = self._at.isoformat()
        if said:
            write_columns(model, change.row_id, said)

    def follow_up(self) -> None:
        sales.follow_up(before=self._sales, at=self._at)
        appointments.follow_up(before=self._appointments, at=self._at)
        standing = Customer.objects.filter(pk__in=self._found_otherwise)
        search_tokens.rebuild(list(standing.values_list("pk", flat=True)))
        keys = [f"consent:{pk}" for pk in self._consents_gone]
        take_back_events(keys, kinds=["consent.given", "consent.withdrawn"])
        reopened = [f"consent:{pk}" for pk in self._consents_open]
        take_back_events(reopened, kinds=["consent.withdrawn"])


def _ids(file: ImportFile, model: type[TenantModel]) -> list[int]:
    rows = file.changes.filter(table=model._meta.label).order_by()
    return list(rows.values_list("row_id", flat=True).distinct())


def _model(table: str) -> type[TenantModel]:
    return apps.get_model(table)  # type: ignore[return-value]


def _batches(rows: Iterator[ImportedChange]) -> Iterator[list[ImportedChange]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some
