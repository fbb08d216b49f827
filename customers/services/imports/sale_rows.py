"""Rows of a sales file → sales: all rows of one invoice are the lines of one sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from customers.files.cells import currency_exponent
from customers.services.imports.refusing import Problem
from customers.services.intake import LineRecord, SaleRecord

FIELD_OF = {
    "net_minor": "line_net", "gross_minor": "gross", "discount_minor": "discount",
    "lines": "line_net", "kind": "line_net",
}  # fmt: skip
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Money:
    """One row's amounts in minor units; below zero on a refund. net = gross − discount."""

    gross: int
    discount: int
    net: int


def money_of(values: Mapping[str, Any], currency: str) -> Money | Problem:
    """What a row says it cost. What was paid outranks price × quantity.

    Files write discounts with either sign: they are taken with the sign of the amount.
    """
    product = _product(values, currency)
    net, gross, discount = values.get("line_net"), values.get("gross"), values.get("discount")
    if net is None:
        gross = product if gross is None else gross
        if gross is None:
            return Problem("line_net", "amount_missing", {})
        taken_off = _signed_like(gross, discount or 0)
        return Money(gross, taken_off, gross - taken_off)
    if gross is None:
        if discount is not None:
            gross = net + _signed_like(net, discount)
        else:  # less was paid than price × quantity: that is the discount
            is_more = product is not None and product * net >= 0 and abs(product) > abs(net)
            gross = product if is_more else net
    elif discount is not None and gross - _signed_like(gross, discount) != net:
        return Problem(
            "line_net",
            "amounts_disagree",
            {
                "gross": _major(gross, currency),
                "discount": _major(_signed_like(gross, discount), currency),
                "net": _major(net, currency),
            },
        )
    return Money(gross, gross - net, net)


def _product(values: Mapping[str, Any], currency: str) -> int | None:
    """Price × quantity, rounded half up to the smallest coin."""
    price: Decimal | None = values.get("unit_price")
    if price is None:
        return None
    exact = price * values.get("quantity", 1)
    return int(exact.scaleb(currency_exponent(currency)).to_integral_value(ROUND_HALF_UP))


def _signed_like(amount: int, discount: int) -> int:
    return -abs(discount) if amount < 0 else abs(discount)


def _major(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-currency_exponent(currency)))


def sale_of(
    rows: Sequence[Mapping[str, Any]], money: Sequence[Money], *, has_lines: bool
) -> SaleRecord | Problem:
    """One sale of all rows of an invoice, or why they are none.

    A sum below zero is a refund; so is nothing paid back for something brought back. The sale is
    as old as its first row. has_lines: whether the file says what was bought.
    """
    first = rows[0]
    customers = _different(rows, "customer_external_id")
    phones = {
        values["customer_phone"][0].e164: None for values in rows if "customer_phone" in values
    }
    if not customers and not phones:
        return Problem("customer_external_id", "customer_missing", {})
    if len(customers) > 1 or (not customers and len(phones) > 1):
        named = ", ".join(customers or phones)[:200]
        return Problem("customer_external_id", "several_customers", {"customers": named})
    refunded = _different(rows, "refund_of")
    if len(refunded) > 1:
        return Problem("refund_of", "several_refunded_sales", {})
    net, gross = sum(m.net for m in money), sum(m.gross for m in money)
    is_refund = net < 0 or bool(refunded) or (net == 0 and _is_brought_back(rows))
    discount = gross - net
    if (discount > 0) if is_refund else (discount < 0):  # rows of both signs in one sale
        gross, discount = net, 0
    return SaleRecord(
        first["external_id"],
        customer_external_id=next(iter(customers), None),
        customer_phone=None if customers else next(iter(phones)),
        occurred_at=min((v["occurred_at"] for v in rows if "occurred_at" in v), default=None),
        gross_minor=gross,
        discount_minor=discount,
        net_minor=net,
        kind="refund" if is_refund else "sale",
        refund_of=next(iter(refunded), None),
        branch=next(iter(_different(rows, "branch")), None),
        consultant=next(iter(_different(rows, "consultant")), None),
        lines=tuple(map(_line, rows, money)) if has_lines else None,
    )


def _different(rows: Sequence[Mapping[str, Any]], field: str) -> list[str]:
    """The different values of a field in the order of the rows."""
    return list(dict.fromkeys(values[field] for values in rows if field in values))


def _is_brought_back(rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(values.get("quantity", 1) < 0 for values in rows)


def _line(values: Mapping[str, Any], money: Money) -> LineRecord:
    quantity = values.get("quantity")
    return LineRecord(
        money.net,
        item_code=values.get("item_code", ""),
        item_name=values.get("item_name", ""),
        quantity=ONE if quantity is None else Decimal(quantity),
    )
