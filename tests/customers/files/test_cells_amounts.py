"""Money to minor units of the clinic's currency, and not of any other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.files.cells import currency_exponent, read_amount, read_currency, read_price
from customers.files.cells.amounts import decimal_sign
from customers.files.refusals import CellRefused


def code_of(text, currency="CNY", **options) -> str:
    with pytest.raises(CellRefused) as refused:
        read_amount(text, currency=currency, **options)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1280.00", 128000),
        ("¥1,280.00", 128000),
        ("￥1,280", 128000),
        ("1280元", 128000),
        ("人民币1280", 128000),
        ("RMB 1,280", 128000),
        ("1,280.5 CNY", 128050),
        ("１２８０", 128000),
        ("1.280,00", 128000),
        ("1 280,00", 128000),
        ("1'280.00", 128000),
        ("1.2万", 1200000),
        ("3千", 300000),
        ("0.3", 30),
        (".5", 50),
        ("(12.00)", -1200),
        ("（12.00）", -1200),
        ("-12", -1200),
        ("−12", -1200),
        ("12-", -1200),
        ("-¥12.34", -1234),
        ("¥-12.34", -1234),
        ("+12", 1200),
        ("0", 0),
        ("1,234,567.8", 123456780),
        ("1.234.567", 123456700),
    ],
)
def test_amounts_in_yuan(text, minor):
    assert read_amount(text, currency="CNY").value == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("¥1,280", "JPY", 1280),
     ("1280円", "JPY", 1280), ("£3.50", "GBP", 350), ("HK$10", "HKD", 1000),
     ("$10", "HKD", 1000), ("1.234 KWD", "KWD", 1234), ("€9,99", "EUR", 999)],
)  # fmt: skip
def test_amounts_in_other_currencies(text, currency, minor):
    options = {"decimal_comma": False} if currency == "KWD" else {}

    assert read_amount(text, currency=currency, **options).value == minor


def test_exponent_of_the_currency():
    assert [currency_exponent(c) for c in ("CNY", "JPY", "KWD")] == [2, 0, 3]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$5", "amount_currency"),
        ("5 USD", "amount_currency"),
        ("HK$5", "amount_currency"),
        ("£5", "amount_currency"),
        ("0.001", "amount_too_fine"),
        ("12.345678", "amount_too_fine"),
        ("1.280", "amount_ambiguous"),
        ("1,28,0", "amount_grouping"),
        ("1,2345.00", "amount_grouping"),
        ("12.34.56", "amount_grouping"),
        ("=1+1", "formula"),
        ("@SUM(A1)", "formula"),
        ("+1+cmd|x", "formula"),
        ("1e5", "amount_unreadable"),
        ("nan", "amount_unreadable"),
        ("Infinity", "amount_unreadable"),
        ("¥", "amount_unreadable"),
        ("--5", "amount_unreadable"),
        ("免费", "amount_unreadable"),
        ("9" * 18, "amount_too_large"),
        ("9" * 5000, "amount_too_large"),
        ("1\0", "text_nul"),
    ],
)
def test_refused_amounts(text, code):
    assert code_of(text) == code


def test_column_decides_between_thousands_and_decimals():
    assert read_amount("1.280", currency="CNY", decimal_comma=True).value == 128000
    assert read_amount("1.280", currency="CNY", decimal_comma=False).value == 128
    assert read_amount("12,50", currency="CNY", decimal_comma=True).value == 1250
    assert code_of("12,50", decimal_comma=False) == "amount_grouping"
    assert code_of("12.50", decimal_comma=True) == "amount_grouping"
    assert read_amount("1.280,00", currency="CNY", decimal_comma=False).value == 128000
    assert code_of("¥1,280", decimal_comma=True, currency="JPY") == "amount_too_fine"


@pytest.mark.parametrize(
    ("text", "sign"),
    [("1.280,00", True), ("1,280.00", False), ("12,5", True), ("12.5", False), ("1,280", None),
     ("1.280", None), ("0.280", False), ("1.280.000", True), ("1,280,000", False), ("5", None),
     ("", None), ("x", None)],
)  # fmt: skip
def test_what_one_cell_says_about_its_column(text, sign):
    assert decimal_sign(text) is sign


def test_price_may_be_finer_than_a_coin():
    assert read_price("0.0625", currency="CNY").value == Decimal("0.0625")


def test_currencies():
    assert [read_currency(t).value for t in ("cny", "RMB", "人民币", "£", "")] == [
        "CNY", "CNY", "CNY", "GBP", None,
    ]  # fmt: skip
    for text in ("¥", "$", "XYZ1", "money"):
        with pytest.raises(CellRefused):
            read_currency(text)


@given(st.integers(-(10**14), 10**14), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_amounts_come_back_from_every_spelling(minor, currency):
    exponent = currency_exponent(currency)
    major = Decimal(minor).scaleb(-exponent)
    plain, grouped = f"{major:.{exponent}f}", f"{major:,.{exponent}f}"
    european = grouped.translate(str.maketrans(",.", ".,"))

    for text in (plain, grouped, f"{currency} {plain}"):
        assert read_amount(text, currency=currency, decimal_comma=False).value == minor
    assert read_amount(european, currency=currency, decimal_comma=True).value == minor
    if minor > 0:
        assert read_amount(f"({grouped})", currency=currency, decimal_comma=False).value == -minor


@given(st.one_of(st.text(), st.from_regex(r"[-+(¥$]?[\d.,' ]{1,30}[)万元-]?")))
def test_any_text_is_answered_or_refused(text):
    for decimal_comma in (None, True, False):
        try:
            read_amount(text, currency="CNY", decimal_comma=decimal_comma)
        except CellRefused as refused:
            assert refused.message
