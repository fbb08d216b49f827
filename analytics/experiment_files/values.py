"""What one cell says: an arm, a yes or no, an amount. A value is read once, however often it is
written."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from analytics.experiment_files.words_known import NO, YES

LARGEST_AMOUNT = 1e12
LONGEST_NAME = 100
WHOLE = re.compile(r"\d+\.0+")
_AMOUNT = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(e[-+]?\d+)?", re.I)
_DECIMAL_COMMA = re.compile(r"[-+]?((\d+|\d{1,3}(\.\d{3})+),\d{1,2}|0,\d+)")
_SIGNS = "¥￥$€£元 \u00a0"
EMPTY, NOT_YES_OR_NO, NO_AMOUNT, NEGATIVE, TOO_LARGE, UNKNOWN_ARM, BROKEN_ROW = (
    "empty", "not_yes_or_no", "no_amount", "negative", "too_large", "unknown_arm", "broken_row",
)  # fmt: skip


class Wrong(Exception):
    """This cell cannot be taken; says why by its code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def arm_of(text: str) -> str:
    """The name as written, without spaces around it and doubled ones within; 1.0 is 1."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    name = "".join(sign for sign in name if sign.isprintable())[:LONGEST_NAME]
    if not name:
        raise Wrong(EMPTY)
    return name.split(".")[0] if WHOLE.fullmatch(name) else name


def yes_or_no(text: str) -> int:
    said = unicodedata.normalize("NFKC", text).strip().casefold()
    if not said:
        raise Wrong(EMPTY)
    if said in YES:
        return 1
    if said in NO:
        return 0
    raise Wrong(NOT_YES_OR_NO)


def amount(text: str) -> float:
    """In the file's own unit; 1280, 1,280.50, 1.280,50, 12,5, ¥1280.00, 1.2e3. Raises Wrong."""
    said = unicodedata.normalize("NFKC", text).strip(_SIGNS)
    if not said:
        raise Wrong(EMPTY)
    if _DECIMAL_COMMA.fullmatch(said):
        said = said.replace(".", "").replace(",", ".")
    if not _AMOUNT.fullmatch(said) or not any(map(str.isdigit, said)):
        raise Wrong(NO_AMOUNT)
    value = float(said.replace(",", ""))
    if not math.isfinite(value) or abs(value) > LARGEST_AMOUNT:
        raise Wrong(TOO_LARGE)
    return value


def amount_not_below_zero(text: str) -> float:
    value = amount(text)
    if value < 0:
        raise Wrong(NEGATIVE)
    return value


def read_column(cells: Sequence[str], read: Callable[[str], Any]) -> tuple[dict, dict[str, str]]:
    """({text: value}, {text: code of what is wrong}) of every different text of the column."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for text in set(cells):
        try:
            values[text] = read(text)
        except Wrong as refusal:
            wrong[text] = refusal.code
    return values, wrong


def share_read(cells: Sequence[str], read: Callable[[str], Any]) -> float:
    """Share of the cells that are not blank and can be read so; 0 where all are blank."""
    values, wrong = read_column(cells, read)
    blank = {text for text in wrong if not text.strip()}
    n_filled = sum(text not in blank for text in cells)
    return sum(text in values for text in cells) / n_filled if n_filled else 0.0
