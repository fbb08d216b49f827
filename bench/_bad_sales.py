"""Makes a sales file with one bad row in a hundred, bad in twenty-four ways, and says how many."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

COLUMNS = ("invoice", "customer", "date", "code", "item", "quantity", "price", "gross",
           "discount", "net", "refund of", "currency")  # fmt: skip
BAD_SHARE = 0.01
ROWS_AN_INVOICE = 20
N_CUSTOMERS = 20_000
Row = dict[str, str]


def _cell(name: str, text: str) -> Callable[[Row], str]:
    return lambda row: _line({**row, name: text})


def _line(row: Row) -> str:
    return ",".join(row[name] for name in COLUMNS)


# What is wrong → the line as it stands in the file. Every bad row is an invoice of its own.
BAD: dict[str, Callable[[Row], str]] = {
    "invoice_missing": _cell("invoice", ""),
    "customer_missing": _cell("customer", ""),
    "required": _cell("date", ""),
    "date_impossible": _cell("date", "2025-02-31"),
    "date_unreadable": _cell("date", "soon"),
    "date_future": _cell("date", "2199-01-01"),
    "date_two_digit_year": _cell("date", "3/5/25"),
    "date_ambiguous": _cell("date", "03/04/2025"),
    "time_impossible": _cell("date", "2025-03-05 25:61"),
    "formula": _cell("price", "=A1*2"),
    "amount_unreadable": _cell("price", "cheap"),
    "amount_currency": _cell("price", "$12.00"),
    "amount_missing": _cell("price", ""),
    "amount_too_fine": _cell("net", "12.3456"),
    "amount_too_large": _cell("net", "9" * 16),
    "amount_unknown_currency": _cell("currency", "ZZZ"),
    "amounts_disagree": lambda row: _line({**row, "gross": "9.00", "discount": "1.00",
                                           "net": "7.00"}),
    "integer_invalid": _cell("quantity", "1.5"),
    "integer_too_large": _cell("quantity", "9" * 12),
    "text_scientific": _cell("invoice", "1.38E+10"),
    "text_too_long": _cell("item", "x" * 301),
    "unknown_sale": lambda row: _line({**row, "refund of": "NO-SUCH", "quantity": "-1"}),
    "row_too_many_cells": lambda row: _line(row) + ",surplus",
    "row_nul": _cell("item", "Fil\0ler"),
}  # fmt: skip
assert len(BAD) == 24


def write_file(path: Path, *, n_rows: int, seed: int = 3) -> Counter[str]:
    """How many rows of each kind of bad stand in it; always the same file for one seed."""
    rng = random.Random(seed)
    kinds, counts = list(BAD), Counter[str]()
    items = [(f"T{n}", f"Treatment or product {n}") for n in range(3_000)]
    when, number, left = datetime(2024, 1, 1, 8), 1_000_000, 0
    step = timedelta(days=600) / (n_rows / ROWS_AN_INVOICE)
    row: Row = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for position in range(n_rows):
            is_bad = position % round(1 / BAD_SHARE) == 50
            if is_bad or left <= 0:
                number, when = number + 1, when + step
                left = 1 + int(rng.expovariate(1 / (ROWS_AN_INVOICE - 0.5)))
                customer = f"C{int(N_CUSTOMERS * rng.random() ** 2)}"
                row = dict.fromkeys(COLUMNS, "") | {
                    "invoice": str(number), "customer": customer,
                    "date": f"{when:%Y-%m-%d %H:%M:%S}",
                }  # fmt: skip
            code, name = rng.choice(items)
            row |= {"code": code, "item": name, "quantity": str(rng.choice((1, 1, 2, 3)))}
            row["price"] = f"{rng.choice((85, 125, 295, 495)) / 100}"
            if is_bad:
                kind = kinds[(position // round(1 / BAD_SHARE)) % len(kinds)]
                counts[kind] += 1
                file.write(BAD[kind](row) + "\n")
                left = 0
            else:
                file.write(_line(row) + "\n")
                left -= 1
    return counts
