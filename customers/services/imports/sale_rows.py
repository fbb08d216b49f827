"""Rows of a sales file → sales: all rows of one invoice are the lines of one sale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple

from customers.files.cells import Phone
from customers.services.imports.chunks import Chunk, Group, Prepared
from customers.services.imports.columns import Columns
from customers.services.imports.refusing import Problem
from customers.services.imports.row_money import Money, MoneyReader
from customers.services.intake import LineRecord, SaleRecord

FIELD_OF = {
    "net_minor": "line_net", "gross_minor": "gross", "discount_minor": "discount",
    "lines": "line_net", "kind": "line_net",
}  # fmt: skip
ONE = Decimal(1)


class SaleRow(NamedTuple):
    """The fields of one row; None where the cell is blank or the file has no such column."""

    external_id: str | None
    customer_external_id: str | None
    customer_phone: tuple[Phone, ...] | None
    occurred_at: datetime | None
    branch: str | None
    consultant: str | None
    item_code: str | None
    item_name: str | None
    quantity: int | None
    unit_price: Decimal | None
    line_net: int | None
    discount: int | None
    gross: int | None
    refund_of: str | None


def prepare_sales(
    chunk: Chunk, columns: Columns, money_reader: MoneyReader
) -> Prepared[SaleRecord]:
    """Every invoice of the chunk as a sale, or refused with all of its rows."""
    all_rows = [row for group in chunk.groups for row in group.rows]
    read = columns.read(all_rows)
    prepared = Prepared[SaleRecord](chunk.n_rows, chunk.next_position, read.normalised)
    by_field = [read.values.get(name, repeat(None)) for name in SaleRow._fields]
    values = list(map(SaleRow._make, zip(*by_field, strict=False)))
    money = list(map(money_reader.money_of, values))
    has_lines = not columns.names.isdisjoint({"item_code", "item_name"})
    start = 0
    for group in chunk.groups:
        end = start + len(group.rows)
        bad = _bad_rows(range(start, end), values, money, read.problems)
        if bad:
            _refuse_all(group, start, bad, prepared)
        else:
            whole = [amount for amount in money[start:end] if not isinstance(amount, Problem)]
            made = sale_of(values[start:end], whole, has_lines=has_lines)
            if isinstance(made, Problem):
                prepared.refused += [(row, [made]) for row in group.rows]
            else:
                prepared.taken.append((group, made))
        start = end
    return prepared


def _bad_rows(
    positions: Iterable[int],
    values: Sequence[SaleRow],
    money: Sequence[Money | Problem],
    problems: dict[int, list[Problem]],
) -> dict[int, list[Problem]]:
    """position → what is wrong with the row by itself."""
    bad: dict[int, list[Problem]] = {}
    for position in positions:
        if position in problems:
            bad[position] = problems[position]
        elif values[position].external_id is None:
            bad[position] = [Problem("external_id", "invoice_missing", {})]
        elif isinstance(amount := money[position], Problem):
            bad[position] = [amount]
    return bad


def _refuse_all(
    group: Group, start: int, bad: dict[int, list[Problem]], prepared: Prepared[SaleRecord]
) -> None:
    """Without one of its rows a sale's amount would be wrong, so none of them is taken."""
    line = group.rows[min(bad) - start].line
    because = [Problem("external_id", "sale_refused", {"line": line})]
    for position, row in enumerate(group.rows, start):
        prepared.refused.append((row, bad.get(position, because)))


def sale_of(
    rows: Sequence[SaleRow], money: Sequence[Money], *, has_lines: bool
) -> SaleRecord | Problem:
    """One sale of all rows of an invoice, or why they are none.

    A sum below zero is a refund; so is nothing paid back for something brought back. The sale is
    as old as its first row. has_lines: whether the file says what was bought.
    """
    customers = _different(row.customer_external_id for row in rows)
    phones = _different(row.customer_phone[0].e164 if row.customer_phone else None for row in rows)
    if not customers and not phones:
        return Problem("customer_external_id", "customer_missing", {})
    if len(customers) > 1 or (not customers and len(phones) > 1):
        named = ", ".join(customers or phones)[:200]
        return Problem("customer_external_id", "several_customers", {"customers": named})
    refunded = _different(row.refund_of for row in rows)
    if len(refunded) > 1:
        return Problem("refund_of", "several_refunded_sales", {})
    net, gross = sum(m.net for m in money), sum(m.gross for m in money)
    is_brought_back = net == 0 and all((row.quantity or 0) < 0 for row in rows)
    is_refund = net < 0 or bool(refunded) or is_brought_back
    discount = gross - net
    if (discount > 0) if is_refund else (discount < 0):  # rows of both signs in one sale
        gross, discount = net, 0
    return SaleRecord(
        rows[0].external_id or "",
        customer_external_id=_first(customers),
        customer_phone=None if customers else _first(phones),
        occurred_at=min((row.occurred_at for row in rows if row.occurred_at), default=None),
        gross_minor=gross,
        discount_minor=discount,
        net_minor=net,
        kind="refund" if is_refund else "sale",
        refund_of=_first(refunded),
        branch=_first(_different(row.branch for row in rows)),
        consultant=_first(_different(row.consultant for row in rows)),
        lines=tuple(map(_line, rows, money)) if has_lines else None,
    )


def _different(values: Iterable[str | None]) -> list[str]:
    """The different values in the order of the rows."""
    return [value for value in dict.fromkeys(values) if value]


def _first(values: Sequence[str]) -> str | None:
    return values[0] if values else None


def _line(row: SaleRow, money: Money) -> LineRecord:
    quantity = ONE if row.quantity is None else Decimal(row.quantity)
    return LineRecord(money.net, row.item_code or "", row.item_name or "", quantity)
