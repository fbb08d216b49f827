"""Amounts of money to integer minor units, and prices that may be finer than a coin.

Whether 1.280 is a thousand or a bit more than one is decided for a column: `decimal_comma`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

from customers.files.cells.texts import Read, plain
from customers.files.refusals import CellRefused

DOLLARS = frozenset(["USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MOP", "MXN"])
# Longest first: HK$ before $. Full-width ￥ and ￡ have become ¥ and £ before we look.
MARKS: dict[str, frozenset[str]] = {
    "人民币": frozenset(["CNY"]),
    "港币": frozenset(["HKD"]),
    "港元": frozenset(["HKD"]),
    "新台币": frozenset(["TWD"]),
    "台币": frozenset(["TWD"]),
    "日元": frozenset(["JPY"]),
    "美元": frozenset(["USD"]),
    "欧元": frozenset(["EUR"]),
    "英镑": frozenset(["GBP"]),
    "HK$": frozenset(["HKD"]),
    "NT$": frozenset(["TWD"]),
    "US$": frozenset(["USD"]),
    "RMB": frozenset(["CNY"]),
    "元": frozenset(["CNY", "HKD", "TWD", "MOP"]),
    "圆": frozenset(["CNY", "JPY"]),
    "块": frozenset(["CNY"]),
    "円": frozenset(["JPY"]),
    "¥": frozenset(["CNY", "JPY"]),
    "$": DOLLARS,
    "£": frozenset(["GBP"]),
    "€": frozenset(["EUR"]),
    "₩": frozenset(["KRW"]),
    "₫": frozenset(["VND"]),
    "฿": frozenset(["THB"]),
    "₹": frozenset(["INR"]),
    "₽": frozenset(["RUB"]),
}
CODE = re.compile(r"(?<![A-Z])([A-Z]{3})(?![A-Z])")
MULTIPLIERS = {"千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000}
NUMBER = re.compile(r"\d[\d.,]*|[.,]\d+")
LARGEST_MINOR = 10**15
PLAIN = re.compile(r"-?\d{1,12}(?:\.\d{1,2})?$")


@lru_cache(maxsize=256)
def currency_exponent(currency: str) -> int:
    """Digits after the decimal point: CNY 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


def read_currency(text: str) -> Read[str]:
    """An ISO 4217 code, also from a name or sign that means one currency only."""
    word = plain(text).upper()
    if not word:
        return Read(None)
    if word in list_currencies():
        return Read(word, word != text)
    if len(meant := MARKS.get(word, ())) == 1:
        return Read(next(iter(meant)), True)
    raise CellRefused("amount_unknown_currency", value=text)


def read_amount(text: str, *, currency: str, decimal_comma: bool | None = None) -> Read[int]:
    """Minor units of `currency`, signed: «(12.00)» and «-12» are negative.

    decimal_comma: how the column writes; None refuses what can be read in two ways.
    """
    read = read_price(text, currency=currency, decimal_comma=decimal_comma)
    if read.value is None:
        return Read(None)
    minor = read.value.scaleb(currency_exponent(currency))
    if minor != minor.to_integral_value():
        raise CellRefused("amount_too_fine", value=text, currency=currency)
    return Read(int(minor), read.is_normalised)


def read_price(text: str, *, currency: str, decimal_comma: bool | None = None) -> Read[Decimal]:
    """Major units, as exact as written: a price a piece may be finer than the smallest coin."""
    written = plain(text)
    if not written:
        return Read(None)
    if not decimal_comma and PLAIN.match(written):
        return Read(Decimal(written), written != text)
    if written[0] in "=@":
        raise CellRefused("formula", value=text)
    number, is_negative = _sign(_without_currency(written, text, currency))
    number, factor = _multiplier(number)
    if not NUMBER.fullmatch(number):
        is_formula = written[0] in "+-" and any(c.isalpha() for c in written)
        raise CellRefused("formula" if is_formula else "amount_unreadable", value=text)
    value = Decimal(_decimal_text(number, text, decimal_comma)) * factor
    if value.scaleb(currency_exponent(currency)) > LARGEST_MINOR:
        raise CellRefused("amount_too_large", value=text)
    return Read(-value if is_negative else value, True)


def decimal_sign(text: str) -> bool | None:
    """What one cell says about its column: True decimal comma, False point, None nothing."""
    match = NUMBER.search(text)
    if not match:
        return None
    number = match.group()
    n_commas, n_points = number.count(","), number.count(".")
    if n_commas and n_points:
        return number.rfind(",") > number.rfind(".")
    if n_commas + n_points != 1:
        return None if n_commas + n_points == 0 else n_points > 1  # 1.280.000 or 1,280,000
    sign = "," if n_commas else "."
    whole, _, fraction = number.partition(sign)
    is_grouping = len(fraction) == 3 and 1 <= len(whole) <= 3 and whole != "0"
    return None if is_grouping else sign == ","


def _without_currency(written: str, text: str, currency: str) -> str:
    """The amount without its currency sign; refused when the sign is another currency's."""
    rest = written
    meant: list[frozenset[str]] = []
    if (code := CODE.search(rest.upper())) and code.group(1) in list_currencies():
        meant.append(frozenset([code.group(1)]))
        rest = rest[: code.start()] + rest[code.end() :]
    for mark, currencies in MARKS.items():
        if mark in rest.upper():
            meant.append(currencies)
            start = rest.upper().index(mark)
            rest = rest[:start] + rest[start + len(mark) :]
            break
    if any(currency not in currencies for currencies in meant):
        raise CellRefused("amount_currency", value=text, currency=currency)
    return rest.strip()


def _sign(number: str) -> tuple[str, bool]:
    number = number.replace("\N{MINUS SIGN}", "-").strip()
    if number.startswith("(") and number.endswith(")"):
        return number[1:-1].strip(), True
    if number[:1] in ("+", "-"):
        return number[1:].strip(), number[0] == "-"
    if number.endswith("-"):
        return number[:-1].strip(), True
    return number, False


def _multiplier(number: str) -> tuple[str, int]:
    number = number.replace(" ", "").replace("'", "").replace("’", "")
    if number[-1:] in MULTIPLIERS:
        return number[:-1], MULTIPLIERS[number[-1]]
    return number, 1


def _decimal_text(number: str, text: str, decimal_comma: bool | None) -> str:
    """The digits with a decimal point and no grouping, or CellRefused."""
    own = decimal_sign(number)
    n_signs = number.count(",") + number.count(".")
    if n_signs == 1 and own is None:
        own = _one_group(number, text, decimal_comma)
    elif n_signs == 1 and decimal_comma is not None and own != decimal_comma:
        raise CellRefused("amount_grouping", value=text)  # 12,50 where commas group thousands
    decimal, group = (",", ".") if own else (".", ",")
    whole, _, fraction = number.partition(decimal)
    if group in fraction or decimal in fraction or not _is_grouped(whole, group):
        raise CellRefused("amount_grouping", value=text)
    return f"{whole.replace(group, '') or '0'}.{fraction or '0'}"


def _one_group(number: str, text: str, decimal_comma: bool | None) -> bool:
    """Is the comma the decimal sign, for 1,280 and 1.280, which do not say so themselves?"""
    if decimal_comma is not None:
        return decimal_comma
    if "." in number:
        raise CellRefused("amount_ambiguous", value=text)
    return False  # 1,280 is the everyday spelling of a thousand


def _is_grouped(whole: str, group: str) -> bool:
    first, *others = whole.split(group)
    return all(len(other) == 3 for other in others) and (not others or 1 <= len(first) <= 3)
