"""Text cells: names, notes, identifiers, e-mail addresses. A formula stays the text it is."""

from __future__ import annotations

import re
import unicodedata
from typing import Generic, NamedTuple, TypeVar

from customers.files.refusals import CellRefused

Value = TypeVar("Value")

SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters, zero width spaces, marks of writing direction. The joiners U+200C and U+200D
# stay: emoji and several scripts are written with them.
CONTROLS = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
SPACES = re.compile(r"\s+")
BLANK_WORDS = frozenset(
    ["-", "--", "—", "/", "\\n", "n/a", "na", "#n/a", "nan", "null", "none",
     "无", "空", "暂无", "没有", "未知", "未填写"]
)  # fmt: skip
SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d{1,3}$")
FLOAT_OF_WHOLE = re.compile(r"(\d+)\.0+$")
EMAIL_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$")
DOMAIN_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)$")


class Read(NamedTuple, Generic[Value]):
    """value: None for a blank cell. is_normalised: it was written otherwise than we keep it."""

    value: Value | None
    is_normalised: bool = False


def plain(text: str) -> str:
    """Half-width, trimmed, without invisible characters: what every reader but notes begins with.

    Raises CellRefused for NUL and for half characters.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    refuse_no_text(text)
    text = CONTROLS.sub("", unicodedata.normalize("NFKC", text))
    return SPACES.sub(" ", text).strip()


def refuse_no_text(text: str) -> None:
    if "\0" in text:
        raise CellRefused("text_nul")
    if SURROGATE.search(text):
        raise CellRefused("text_bad_characters")


def is_blank_word(text: str) -> bool:
    """People write «none» in many ways. Only for values that could never mean it."""
    return not text or text.lower() in BLANK_WORDS


def refuse_long(text: str, max_length: int) -> None:
    if len(text) > max_length:
        raise CellRefused("text_too_long", n_chars=len(text), limit=max_length)


def read_name(text: str, *, max_length: int = 200) -> Read[str]:
    """A name or another short text on one line."""
    name = plain(text)
    refuse_long(name, max_length)
    return Read(name or None, bool(name) and name != text)


def read_text(text: str, *, max_length: int = 10_000) -> Read[str]:
    """A longer text with its line ends (as \\n); full-width signs are kept as they were written."""
    refuse_no_text(text)
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = CONTROLS.sub("", unicodedata.normalize("NFC", kept)).strip()
    refuse_long(kept, max_length)
    return Read(kept or None, bool(kept) and kept != text)


def read_identifier(text: str, *, max_length: int = 100) -> Read[str]:
    """An id, card or invoice number; «17850.0» and «'0012», a spreadsheet's traces, are cleaned."""
    if len(text) <= max_length and text.isascii() and text.isalnum():
        return Read(text)  # as nearly all are: nothing to clean
    found = plain(text).removeprefix("'").strip()
    if SCIENTIFIC.match(found) and ("+" in found or "." in found):
        raise CellRefused("text_scientific", value=found)
    if whole := FLOAT_OF_WHOLE.match(found):
        found = whole.group(1)
    refuse_long(found, max_length)
    return Read(found or None, bool(found) and found != text)


def read_email(text: str) -> Read[str]:
    """An address with its domain in lower case; the part before the @ is the owner's to spell."""
    address = plain(text).removeprefix("mailto:").strip("<> ;,")
    if is_blank_word(address):
        return Read(None)
    local, at, domain = address.rpartition("@")
    domain = domain.lower().rstrip(".")
    if not at or not EMAIL_LOCAL.match(local) or len(local) > 64 or not _is_domain(domain):
        raise CellRefused("email_invalid", value=text)
    address = f"{local}@{domain}"
    if len(address) > 254:
        raise CellRefused("email_invalid", value=text)
    return Read(address, address != text)


def _is_domain(domain: str) -> bool:
    try:
        labels = domain.encode("idna").decode("ascii").split(".")
    except UnicodeError:
        return False
    return (
        len(labels) > 1
        and all(DOMAIN_LABEL.match(label) for label in labels)
        and not labels[-1].isdigit()
    )
