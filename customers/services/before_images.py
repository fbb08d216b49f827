"""What stood here before an import changed it, so that the import can be taken back.

The intake says of every row that it is about to change or take away, and of every row it adds to
somebody who stands here. Outside an import nobody listens, and nothing is read.

    with keeping_images() as images:
        upsert_customers(…)
    images.write(import_file)
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from customers.models import Customer, ImportedChange, ImportFile, Sale, SaleLine
from customers.services.bulk_rows import insert_rows, new_ids
from customers.services.raw_rows import raw_rows
from tenancy.models import TenantModel

Row = dict[str, Any]
Key = tuple[type[TenantModel], int]
# Follow from other rows; a row that differs in nothing else was not changed.
DERIVED = frozenset({"updated_at", "last_visit_on", "spent_minor"})

_listening: ContextVar["Images | None"] = ContextVar("before_images", default=None)


class Images:
    """The rows that one chunk of an import changed."""

    def __init__(self) -> None:
        self._before: dict[Key, Row | None] = {}
        self._new_customers: set[int] = set()

    def note_changing(self, model: type[TenantModel], ids: Iterable[int]) -> None:
        new = [pk for pk in ids if (model, pk) not in self._before]
        for row in raw_rows(model, new) if new else ():
            self._before[model, row["id"]] = row

    def note_changing_sales(self, ids: Collection[int]) -> None:
        """With their lines: those that go are noted here, those that come by `write`."""
        self.note_changing(Sale, ids)
        lines = SaleLine.objects.filter(sale_id__in=ids).order_by("pk")
        self.note_changing(SaleLine, lines.values_list("pk", flat=True))

    def note_added(self, model: type[TenantModel], rows: Iterable[Row]) -> None:
        for row in rows:
            if not self.is_on_new_customer(row):
                self._before.setdefault((model, row["id"]), None)

    def is_on_new_customer(self, row: Row) -> bool:
        return row["customer_id"] in self._new_customers

    def note_new_customers(self, ids: Iterable[int]) -> None:
        """What hangs on them goes with them."""
        self._new_customers.update(ids)

    def write(self, import_file: ImportFile) -> None:
        """Keep them, in the order in which they were noted, each beside how it stands now."""
        sales = [pk for model, pk in self._before if model is Sale]
        lines = SaleLine.objects.filter(sale_id__in=sales).order_by("pk") if sales else ()
        for line in lines:
            self._before.setdefault((SaleLine, line.pk), None)
        by_model: dict[type[TenantModel], list[int]] = {}
        for model, pk in self._before:
            by_model.setdefault(model, []).append(pk)
        after = {
            (model, row["id"]): row
            for model, ids in by_model.items()
            for row in raw_rows(model, ids)
        }
        rows = [
            _row(import_file, model, pk, before, after.get((model, pk)))
            for (model, pk), before in self._before.items()
            if told(before) != told(after.get((model, pk)))
        ]
        insert_rows(ImportedChange, rows)


def told(row: Row | None) -> Row | None:
    """A row without what follows from others."""
    return row and {name: value for name, value in row.items() if name not in DERIVED}


def _row(
    import_file: ImportFile,
    model: type[TenantModel],
    pk: int,
    before: Row | None,
    after: Row | None,
) -> Row:
    said = before or after or {}
    customer_id = pk if model is Customer else said.get("customer_id")
    return {
        "import_file_id": import_file.pk, "customer_id": customer_id, "table": model._meta.label,
        "row_id": pk, "before": before, "after": after,
    }  # fmt: skip


@contextmanager
def keeping_images() -> Iterator[Images]:
    images = Images()
    token = _listening.set(images)
    try:
        yield images
    finally:
        _listening.reset(token)


def changing(model: type[TenantModel], ids: Iterable[int]) -> None:
    """These rows are about to be changed or deleted."""
    if images := _listening.get():
        images.note_changing(model, ids)


def changing_sales(ids: Collection[int]) -> None:
    """These sales are about to be changed, perhaps with their lines."""
    if (images := _listening.get()) and ids:
        images.note_changing_sales(ids)


def insert_on_customers(model: type[TenantModel], rows: Sequence[Row]) -> None:
    """Insert rows that hang on customers; while somebody listens, what is added to those who
    stand here gets its ids beforehand and is noted."""
    images = _listening.get()
    if images is None:
        insert_rows(model, rows)
        return
    insert_rows(model, [row for row in rows if images.is_on_new_customer(row)])
    added = [row for row in rows if not images.is_on_new_customer(row)]
    named = [{"id": pk, **row} for pk, row in zip(new_ids(model, len(added)), added, strict=True)]
    images.note_added(model, named)
    insert_rows(model, named)


def added(model: type[TenantModel], rows: Iterable[Row]) -> None:
    """These rows, which have their ids, are added to customers."""
    if images := _listening.get():
        images.note_added(model, rows)


def new_customers(ids: Iterable[int]) -> None:
    """What is added to these from now on goes with them."""
    if images := _listening.get():
        images.note_new_customers(ids)
