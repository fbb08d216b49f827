"""A text as its reader takes it: full width, traditional letters, look-alikes, fillers undone.

Every letter of the folded text knows where it stood, so that what is found is shown in the
author's own words.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

# Letters of other scripts that look like Latin ones (a selection of Unicode TR39's confusables).
_LOOK_ALIKES = str.maketrans(
    "аеіјорсухѕһԁгќвмнктзαβεικνορτυχωµӏɡՏօ",
    "aeijopcyxshdrkbmhkt3abeiknoptuxwulgso",
)
_DIGITS_AS_LETTERS = {"0": "o", "1": "i", "3": "e", "@": "a", "$": "s", "5": "s"}
_HAN = "\u3400-\u9fff"
_FILLER = r"\s.·•*_\-~|/\\+=#^'\"★☆♥●◆※`…‧・"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[ \t{_FILLER}]{{1,3}}(?=[{_HAN}])")
_SPACED_LETTERS = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[ .\-_*·|/]{1,2}[a-z0-9]){3,}(?![a-z0-9])")
_WORD = re.compile(r"[a-z0-9@$]{3,}")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<words>.*?)(?P=quote)|[^"']+|["']""", re.DOTALL)
_UNSEEN = "\x01"  # a letter that folding drops


@dataclass(frozen=True)
class Folded:
    """text: folded. places: of each letter of it, its place in the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded letters [start, end) stood: a half-open span of the original."""
        return self.places[start], self.places[end - 1] + 1


@lru_cache(maxsize=256)
def fold(text: str) -> Folded:
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for plain in _plain(letter):
            letters.append(plain)
            places.append(place)
    folded, kept = _without("".join(letters), places, _BETWEEN_HAN)
    folded, kept = _joined(folded, kept)
    return Folded(_WORD.sub(lambda word: _spelled(word.group()), folded), tuple(kept))


def _plain(letter: str) -> str:
    """What the letter stands for: "" for one that cannot be seen, several for a ligature."""
    if letter in "\n\t ":
        return letter
    category = unicodedata.category(letter)
    if category in ("Cf", "Cc", "Mn", "Co"):
        return ""
    if category == "So":  # a picture between two characters is a filler as a dot is
        return "*"
    plain = unicodedata.normalize("NFKD", letter).casefold()
    if "\u3400" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff":
        return _simplified(plain)
    return "".join(one for one in plain if unicodedata.category(one) != "Mn").translate(
        _LOOK_ALIKES
    )


@lru_cache(maxsize=8192)
def _simplified(letter: str) -> str:
    return _traditional_to_simplified().convert(letter)


@lru_cache(maxsize=1)
def _traditional_to_simplified() -> OpenCC:
    return OpenCC("t2s")


def _without(text: str, places: list[int], filler: re.Pattern) -> tuple[str, list[int]]:
    dropped = {at for found in filler.finditer(text) for at in range(*found.span())}
    if not dropped:
        return text, places
    kept = [at for at in range(len(text)) if at not in dropped]
    return "".join(text[at] for at in kept), [places[at] for at in kept]


def _joined(text: str, places: list[int]) -> tuple[str, list[int]]:
    """b.o.t.o.x is a word."""
    dropped = {
        at
        for found in _SPACED_LETTERS.finditer(text)
        for at in range(*found.span())
        if not text[at].isalnum()
    }
    kept = [at for at in range(len(text)) if at not in dropped]
    return "".join(text[at] for at in kept), [places[at] for at in kept]


def _spelled(word: str) -> str:
    """b0tox is botox; 100, b12 and 5pm stay: a digit is a letter only between letters."""
    letters = list(word)
    for at in range(1, len(word) - 1):
        if word[at] in _DIGITS_AS_LETTERS and word[at - 1].isalpha() and word[at + 1].isalpha():
            letters[at] = _DIGITS_AS_LETTERS[word[at]]
    return "".join(letters)


def without_liquid(text: str) -> str:
    """Of {{ field | default: "words" }} the words, everything else unseen; as long as before."""
    return _LIQUID.sub(lambda tag: _QUOTED.sub(_blank, tag.group()), text)


def _blank(part: re.Match) -> str:
    words = part.group("words")
    if words is None:
        return _UNSEEN * len(part.group())
    return f"{_UNSEEN}{words}{_UNSEEN}"
