"""Telephone numbers to E.164, the way clinics write them down.

Decided on the list in which every odd spelling has its right answer: two numbers in one cell,
whose phone it is in brackets, «13800138000.0» of a spreadsheet, numbers Excel has rounded away.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from customers.files.cells.texts import FLOAT_OF_WHOLE, SCIENTIFIC, Read, is_blank_word, plain
from customers.files.refusals import CellRefused

SEPARATORS = re.compile(r"[/、;,|\n]|或")
REMARK = re.compile(r"\(([^()\d]+)\)")
EXTENSION = re.compile(r"(?:转|分机|ext\.?|x)\s*(\d{1,6})$", re.I)
PREFIX = re.compile(r"(?:tel|phone|mobile|手机|电话)\s*[::]\s*", re.I)
LETTER = re.compile(r"[^\W\d_]")
# New prefixes are given out faster than number tables are updated.
CHINESE_MOBILE = re.compile(r"(?:\+86|0086|86|0)?(1[3-9]\d{9})$", re.ASCII)
PUNCTUATION = re.compile(r"[\s().\-‐–—·_]+")
MOBILE_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class Phone(NamedTuple):
    """is_mobile: can receive a text message. note: whose it is or its extension, as written."""

    e164: str
    is_mobile: bool
    note: str = ""


def read_phones(text: str, *, region: str = "CN") -> Read[tuple[Phone, ...]]:
    """All numbers of a cell, the first one first. region: ISO country of the clinic.

    Raises CellRefused when any of them is not a possible number.
    """
    cleaned = plain(text).removeprefix("'").strip()
    if is_blank_word(cleaned):
        return Read(None)
    phones: list[Phone] = []
    for part in SEPARATORS.split(cleaned):
        if part.strip() and (phone := _phone(part.strip(), text, region)) not in phones:
            phones.append(phone)
    if not phones:
        raise CellRefused("phone_invalid", value=text)
    as_written = (phones[0].e164, _national(phones[0].e164))
    return Read(tuple(phones), text not in as_written)


def _phone(part: str, text: str, region: str) -> Phone:
    if SCIENTIFIC.match(part):
        raise CellRefused("phone_scientific", value=text)
    if whole := FLOAT_OF_WHOLE.match(part):
        part = whole.group(1)
    part = PREFIX.sub("", part)
    notes = [remark.strip() for remark in REMARK.findall(part)]
    part = REMARK.sub("", part).strip()
    if extension := EXTENSION.search(part):
        notes.append(extension.group(0).strip())
        part = part[: extension.start()].strip()
    if LETTER.search(part):
        raise CellRefused("phone_letters", value=text)
    found = _parse(part, region)
    if found is None:
        raise CellRefused("phone_invalid", value=text)
    return Phone(*found, note=" ".join(notes))


@lru_cache(maxsize=4096)
def _parse(part: str, region: str) -> tuple[str, bool] | None:
    """(E.164, is mobile) or None."""
    digits = PUNCTUATION.sub("", part)
    if (region == "CN" or digits.startswith(("+86", "0086"))) and (
        mobile := CHINESE_MOBILE.match(digits)
    ):
        return f"+86{mobile.group(1)}", True
    if digits.startswith("00"):
        part = "+" + digits[2:]
    try:
        number = phonenumbers.parse(part, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    is_mobile = phonenumbers.number_type(number) in MOBILE_TYPES
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), is_mobile


def _national(e164: str) -> str:
    return str(phonenumbers.parse(e164).national_number)
