"""Customers as a CSV file, private, and gone within the hour."""

import csv
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel import numbers
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from customers.columns import ListColumn, chosen_columns, lines_of
from customers.models import Customer, Identity
from customers.queries.contacts import Contact
from customers.services.imports.error_file import BOM, safe_cell
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

FOLDER = "exports"
KEPT_SECONDS = 3_600


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / str(current_clinic_id())


def new_path(job_id: int) -> Path:
    """Where the job's file will lie, under a name nobody can guess."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder() / f"{job_id}-{uuid.uuid4().hex}.csv"


def write(path: Path, rows: Iterable[list[Any]]) -> int:
    """Write the rows, the first of which names the columns; how many customers.

    UTF-8 with a mark, for Excel; a cell that a spreadsheet would run begins with an apostrophe.
    """
    n_rows = -1
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file)
        for row in rows:
            writer.writerow([safe_cell(cell) for cell in row])
            n_rows += 1
    return n_rows


def rows_of_chunks(
    chunks: Iterable[list[int]], *, columns: list[str], clinic: Clinic, in_clear: bool
) -> Iterator[list[Any]]:
    """Titles, then a row a customer: number, name, tags, and the columns of the list."""
    drawn = chosen_columns(columns)
    yield [_("Customer number"), _("Name"), _("Tags"), *[str(column.label) for column in drawn]]
    for ids in chunks:
        with transaction.atomic():
            yield from _rows(ids, drawn, clinic, in_clear)


def _rows(
    ids: list[int], drawn: list[ListColumn], clinic: Clinic, in_clear: bool
) -> list[list[Any]]:
    customers = Customer.objects.filter(pk__in=ids).order_by("pk")
    found = list(customers.select_related("home_branch", "consultant__user"))
    lines = lines_of(found, chosen=drawn, in_clear=in_clear, n_tags=None)["lines"]
    numbers_of = dict(
        Identity.objects.filter(customer__in=ids)
        .order_by("-pk")
        .values_list("customer", "external_id")
    )
    return [
        [
            numbers_of.get(row.customer.pk, ""),
            row.customer.name,
            ", ".join(row.tags),
            *[_plain(column, cell, clinic) for column, cell in cells],
        ]
        for row, cells in lines
    ]


def _plain(column: ListColumn, cell: Any, clinic: Clinic) -> str:
    """What stands in the file for what the list draws."""
    if cell is None:
        return ""
    if column.plain:
        return str(column.plain(cell))
    if column.key == "spend":
        return str(Decimal(cell).scaleb(-numbers.get_currency_precision(clinic.currency)))
    if isinstance(cell, Contact):
        return str(cell.shown)
    if isinstance(cell, Customer):  # the cell of the last visit
        return cell.last_visit_on.isoformat() if cell.last_visit_on else ""
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def path_of(name: str) -> Path | None:
    """The file of that name while it is kept."""
    path = folder() / Path(name).name
    return path if name and path.is_file() and not _is_old(path) else None


def sweep() -> int:
    """Delete the clinic's old files; how many."""
    old = [path for path in folder().glob("*.csv") if _is_old(path)] if folder().is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def forget_all() -> None:
    """Delete every file of the clinic: somebody in them was erased."""
    for path in folder().glob("*.csv"):
        path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > KEPT_SECONDS
