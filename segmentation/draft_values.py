"""Between what people type (10,000 · 50 % · VIP, guest) and what a rule stores."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import numbers

from segmentation.attributes import DAY_OPERATORS, Attribute, Kind

_SEPARATORS = re.compile(r"[,，、;；]")
_GROUPING = re.compile(r"[,，\s¥￥$€%％]")


def typed_values(asked: Attribute, operator: str, texts: list[str], currency: str) -> Any:
    """The value of a condition that is no «between»."""
    first = texts[0] if texts else ""
    if operator in DAY_OPERATORS:
        return _whole(first)
    match asked.kind:
        case Kind.CHOICE | Kind.TAG | Kind.SEGMENT:
            return [text for text in texts if text]
        case Kind.TEXT if operator != "contains":
            return [part.strip() for part in _SEPARATORS.split(first) if part.strip()]
        case _:
            return typed_value(asked, first, currency)


def typed_value(asked: Attribute, text: str, currency: str) -> Any:
    """One value. What cannot be read is handed back as text, so that the rule refuses it."""
    match asked.kind:
        case Kind.NUMBER:
            return _whole(text)
        case Kind.RATE:
            percent = _decimal(text)
            return text if percent is None else float(percent / 100)
        case Kind.MONEY:
            amount = _decimal(text)
            if amount is None:
                return text
            minor = amount.scaleb(numbers.get_currency_precision(currency))
            return int(minor) if minor == minor.to_integral_value() else text
        case Kind.FLAG:
            return {"yes": True, "no": False}.get(text, text)
        case _:
            return text


def value_texts(asked: Attribute, operator: str, value: Any, currency: str) -> list[str]:
    """What the fields show for a stored value."""
    if value is None:
        return []
    if operator == "between":
        return [_text(asked, one, currency) for one in value]
    if asked.kind == Kind.TEXT and isinstance(value, list):
        return [", ".join(value)]
    if isinstance(value, list):
        return [str(one) for one in value]
    if operator in DAY_OPERATORS:
        return [str(value)]
    return [_text(asked, value, currency)]


def _text(asked: Attribute, value: Any, currency: str) -> str:
    match asked.kind:
        case Kind.RATE:
            return _plain(Decimal(str(value)) * 100)
        case Kind.MONEY:
            return _plain(Decimal(value).scaleb(-numbers.get_currency_precision(currency)))
        case Kind.FLAG:
            return "yes" if value else "no"
        case _:
            return str(value)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _whole(text: str) -> int | str:
    number = _decimal(text)
    return int(number) if number is not None and number == number.to_integral_value() else text


def _decimal(text: str) -> Decimal | None:
    """A finite number of sensible length, thousands separators and signs of money ignored."""
    bare = _GROUPING.sub("", text)
    if not bare or len(bare) > 20:
        return None
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 15 else None
