"""Columns looked at without making rows are those the rows hold."""

from __future__ import annotations

import random

import pytest

from customers.files import delimited
from customers.files.skimming import Skimmed, skim

LINES = ["A1,x,7", 'A2,"y, z",8', 'A3,"says ""hm""",9', 'A4,5" pipe,1', "A5,,"]
ODD = [
    "",
    ",,",
    "A6,two",
    "A7,a,b,c",
    '"A8\nB",x,1',
    'A9",“,"2',
    "A\rB,x,1",
    ' ,"only",3',
    "\u3000,x,1",
]


def columns(table, indexes) -> list[list[str]]:
    """One list a column, of rows as wide as the names."""
    rows = [row.cells + [""] * len(indexes) for row in table]
    return [[row[index] for row in rows] for index in indexes]


def skimmed(table, indexes) -> tuple[list[list[str]], int]:
    """(the same, how many blocks needed no rows)"""
    found: list[list[str]] = [[] for _ in indexes]
    n_skimmed = 0
    for block in table.skim(indexes):
        n_skimmed += isinstance(block, Skimmed)
        for column, index in zip(found, indexes, strict=True):
            if isinstance(block, Skimmed):
                column += block.texts[index]
            else:
                column += [(row.cells + [""] * 3)[index] for row in block]
    return found, n_skimmed


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_skimmed_columns_are_those_of_the_rows(table, monkeypatch, seed, end):
    monkeypatch.setattr(delimited, "BLOCK_CHARS", 60)
    monkeypatch.setattr(delimited, "FIRST_BLOCK_CHARS", 20)
    rng = random.Random(seed)
    lines = [rng.choice(LINES if rng.random() < 0.9 else ODD) for _ in range(60)]
    opened = table("id,item,n" + end + end.join(["A0,x,1", *lines, *LINES]) + end * (seed % 2))

    found, n_skimmed = skimmed(opened, [0, 2, 1])

    assert found == columns(opened, [0, 2, 1])
    assert n_skimmed > 3


def test_large_plain_files_are_skimmed_but_for_their_head(table, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK_CHARS", 60)
    monkeypatch.setattr(delimited, "FIRST_BLOCK_CHARS", 20)
    opened = table("id,item,n\n" + "A1,x,7\n" * 200)

    blocks = list(opened.skim([0]))

    assert [type(block) for block in blocks] == [list] + [Skimmed] * (len(blocks) - 1)
    assert sum(map(len, blocks)) == 200


@pytest.mark.parametrize(
    "text",
    ['A1,"open\nA2,x', "A1,x,y\n", "A1\n", " ,x\n", "\n", "A1,x\rA2,y\n", f"A1,{'x' * 131_073}\n"],
)
def test_what_is_not_plain_is_left_to_be_read(text):
    assert skim(text, ",", n_columns=2, indexes=[0]) is None


def test_a_single_column_is_the_line():
    found = skim('a\n"b ""c"""\n', ",", n_columns=1, indexes=[0])

    assert found and found.texts == {0: ["a", 'b "c"']}
