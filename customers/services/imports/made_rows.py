"""Which rows an import made: noted with every chunk, in its transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import BigIntegerField, F, Func, QuerySet
from django.db.models.functions import Cast

from customers.models import ImportedRows, ImportFile
from customers.services.bulk_rows import insert_rows
from customers.services.intake import Outcome

Kind = ImportedRows.Kind


class MadeRows:
    """What one chunk made."""

    def __init__(self, import_file: ImportFile) -> None:
        self._import_file = import_file
        self._ids: dict[str, list[int]] = defaultdict(list)

    def note(self, kind: str, outcomes: Iterable[Outcome]) -> None:
        self._ids[kind] += [o.id for o in outcomes if o.state == "created" and o.id is not None]

    def write(self) -> None:
        insert_rows(
            ImportedRows,
            [
                {"import_file_id": self._import_file.pk, "kind": str(kind), "ids": ids}
                for kind, ids in self._ids.items()
                if ids
            ],
        )


def made_by(import_file: ImportFile, kind: str) -> QuerySet:
    """The ids, for use as a subquery."""
    elements = Func(F("ids"), function="jsonb_array_elements_text", set_returning=True)
    rows = ImportedRows.objects.filter(import_file=import_file, kind=kind).order_by()
    return rows.annotate(made=Cast(elements, BigIntegerField())).values("made")
