"""Cells with few possible answers: gender, yes or no, whole numbers, lists of tags."""

from __future__ import annotations

import re

from customers.files.cells.texts import Read, is_blank_word, plain, refuse_long
from customers.files.refusals import CellRefused

FEMALE = frozenset(
    ["女", "女性", "女士", "小姐", "太太", "f", "female", "woman", "w", "ms", "ms.", "mrs", "miss"]
)
MALE = frozenset(["男", "男性", "先生", "m", "male", "man", "mr", "mr."])
OTHER = frozenset(["其他", "其它", "other", "diverse", "non-binary", "nonbinary", "x"])
UNKNOWN = frozenset(["未知", "保密", "不详", "unknown", "u", "unspecified", "not specified", "?"])
YES = frozenset(
    ["是", "有", "同意", "已同意", "愿意", "y", "yes", "true", "t", "1", "1.0", "✓", "√", "on"]
)
NO = frozenset(
    ["否", "无", "不", "不同意", "未同意", "拒绝", "n", "no", "false", "f", "0", "0.0", "×", "off"]
)
# A count may carry what is counted: 3次, 2支.
WHOLE = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?\s*[次支盒瓶件份套张个片针]?$")
LARGEST_INTEGER = 2**31 - 1
TAG_SEPARATORS = re.compile(r"[、,，;；|\n]")


def read_gender(text: str) -> Read[str]:
    """«female», «male» or «other»; None where the file says it is unknown."""
    word = plain(text).lower()
    if is_blank_word(word) or word in UNKNOWN:
        return Read(None)
    for gender, words in (("female", FEMALE), ("male", MALE), ("other", OTHER)):
        if word in words:
            return Read(gender, text != gender)
    raise CellRefused("gender_unknown", value=text)


def read_boolean(text: str) -> Read[bool]:
    word = plain(text).lower()
    if not word:
        return Read(None)
    if word in YES:
        return Read(True)
    if word in NO:
        return Read(False)
    raise CellRefused("boolean_unknown", value=text)


def read_integer(text: str) -> Read[int]:
    """A whole number, signed; «1,000», «6.0» and «3次» are read, «1.5» is refused."""
    found = plain(text).replace("\N{MINUS SIGN}", "-")
    if not found:
        return Read(None)
    match = WHOLE.match(found)
    if not match:
        raise CellRefused("formula" if found[0] in "=@" else "integer_invalid", value=text)
    digits = match.group(2).replace(",", "")
    if len(digits.lstrip("0")) > 10 or int(digits) > LARGEST_INTEGER:
        raise CellRefused("integer_too_large", value=text)
    value = -int(digits) if match.group(1) == "-" else int(digits)
    return Read(value, str(value) != text)


def read_tags(text: str, *, max_length: int = 50) -> Read[tuple[str, ...]]:
    """Tags in the order written, each once, split at 、 , ; | and line ends."""
    tags: list[str] = []
    for part in TAG_SEPARATORS.split(text):
        tag = plain(part)
        refuse_long(tag, max_length)
        if tag and tag not in tags:
            tags.append(tag)
    return Read(tuple(tags) or None)
