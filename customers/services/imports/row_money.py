"""What one row of a sales file says it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from customers.files.cells import currency_exponent
from customers.services.imports.refusing import Problem

MAX_REMEMBERED = 20_000
FIELDS = ("quantity", "unit_price", "line_net", "discount", "gross")


class Money(NamedTuple):
    """One row's amounts in minor units; below zero on a refund. net = gross − discount."""

    gross: int
    discount: int
    net: int


class MoneyReader:
    """Amounts of rows in one currency. Prices and quantities repeat, so answers are remembered."""

    def __init__(self, currency: str) -> None:
        self._exponent = currency_exponent(currency)
        self._known: dict[tuple, Money | Problem] = {}

    def read(self, values: Mapping[str, Sequence[Any]], n_rows: int) -> list[Money | Problem]:
        """One answer a row.

        values: field → one value a row. quantity: pieces; unit_price: major units; line_net,
        discount, gross: minor units as written. What the file does not have may be missing.
        """
        blank = [None] * n_rows
        rows = list(zip(*(values.get(name, blank) for name in FIELDS), strict=True))
        if len(self._known) > MAX_REMEMBERED:
            self._known.clear()
        for key in set(rows).difference(self._known):
            self._known[key] = self._read(*key)
        return [self._known[key] for key in rows]

    def _read(
        self,
        quantity: int | None,
        price: Decimal | None,
        net: int | None,
        discount: int | None,
        gross: int | None,
    ) -> Money | Problem:
        """What was paid outranks price × quantity. A discount is taken with the amount's sign,
        files write it with either."""
        product = self._product(quantity, price)
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
                gross = product if is_more and product is not None else net
        elif discount is not None and gross - _signed_like(gross, discount) != net:
            return self._disagreement(gross, _signed_like(gross, discount), net)
        return Money(gross, gross - net, net)

    def _product(self, quantity: int | None, price: Decimal | None) -> int | None:
        """Price × quantity, rounded half up to the smallest coin; no quantity means one piece."""
        if price is None:
            return None
        exact = price * (1 if quantity is None else quantity)
        return int(exact.scaleb(self._exponent).to_integral_value(ROUND_HALF_UP))

    def _disagreement(self, gross: int, discount: int, net: int) -> Problem:
        amounts = {"gross": gross, "discount": discount, "net": net}
        in_major = {name: str(Decimal(v).scaleb(-self._exponent)) for name, v in amounts.items()}
        return Problem("line_net", "amounts_disagree", in_major)


def _signed_like(amount: int, discount: int) -> int:
    return -abs(discount) if amount < 0 else abs(discount)
