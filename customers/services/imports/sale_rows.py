"""Rows of a sales file → sales: all rows of one invoice are the lines of one sale."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from customers.services.imports.chunks import Chunk, Group, Prepared
from customers.services.imports.columns import Columns, ReadRows
from customers.services.imports.refusing import Problem
from customers.services.imports.row_money import Money, MoneyReader
from customers.services.intake import LineColumns, SaleRecord
from customers.services.intake.batch import Refused
from customers.services.intake.catalogue import Catalogue
from customers.services.intake.sale_lines import Lines, lines_of

FIELD_OF = {
    "net_minor": "line_net", "gross_minor": "gross", "discount_minor": "discount",
    "lines": "line_net", "kind": "line_net",
}  # fmt: skip
ONE = Decimal(1)


Values = dict[str, list[Any]]  # field → one value a row; None where the cell is blank


def prepare_sales(
    chunk: Chunk, columns: Columns, money_reader: MoneyReader, catalogue: Catalogue
) -> Prepared[SaleRecord]:
    """Every invoice of the chunk as a sale, or refused with all of its rows.

    catalogue: with its treatments loaded, since nothing is asked of the database here.
    """
    all_rows = [row for group in chunk.groups for row in group.rows]
    read = columns.read(all_rows)
    prepared = Prepared[SaleRecord](chunk.n_rows, chunk.next_position, read.normalised)
    money = money_reader.read(read.values, len(all_rows))
    lines = _lines(read.values, money)
    start = 0
    bad_rows = _bad_rows(read, money)
    for group in chunk.groups:
        span = slice(start, start + len(group.rows))
        start = span.stop
        bad = bad_rows and {at: bad_rows[at] for at in range(span.start, start) if at in bad_rows}
        if bad:
            _refuse_all(group, span.start, bad, prepared)
            continue
        amounts = cast("list[Money]", money[span])  # rows with a Problem are among the bad ones
        own_lines = _cleaned(lines.part(span), catalogue) if lines else None
        made = sale_of(read.values, amounts, own_lines, span)
        if isinstance(made, Problem):
            prepared.refused += [(row, [made]) for row in group.rows]
        else:
            prepared.taken.append((group, made))
    return prepared


def _bad_rows(read: ReadRows, money: Sequence[Money | Problem]) -> dict[int, list[Problem]]:
    """position → what is wrong with the row by itself."""
    bad = dict(read.problems)
    keys = read.values["external_id"]
    for position, key in enumerate(keys) if None in keys else ():
        if key is None:
            bad.setdefault(position, [Problem("external_id", "invoice_missing", {})])
    for position, amount in enumerate(money) if Problem in set(map(type, money)) else ():
        if type(amount) is Problem:
            bad.setdefault(position, [amount])
    return bad


def _lines(values: Values, money: Sequence[Money | Problem]) -> LineColumns | None:
    """A line a row; None where the file does not say what was bought."""
    codes, names = values.get("item_code"), values.get("item_name")
    if codes is None and names is None:
        return None
    n_rows = len(money)
    blank = [""] * n_rows
    pieces = values.get("quantity") or [None] * n_rows
    quantity = {n: ONE if n is None else Decimal(n) for n in set(pieces)}
    return LineColumns(
        [0 if isinstance(paid, Problem) else paid.net for paid in money],
        blank if codes is None else [code or "" for code in codes],
        blank if names is None else [name or "" for name in names],
        list(map(quantity.__getitem__, pieces)),
        [None] * n_rows,
    )


def _cleaned(lines: LineColumns, catalogue: Catalogue) -> LineColumns | Lines:
    """What cannot be taken stays as it is: the intake refuses it, and says why."""
    try:
        return lines_of(lines, catalogue)
    except Refused:
        return lines


def _refuse_all(
    group: Group, start: int, bad: dict[int, list[Problem]], prepared: Prepared[SaleRecord]
) -> None:
    """Without one of its rows a sale's amount would be wrong, so none of them is taken."""
    line = group.rows[min(bad) - start].line
    because = [Problem("external_id", "sale_refused", {"line": line})]
    for position, row in enumerate(group.rows, start):
        prepared.refused.append((row, bad.get(position, because)))


def sale_of(
    values: Values, money: Sequence[Money], lines: LineColumns | Lines | None, rows: slice
) -> SaleRecord | Problem:
    """One sale of all rows of an invoice, or why they are none.

    A sum below zero is a refund; so is nothing paid back for something brought back. The sale is
    as old as its first row. money, lines: of these rows only.
    """
    customers = _different(values, "customer_external_id", rows)
    phones = _different(values, "customer_phone", rows)
    if not customers and not phones:
        return Problem("customer_external_id", "customer_missing", {})
    if len(customers) > 1 or (not customers and len({own[0].e164 for own in phones}) > 1):
        named = ", ".join(customers or [own[0].e164 for own in phones])[:200]
        return Problem("customer_external_id", "several_customers", {"customers": named})
    refunded = _different(values, "refund_of", rows)
    if len(refunded) > 1:
        return Problem("refund_of", "several_refunded_sales", {})
    gross, discount, net, is_refund = _total(money, values, rows, bool(refunded))
    return SaleRecord(
        values["external_id"][rows.start],
        customer_external_id=_first(customers),
        customer_phone=None if customers else phones[0][0].e164,
        occurred_at=min(_different(values, "occurred_at", rows), default=None),
        gross_minor=gross,
        discount_minor=discount,
        net_minor=net,
        kind="refund" if is_refund else "sale",
        refund_of=_first(refunded),
        branch=_first(_different(values, "branch", rows)),
        consultant=_first(_different(values, "consultant", rows)),
        lines=lines,
    )


def _total(
    money: Sequence[Money], values: Values, rows: slice, names_a_sale: bool
) -> tuple[int, int, int, bool]:
    """(gross, discount, net, whether it is a refund)."""
    net, gross = sum([m.net for m in money]), sum([m.gross for m in money])
    is_refund = net < 0 or names_a_sale
    if net == 0 and not is_refund:
        pieces = values["quantity"][rows] if "quantity" in values else [None]
        is_refund = all(n is not None and n < 0 for n in pieces)
    discount = gross - net
    if (discount > 0) if is_refund else (discount < 0):  # rows of both signs in one sale
        gross, discount = net, 0
    return gross, discount, net, is_refund


def _different(values: Values, field: str, rows: slice) -> list[Any]:
    """The different values in the order of the rows, blank ones left out."""
    column = values.get(field)
    if not column:
        return []
    said = column[rows]
    if said.count(said[0]) == len(said):  # as nearly always
        return said[:1] if said[0] else []
    return [value for value in dict.fromkeys(said) if value]


def _first(values: Sequence[str]) -> str | None:
    return values[0] if values else None
