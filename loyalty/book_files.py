"""CSV files of the books. Cells of text never start a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from loyalty.deferral import DeferralRow
from loyalty.liability import RolledMonth
from loyalty.models import LedgerEntry

_STATEMENT = ("day", "kind", "points", "balance", "reason", "sale", "by", "key")
_ROLL = ("month", "opening", "issued", "redeemed", "expired", "adjusted", "closing")
_DEFERRAL = (
    "month", "sales", "points_issued", "points_taken_back", "standalone_price_of_points",
    "allocated_to_treatments", "opening_deferred", "deferred", "recognised_on_redemption",
    "recognised_as_breakage", "closing_deferred", "currency",
)  # fmt: skip


def statement_file(entries: Iterable[LedgerEntry]) -> str:
    """One line an entry, the oldest first; each with `balance_after`."""
    return _written(
        _STATEMENT,
        (
            (
                entry.posted_on.isoformat(), entry.kind, entry.points, entry.balance_after,
                _safe(entry.reason), _safe(entry.sale.external_id if entry.sale else ""),
                _safe(str(entry.actor) if entry.actor else ""), entry.idempotency_key,
            )
            for entry in entries
        ),
    )  # fmt: skip


def roll_forward_file(months: Iterable[RolledMonth]) -> str:
    return _written(
        _ROLL,
        (
            (f"{one.moves.month:%Y-%m}", one.opening, one.moves.issued, one.moves.redeemed,
             one.moves.expired, one.moves.adjusted, one.closing)
            for one in months
        ),
    )  # fmt: skip


def deferral_file(rows: Iterable[DeferralRow], *, currency: str) -> str:
    """Money in major units with all decimals of the currency."""
    places = get_currency_precision(currency)

    def money(minor: int) -> str:
        return f"{Decimal(minor).scaleb(-places):f}"

    return _written(
        _DEFERRAL,
        (
            (f"{row.month:%Y-%m}", money(row.sales_minor), row.issued, row.taken_back,
             money(row.points_price_minor), money(row.goods_minor), money(row.opening_minor),
             money(row.deferred_minor), money(row.redeemed_minor), money(row.breakage_minor),
             money(row.closing_minor), currency)
            for row in rows
        ),
    )  # fmt: skip


def _written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = io.StringIO()
    writer = csv.writer(body)
    writer.writerow(head)
    writer.writerows(rows)
    return body.getvalue()


def _safe(text: str) -> str:
    """A spreadsheet would run a text that begins like a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
