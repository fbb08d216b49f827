"""A written name → family and given name, how they sound, and what a title says of the gender."""

import re
import unicodedata
from typing import NamedTuple

from customers.matching import han

FEMALE, MALE, UNSAID = 1, 2, 0

_BRACKETS = re.compile(r"[(\[{（【「『《<].*?([)\]}）】」』》>]|$)")
_HAN_RUN = re.compile(f"[{han.HAN}]+")
_HAN_REMARK = re.compile(rf"(?<=[{han.HAN}])\s*[-—–_/|,，、;；:：+~].*$")
_NO_LETTER = re.compile(r"[^\w\s]|[\d_]")
# Longest first: 老师 before 师. «总» may be anybody.
_TITLES = {
    "女士": FEMALE, "小姐": FEMALE, "太太": FEMALE, "夫人": FEMALE, "阿姨": FEMALE, "姐姐": FEMALE,
    "大姐": FEMALE, "美女": FEMALE, "妈妈": FEMALE, "先生": MALE, "大哥": MALE, "叔叔": MALE,
    "帅哥": MALE, "爸爸": MALE, "老师": UNSAID, "经理": UNSAID, "医生": UNSAID, "同学": UNSAID,
    "老板": UNSAID, "总监": UNSAID, "主任": UNSAID, "教授": UNSAID, "律师": UNSAID, "院长": UNSAID,
    "顾客": UNSAID, "客户": UNSAID, "姐": FEMALE, "姨": FEMALE, "哥": MALE, "叔": MALE,
    "总": UNSAID, "董": UNSAID, "工": UNSAID,
}  # fmt: skip
_NO_TITLE_ALONE = frozenset("董工姨叔")  # also names: 李董 and 王工 are left, 王小工 is a name
_LATIN_TITLES = {
    "mr": MALE, "mister": MALE, "sir": MALE, "mrs": FEMALE, "ms": FEMALE, "miss": FEMALE,
    "madam": FEMALE, "lady": FEMALE, "dr": UNSAID, "prof": UNSAID, "professor": UNSAID,
}  # fmt: skip


class Name(NamedTuple):
    """family, given: simplified or folded, "" where not said. sound: family and given, in letters.

    other_sounds: of the given name. A lone Latin word stands in `family` and may be either.
    """

    is_han: bool
    family: str
    given: str
    family_sound: str
    given_sound: str
    other_sounds: tuple[str, ...]
    gender: int

    @property
    def whole(self) -> str:
        return self.family + self.given


NOBODY = Name(False, "", "", "", "", (), UNSAID)


def fold(text: str) -> str:
    """Half-width, lower case, without accents."""
    if text.isascii():
        return text.lower()
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)
    )
    return unicodedata.normalize("NFC", bare)


def read_name(written: str) -> Name:
    """Remarks and titles are taken off; a name in signs and letters counts by its signs."""
    text = _HAN_REMARK.sub("", _BRACKETS.sub(" ", fold(written)))
    signs = "".join(_HAN_RUN.findall(text))
    if signs:
        return _han_name(han.simplified(signs))
    return _latin_name(text)


def _han_name(name: str) -> Name:
    gender = UNSAID
    for title, said in _TITLES.items():
        if name.endswith(title) and len(name) > len(title):
            rest = name[: -len(title)]
            if len(title) == 1 and (len(rest) > 2 or han.split(rest + "某")[0] != rest):
                continue
            if title in _NO_TITLE_ALONE and rest not in han.FAMILY_NAMES:
                continue
            name, gender = rest, said
            break
    family, given = han.split(name)
    if lone := han.nickname_of(name):
        family, given = lone, ""
    elif name in han.DOUBLE:
        family, given = name, ""
    sounds = han.given_sounds(given)
    return Name(True, family, given, han.family_sound(family), sounds[0], tuple(sounds[1:]), gender)


def _latin_name(text: str) -> Name:
    if "," in text:
        family, _, given = text.partition(",")
        text = f"{given} {family}" if given.strip() else family
    words = _NO_LETTER.sub("", text.replace("-", "").replace(".", " ")).split()
    gender = UNSAID
    while len(words) > 1 and words[0] in _LATIN_TITLES:
        gender = gender or _LATIN_TITLES[words[0]]
        words = words[1:]
    if not words:
        return NOBODY
    family, given = words[-1], "".join(words[:-1])
    return Name(False, family, given, family, given, (), gender)
