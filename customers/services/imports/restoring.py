"""Rows that stood here before an import are put back as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, TypeVar

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

T = TypeVar("T")
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
    """Every row as it was before the import; how many rows.

    What came goes first, then what was changed is written back, then what went comes back: so no
    row stands in the way of another. Of each of these the tables that changed last come first.
    """
    touched = _Touched(file, at)
    n_rows = 0
    for step in (touched.take_away, touched.write_back, touched.bring_back):
        for table in _tables(file):
            for some in _batches(_rows(file, table)):
                n_rows += step(_model(table), some)
    touched.follow_up()
    return n_rows


@dataclass(frozen=True)
class _Row:
    """All that the import did to one row, the first change first."""

    changes: list[ImportedChange]

    @property
    def pk(self) -> int:
        return self.changes[0].row_id

    @property
    def before(self) -> dict[str, Any] | None:
        return self.changes[0].before

    @property
    def after(self) -> dict[str, Any] | None:
        return self.changes[-1].after

    def columns(self, *, always: frozenset[str]) -> dict[str, Any]:
        """What the import changed, as it was before."""
        said: dict[str, Any] = {}
        for change in reversed(self.changes):
            was, became = change.before or {}, change.after or {}
            said |= {
                name: was[name]
                for name in was
                if name not in DERIVED and (was[name] != became.get(name) or name in always)
            }
        return said


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
        ContactPoint.objects.filter(pk__among=_ids(file, ContactPoint)).update(is_primary=False)

    def take_away(self, model: type[TenantModel], rows: Sequence[_Row]) -> int:
        """What the import added. Notes of all rows what follows from them."""
        if model in FOUND_BY:
            customers = {change.customer_id for row in rows for change in row.changes}
            self._found_otherwise |= {pk for pk in customers if pk}
        added = [row.pk for row in rows if row.before is None]
        if model is Consent:
            self._consents_gone += added
            self._consents_open += [row.pk for row in rows if row.before is not None]
        if added:
            model._base_manager.filter(pk__in=added).delete()
        return len(rows)

    def write_back(self, model: type[TenantModel], rows: Sequence[_Row]) -> int:
        always = frozenset({"is_primary"} if model is ContactPoint else ())
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in rows:
            if row.before is None or row.after is None:
                continue
            said = row.columns(always=always)
            if "updated_at" in row.before:
                said["updated_at"] = self._at.isoformat()
            if said:
                by_columns.setdefault(tuple(sorted(said)), []).append({"id": row.pk, **said})
        for columns, values in by_columns.items():
            write_columns(model, columns, values)
        return 0

    def bring_back(self, model: type[TenantModel], rows: Sequence[_Row]) -> int:
        gone = [row.before for row in rows if row.before is not None and row.after is None]
        if gone:
            put_back(model, gone)
        return 0

    def follow_up(self) -> None:
        sales.follow_up(before=self._sales, at=self._at)
        appointments.follow_up(before=self._appointments, at=self._at)
        standing = Customer.objects.filter(pk__in=self._found_otherwise)
        search_tokens.rebuild(list(standing.values_list("pk", flat=True)))
        keys = [f"consent:{pk}" for pk in self._consents_gone]
        take_back_events(keys, kinds=["consent.given", "consent.withdrawn"])
        reopened = [f"consent:{pk}" for pk in self._consents_open]
        take_back_events(reopened, kinds=["consent.withdrawn"])


def _tables(file: ImportFile) -> list[str]:
    rows = file.changes.order_by().values("table").annotate(last=Max("pk")).order_by("-last")
    return list(rows.values_list("table", flat=True))


def _rows(file: ImportFile, table: str) -> Iterator[_Row]:
    changes = file.changes.filter(table=table).order_by("row_id", "pk")
    for _pk, same in groupby(changes.iterator(chunk_size=AT_ONCE), key=attrgetter("row_id")):
        yield _Row(list(same))


def _ids(file: ImportFile, model: type[TenantModel]) -> list[int]:
    rows = file.changes.filter(table=model._meta.label).order_by()
    return list(rows.values_list("row_id", flat=True).distinct())


def _model(table: str) -> type[TenantModel]:
    return apps.get_model(table)  # type: ignore[return-value]


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some
