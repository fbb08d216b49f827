"""How names, phones and what people type become comparable words. Pure: no database, no clock.

A customer is kept under tokens; a typed word finds the tokens that begin with it (one character:
that equal it). As every ending of a Chinese name and of a phone number is a token, a word from the
middle is found as well, and by an index range, which row security lets through.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

MAX_TOKEN = 80
MIN_PHONE_DIGITS = 3
LAST = "\U0010ffff"  # sorts behind every character under collation C

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_PHONE_LIKE = re.compile(r"\+?[\d\s()./-]{3,}$")

# As a surname these are read otherwise than as a word; the library knows only words.
_SURNAMES = {
    "单": "shan", "仇": "qiu", "查": "zha", "曾": "zeng", "解": "xie", "区": "ou", "盖": "ge",
    "朴": "piao", "乐": "yue", "缪": "miao", "翟": "zhai", "种": "chong", "召": "shao", "繁": "po",
    "员": "yun", "黑": "he", "折": "she", "覃": "qin", "洗": "xian", "秘": "bi", "隗": "wei",
    "郇": "xun", "重": "chong",
}  # fmt: skip
_DOUBLE_SURNAMES = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳"
    "|公冶|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|令狐|单于|呼延|轩辕|百里|东郭|南门|西门"
)


def fold(text: str) -> str:
    """Half-width, lower case, without accents: what tokens and typed words are compared in."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def typed_words(text: str) -> list[str]:
    """What a person typed, as words that must all be found; a phone number is one word."""
    folded = fold(text).strip()
    if _PHONE_LIKE.match(folded) and any(c.isdigit() for c in folded):
        return [re.sub(r"\D", "", folded)[:MAX_TOKEN]]
    return [word[:MAX_TOKEN] for word in _WORD.findall(folded)]


def token_range(word: str) -> tuple[str, str]:
    """(from, to): a token matches a typed word when from <= token < to.

    One character matches only itself; anything longer every token that begins with it.
    """
    return (word, f"{word}\x01") if len(word) == 1 else (word, word + LAST)


def tokens_of(
    *, name: str, phones: Iterable[str], emails: Iterable[str], external_ids: Iterable[str]
) -> set[str]:
    """Every token of one customer. phones: E.164."""
    found = set(_name_tokens(name))
    for phone in phones:
        found.update(_endings(phone.lstrip("+"), MIN_PHONE_DIGITS))
    for email in emails:
        found.update(_plain_tokens(email.partition("@")[0]))
    for external_id in external_ids:
        found.update(_plain_tokens(external_id))
    return {token[:MAX_TOKEN] for token in found if token}


def _endings(text: str, shortest: int) -> Iterator[str]:
    for start in range(len(text) - shortest + 1):
        yield text[start:]


def _plain_tokens(text: str) -> set[str]:
    """The words of an id or address, and the whole of it written together."""
    words = _WORD.findall(fold(text))
    return {*words, "".join(words)}


@lru_cache(maxsize=20_000)
def _name_tokens(name: str) -> frozenset[str]:
    folded = fold(name)
    found = {word for word in _WORD.findall(folded) if not _HAN_RUN.match(word)}
    for run in _HAN_RUN.findall(folded):
        found.update(run)
        found.update(_endings(run, 1))
        found.update(_pinyin_tokens(run))
    return frozenset(found)


def _pinyin_tokens(name: str) -> set[str]:
    """wangxiaoming, xiaoming, wxm: the whole, the given name, the initials."""
    surname, given = _split(name)
    syllables = [*surname, *given]
    return {
        "".join(syllables),
        "".join(given),
        "".join(syllable[0] for syllable in syllables if syllable),
    }


def _split(name: str) -> tuple[list[str], list[str]]:
    """(syllables of the surname, syllables of the given name), without tones."""
    if len(name) > 2 and _DOUBLE_SURNAMES.match(name):
        return _read(name[:2]), _read(name[2:])
    surname = _SURNAMES.get(name[0])
    return [surname] if surname else _read(name[:1]), _read(name[1:])


def _read(text: str) -> list[str]:
    return lazy_pinyin(text, style=Style.NORMAL, v_to_u=False) if text else []
