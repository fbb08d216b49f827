"""One value of an event to what a record holds. Raises ValueRefused with what to do about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.files.cells import currency_exponent, read_boolean, read_date, read_instant
from customers.files.refusals import CellRefused
from customers.services.inbound.fields import Field

MAX_ITEMS = 100
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)
_TOO_LARGE = Decimal(10) ** 18
_LATEST = 253_402_300_799  # the last second of year 9999


class ValueRefused(Exception):
    """A value that cannot be what its field asks for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Reader:
    """How one source writes. words: their word → ours, for the field at hand."""

    zone: ZoneInfo
    currency: str
    times: str = "iso"
    amounts: str = "minor"

    def read(self, field: Field, value: Any, words: dict[str, str]) -> Any:
        """What the field holds; None when nothing was said."""
        if value is None:
            return None
        return _SHAPES[field.shape](self, value, words)


def _text(reader: Reader, value: Any, words: dict[str, str]) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueRefused("not_a_text", _("Here stands no text. Point at a single value."))
    text = value if isinstance(value, str) else format(Decimal(str(value)), "f")
    return words.get(text.strip(), text)


def _texts(reader: Reader, value: Any, words: dict[str, str]) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_ITEMS:
        raise ValueRefused("too_many", _("The list is longer than %(n)s.") % {"n": MAX_ITEMS})
    return tuple(text for item in items if item is not None if (text := _text(reader, item, words)))


def _day(reader: Reader, value: Any, words: dict[str, str]) -> date | None:
    text = _text(reader, value, words)
    if not text.strip():
        return None
    if reader.times == "iso" or not isinstance(value, int | float):
        try:
            return read_date(text, tz=reader.zone).value
        except CellRefused as refusal:
            if reader.times == "iso":
                raise ValueRefused(refusal.code, refusal.message) from None
    return _instant(reader, value, words).astimezone(reader.zone).date()  # type: ignore[union-attr]


def _instant(reader: Reader, value: Any, words: dict[str, str]) -> datetime | None:
    text = _text(reader, value, words).strip()
    if not text:
        return None
    if reader.times in {"seconds", "milliseconds"}:
        seconds = number(text) / (1000 if reader.times == "milliseconds" else 1)
        if not 0 <= seconds <= _LATEST:
            raise ValueRefused("out_of_range", _("This is no time in %(unit)s.") % {
                "unit": reader.times})  # fmt: skip
        return datetime.fromtimestamp(float(seconds), UTC)
    if reader.times != "iso":
        try:
            found = datetime.strptime(text, reader.times)  # noqa: DTZ007 its zone follows
        except ValueError:
            raise ValueRefused(
                "time_format", _("This is not written as %(format)s.") % {"format": reader.times}
            ) from None
        return found if found.tzinfo else found.replace(tzinfo=reader.zone)
    return iso_instant(text, zone=reader.zone)


def iso_instant(text: str, *, zone: ZoneInfo) -> datetime:
    """An instant to the microsecond; without an offset it is meant on the clinic's clock."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            return read_instant(text, tz=zone).value or _no_time()
        except CellRefused as refusal:
            raise ValueRefused(refusal.code, refusal.message) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _no_time() -> datetime:
    raise ValueRefused("no_time", _("Here stands no time."))


def number(value: Any) -> Decimal:
    """A number below 10^18 with at most nine decimals; also one in quotation marks."""
    text = str(value).strip()
    is_number = isinstance(value, float) or _NUMBER.fullmatch(text)
    if isinstance(value, bool) or not is_number or abs(Decimal(text)) >= _TOO_LARGE:
        raise ValueRefused("not_a_number", _("«%(text)s» is no number.") % {"text": text[:40]})
    return round(Decimal(text), 9)


def _amount(reader: Reader, value: Any, words: dict[str, str]) -> int | None:
    if value == "":
        return None
    exponent = currency_exponent(reader.currency) if reader.amounts == "major" else 0
    minor = number(value).scaleb(exponent)
    if minor != minor.to_integral_value():
        message = _("The amount is finer than the smallest coin. Is it in yuan instead of fen?")
        raise ValueRefused("amount_too_fine", message)
    return int(minor)


def _whole(reader: Reader, value: Any, words: dict[str, str]) -> int | None:
    if value == "":
        return None
    found = number(value)
    if found != found.to_integral_value() or abs(found) > 10**9:
        raise ValueRefused("not_whole", _("Here stands no whole number."))
    return int(found)


def _quantity(reader: Reader, value: Any, words: dict[str, str]) -> Decimal | None:
    return None if value == "" else number(value)


def _yes_no(reader: Reader, value: Any, words: dict[str, str]) -> bool | None:
    if isinstance(value, bool):
        return value
    try:
        return read_boolean(_text(reader, value, words)).value
    except CellRefused as refusal:
        raise ValueRefused(refusal.code, refusal.message) from None


_SHAPES: dict[str, Callable[[Reader, Any, dict[str, str]], Any]] = {
    "text": _text,
    "word": _text,
    "texts": _texts,
    "day": _day,
    "time": _instant,
    "amount": _amount,
    "whole": _whole,
    "quantity": _quantity,
    "yes_no": _yes_no,
}
