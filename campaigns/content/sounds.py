"""Products whose name is written as it sounds: «菠尿酸», «rou毒素», «瘦脸zhen», «bns».

A name of three syllables is found by its sounds if at least one sign of it stands as it should or
in Latin letters; shorter names sound like too much else.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from pypinyin import lazy_pinyin

NAMES = (
    "玻尿酸", "肉毒素", "瘦脸针", "除皱针", "水光针", "童颜针", "少女针", "溶脂针",
    "美白针", "减肥针", "瘦腿针", "瘦肩针", "婴儿针", "热玛吉", "热拉提", "超声炮",
    "超声刀", "保妥适", "乔雅登", "乐提葆", "艾莉薇", "润百颜", "濡白天使", "黄金微针",
    "司美格鲁肽", "丽珠兰",
)  # fmt: skip
_INITIALS = re.compile(r"(?<![a-z])(?:bns|rds|rdds|slz|rmj|csp|btx|tyz|sgz)(?![a-z])")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z]+")


def spans_by_sound(folded: str) -> Iterator[tuple[int, int]]:
    """Half-open spans, in the folded text, of names that are not written as they are."""
    yield from (found.span() for found in _INITIALS.finditer(folded) if _HAN.search(folded))
    sounds = list(_sounds(folded))
    names = _names_by_sound()
    for at in range(len(sounds)):
        for length in (3, 4, 5):
            part = sounds[at : at + length]
            name = names.get(tuple(sound for sound, _start, _end in part))
            written = [folded[start:end] for _sound, start, end in part]
            if name and _is_disguised(name, written) and _is_unbroken(part):
                yield part[0][1], part[-1][2]


def _is_disguised(name: str, written: list[str]) -> bool:
    if "".join(written) == name:
        return False
    return any(sign == own or sign.isascii() for sign, own in zip(written, name, strict=True))


def _is_unbroken(part: list[tuple[str, int, int]]) -> bool:
    return all(one[2] == after[1] for one, after in pairwise(part))


def _sounds(folded: str) -> Iterator[tuple[str, int, int]]:
    """(syllable, start, end); Latin letters only where they are Chinese syllables to the last."""
    at = 0
    while at < len(folded):
        letters = _LATIN.match(folded, at)
        if letters is None:
            if _HAN.match(folded[at]):
                yield _sound(folded[at]), at, at + 1
            at += 1
            continue
        yield from _spelled(letters.group(), at)
        at = letters.end()


def _spelled(letters: str, start: int) -> Iterator[tuple[str, int, int]]:
    parts = _syllables_in(letters) if len(letters) <= 24 else ()
    for part in parts:
        yield part, start, start + len(part)
        start += len(part)


@lru_cache(maxsize=1024)
def _syllables_in(letters: str) -> tuple[str, ...]:
    """The letters cut into syllables, the longest first; () where they are no Chinese."""
    if not letters:
        return ()
    for length in range(min(6, len(letters)), 0, -1):
        head, rest = letters[:length], letters[length:]
        if head in _all_syllables():
            others = _syllables_in(rest)
            if others or not rest:
                return (head, *others)
    return ()


@lru_cache(maxsize=1)
def _names_by_sound() -> dict[tuple[str, ...], str]:
    return {tuple(_sound(sign) for sign in name): name for name in NAMES}


@lru_cache(maxsize=1)
def _all_syllables() -> frozenset[str]:
    return frozenset(syllable for said in _names_by_sound() for syllable in said)


@lru_cache(maxsize=8192)
def _sound(sign: str) -> str:
    return lazy_pinyin(sign)[0]
