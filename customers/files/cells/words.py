"""Cells that hold one of a few answers of ours in somebody's own words, and plain numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from customers.files.cells.texts import Read, is_blank_word, plain
from customers.files.refusals import CellRefused

NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d{1,18}(?:\.\d{1,9})?")


def read_word(text: str, *, words: Mapping[str, str]) -> Read[str]:
    """Our answer behind theirs. words: ours → theirs, letters and digits only, lower case; the
    first of theirs is said where a word is refused.

    Ours is read, too, and so is it without its underscore: «no show» is no_show.
    """
    word = plain(text)
    bare = "".join(c for c in unicodedata.normalize("NFKC", word).casefold() if c.isalnum())
    if is_blank_word(word):
        return Read(None)
    for ours, theirs in words.items():
        if bare == ours.replace("_", "") or bare in theirs.split():
            return Read(ours, text != ours)
    allowed = ", ".join(f"{ours} ({theirs.split()[0]})" for ours, theirs in words.items())
    raise CellRefused("word_unknown", value=text, allowed=allowed)


def read_number(text: str) -> Read[Decimal]:
    """A number with at most nine decimals; «1,280.5» is read, «1.280,5» is not."""
    written = plain(text).replace("\N{MINUS SIGN}", "-")
    if not written:
        return Read(None)
    if not NUMBER.fullmatch(written):
        raise CellRefused("formula" if written[0] in "=@" else "number_invalid", value=text)
    return Read(Decimal(written.replace(",", "")), "," in written)
