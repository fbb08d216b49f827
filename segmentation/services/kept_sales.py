"""What a clinic sold: as it was kept for an earlier score, and read where it was written since.

A night adds a handful to years of sales, and reading them all was a third of its work. Which ones
were written since is told by the marks that other systems read our changes by; triggers write them,
whatever the door. So what is read this way is what is there (docs/decisions/0020-kept-sales.md).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from django.db import connection, transaction

from customers.queries.feed import database_id
from segmentation.models import KeptSales
from segmentation.services.copy_columns import read_packed, read_row
from segmentation.services.line_facts import LineColumns, read_lines
from segmentation.services.sale_facts import (
    SaleRows,
    in_order,
    places,
    read_newer_sales,
    read_sales,
)
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

TURN = "segmentation.kept_sales"
FEWEST, MOST = 5_000, 1_000_000  # sales; fewer are read in a moment, more take too much memory
MOST_CHANGED = 0.05  # beyond it they are all read again, and kept anew
_EPOCH = date(1970, 1, 1)
_KEPT = """
SELECT known_on - DATE '1970-01-01', seen_below, columns FROM segmentation_keptsales
WHERE clinic_id = %s AND database_id = %s AND known_on <= %s
"""
_CHANGED = """
SELECT record_id FROM customers_feedmark
WHERE clinic_id = %s AND kind = 'sale' AND change_no >= %s
"""


@dataclass(frozen=True)
class Sold:
    """The sales recorded by a day, in the order of their ids, and their lines."""

    sale_id: np.ndarray
    sales: SaleRows
    lines: LineColumns

    def without(self, sale_id: np.ndarray) -> "Sold":
        stays = places(sale_id, self.sale_id) < 0
        left = self.sale_id[stays]
        return Sold(left, self.sales.at(stays), self.lines.of_sales(left))

    def and_also(self, other: "Sold") -> "Sold":
        """Both together; none is in both."""
        both = zip(vars(self.sales).values(), vars(other.sales).values(), strict=True)
        sale_id, sales = in_order(
            np.concatenate([self.sale_id, other.sale_id]), SaleRows(*map(np.concatenate, both))
        )
        lines = zip(self.lines, other.lines, strict=True)
        return Sold(sale_id, sales, LineColumns(*map(np.concatenate, lines)))


@dataclass(frozen=True)
class Unkept:
    """Sales that were read whole. seen_below: of the snapshot before they were read."""

    sold: Sold
    seen_below: int


@dataclass(frozen=True)
class _Kept:
    known_on: date
    seen_below: int
    sold: Sold


def read_sold(as_of: date, known: np.ndarray) -> tuple[Sold, Unkept | None]:
    """(all the clinic had sold by then, the same where it is worth keeping for the next time).

    known: ids of most of its customers.
    """
    kept = _read_kept(as_of)
    if kept is not None:
        changed = read_packed(_CHANGED, [current_clinic_id(), kept.seen_below], ("bigint",))[0]
        if len(changed) <= MOST_CHANGED * len(kept.sold.sale_id):
            return _brought_up_to_date(kept, as_of, changed), None
    seen_below = _seen_below()
    sale_id, sales = read_sales(as_of, known)
    sold = Sold(sale_id, sales, read_lines(sale_id, sales, as_of, of_all=True))
    is_worth_it = FEWEST <= len(sale_id) <= MOST
    return sold, Unkept(sold, seen_below) if is_worth_it else None


def _brought_up_to_date(kept: _Kept, as_of: date, changed: np.ndarray) -> Sold:
    sale_id, sales = read_newer_sales(as_of, kept.known_on, changed)
    newer = Sold(sale_id, sales, read_lines(sale_id, sales, as_of, of_all=False))
    return kept.sold.without(np.union1d(changed, sale_id)).and_also(newer)


@transaction.atomic
def keep_sold(unkept: Unkept, as_of: date) -> None:
    """For the scores of later days. What is kept of a later day stays."""
    wait_for_turn(TURN)
    if KeptSales.objects.filter(known_on__gt=as_of).exists():
        return
    KeptSales.objects.update_or_create(
        defaults={
            "known_on": as_of,
            "database_id": database_id(),
            "seen_below": unkept.seen_below,
            "columns": _packed(
                [unkept.sold.sale_id, *vars(unkept.sold.sales).values(), *unkept.sold.lines]
            ),
        }
    )


def _seen_below() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return cursor.fetchone()[0]


def _read_kept(as_of: date) -> _Kept | None:
    found = read_row(_KEPT, [current_clinic_id(), database_id(), as_of])
    if not found:
        return None
    days, seen_below, content = found
    sale_id, *columns = _unpacked(content)
    names = [field.name for field in fields(SaleRows)]
    rows = dict(zip(names, columns, strict=False))
    rows["is_sale"] = rows["is_sale"] == 1
    return _Kept(
        date.fromordinal(_EPOCH.toordinal() + int.from_bytes(days, "big", signed=True)),
        int.from_bytes(seen_below, "big"),
        Sold(sale_id, SaleRows(**rows), LineColumns(*columns[len(names) :])),
    )


def _packed(columns: Sequence[np.ndarray]) -> bytes:
    """Each in the fewest bytes a number that hold all of it; numpy's own format (NEP 1)."""
    content = io.BytesIO()
    for column in columns:
        np.save(content, column.astype(_smallest(column)), allow_pickle=False)
    return content.getvalue()


def _smallest(column: np.ndarray) -> type:
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    kinds = (np.int8, np.int16, np.int32)
    fits = (kind for kind in kinds if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return next(fits, np.int64)


def _unpacked(content: memoryview) -> list[np.ndarray]:
    stored, columns = io.BytesIO(content), []
    while stored.tell() < len(content):
        columns.append(np.load(stored, allow_pickle=False).astype(np.int64))
    return columns
