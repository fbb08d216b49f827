"""How far two people agree, field by field: one level a pair and field."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from customers.matching.name_levels import DIFFERS, EXACT, MISSING, PARTLY, SIMILAR, name_levels
from customers.matching.people import Coded, Columns

FIELDS = ("family", "given", "birth", "gender", "phone", "email", "id", "address", "city")
PHONE_DIGITS_OFF = 1
NO_CODE = -1
ADDRESS_SIMILAR, ADDRESS_PARTLY, CITY_SIMILAR = 85, 60, 75  # of 100, token sort ratio


@dataclass(frozen=True, eq=False)
class Comparison:
    """levels: field → MISSING … EXACT, one a pair. shared: field → code of what agrees exactly;

    `family_sound` and `family_sound_too` … → codes of either side, where it nearly agrees.
    """

    levels: dict[str, np.ndarray]
    shared: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.levels["family"])

    def of(self, rows: np.ndarray) -> "Comparison":
        """The comparison of these pairs only."""
        return Comparison(
            {name: level[rows] for name, level in self.levels.items()},
            {name: codes[rows] for name, codes in self.shared.items()},
        )


def joined(parts: list[Comparison]) -> Comparison:
    """One comparison of all pairs; the parts are emptied as they are taken over."""

    def all_of(name: str, of_part: Callable[[Comparison], dict[str, np.ndarray]]) -> np.ndarray:
        return np.concatenate([of_part(part).pop(name) for part in parts])

    return Comparison(
        {name: all_of(name, lambda part: part.levels) for name in list(parts[0].levels)},
        {name: all_of(name, lambda part: part.shared) for name in list(parts[0].shared)},
    )


def compare(c: Columns, a: np.ndarray, b: np.ndarray) -> Comparison:
    """Compare rows a with rows b of the columns."""
    levels: dict[str, np.ndarray] = {}
    levels["family"], levels["given"] = name_levels(c, a, b)
    levels["birth"] = _births(c.birth[a], c.birth[b])
    levels["gender"] = _genders(c.gender[a], c.gender[b])
    levels["phone"], phone = _lists(c.phone, a, b, _phones_near)
    levels["email"], email = _lists(c.email, a, b, _emails_near)
    levels["id"], identity = _lists(c.id, a, b, None)
    levels["address"] = _places(c.address, a, b, ADDRESS_SIMILAR, ADDRESS_PARTLY)
    levels["city"] = _places(c.city, a, b, CITY_SIMILAR, CITY_SIMILAR)
    shared = {
        "family": c.family.codes[a], "given": c.given.codes[a], "phone": phone, "email": email,
        "id": identity, "address": c.address.codes[a], "city": c.city.codes[a],
        "birth": c.birth[a], "whole": c.whole.codes[a],
    }  # fmt: skip
    for name, coded in (
        ("family_sound", c.family_sound), ("given_sound", c.given_sound), ("name_key", c.name_key),
    ):  # fmt: skip
        shared[name], shared[f"{name}_too"] = coded.codes[a], coded.codes[b]
    for name, extra in c.extras.items():
        levels[name], shared[name] = _extras(extra, a, b), extra.codes[a]
    return Comparison(levels, shared)


def _births(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """EXACT; SIMILAR: one slip, or day and month swapped; PARTLY: two of year, month, day agree."""
    level = np.full(len(one), DIFFERS, dtype=np.int8)
    parts = [
        (one // 10_000, other // 10_000),
        (one // 100 % 100, other // 100 % 100),
        (one % 100, other % 100),
    ]
    n_same = sum((x == y).astype(int) for x, y in parts)
    level[(n_same >= 2) | (_n_digits_off(one, other) == 2)] = PARTLY
    level[_n_digits_off(one, other) == 1] = SIMILAR
    turned = one // 10_000 * 10_000 + one % 100 * 100 + one // 100 % 100
    level[turned == other] = SIMILAR
    level[one == other] = EXACT
    level[(one == 0) | (other == 0)] = MISSING
    return level


def _n_digits_off(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Digits in which two days differ, where two neighbours that changed places count as one."""
    digits = [(one // 10**k % 10, other // 10**k % 10) for k in range(8)]
    n_off = sum((x != y).astype(np.int8) for x, y in digits)
    turned = np.zeros(len(one), dtype=bool)
    for (x, y), (next_x, next_y) in pairwise(digits):
        turned |= (x == next_y) & (y == next_x) & (x != y)
    return np.where(turned & (n_off == 2), 1, n_off)


def _genders(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    level = np.where(one == other, EXACT, DIFFERS).astype(np.int8)
    level[(one == 0) | (other == 0)] = MISSING
    return level


def _lists(coded: Coded, a, b, near) -> tuple[np.ndarray, np.ndarray]:
    """(level, code of the value both carry). near: texts, texts → whether they nearly agree."""
    one, other = coded.codes[a], coded.codes[b]
    shared = np.full(len(a), NO_CODE, dtype=coded.codes.dtype)
    width = one.shape[1]
    for i in range(width):
        for k in range(width):
            same = (one[:, i] == other[:, k]) & (one[:, i] >= 0)
            shared[same] = one[same, i]
    level = np.full(len(a), DIFFERS, dtype=np.int8)
    level[(one[:, 0] < 0) | (other[:, 0] < 0)] = MISSING
    for i in range(width) if near else ():
        for k in range(width):
            rows = np.flatnonzero((shared < 0) & (one[:, i] >= 0) & (other[:, k] >= 0))
            if len(rows):
                found = near(coded.at(a[rows], i), coded.at(b[rows], k))
                level[rows] = np.maximum(level[rows], found)
    level[shared >= 0] = EXACT
    return level, shared


def _phones_near(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    distance = cpdist(x, y, scorer=OSA.distance, score_cutoff=PHONE_DIGITS_OFF)
    return np.where(distance <= PHONE_DIGITS_OFF, SIMILAR, DIFFERS)


def _emails_near(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """SIMILAR: up to two typing errors. PARTLY: the same before the @, which is not a short one."""
    distance = cpdist(x, y, scorer=OSA.distance, score_cutoff=3)
    locals_ = [[text.partition("@")[0] for text in texts] for texts in (x, y)]
    same = [p == q and len(p) > 5 for p, q in zip(*locals_, strict=True)]
    return np.select([distance <= 3, np.array(same, dtype=bool)], [SIMILAR, PARTLY], DIFFERS)


def _places(coded: Coded, a, b, similar: int, partly: int) -> np.ndarray:
    one, other = coded.codes[a], coded.codes[b]
    level = np.full(len(a), DIFFERS, dtype=np.int8)
    rows = np.flatnonzero((one != other) & (one >= 0) & (other >= 0))
    if len(rows):
        x, y = coded.at(a[rows]), coded.at(b[rows])
        ratio = np.maximum(
            cpdist(x, y, scorer=fuzz.ratio), cpdist(x, y, scorer=fuzz.token_sort_ratio)
        )
        level[rows] = np.select([ratio >= similar, ratio >= partly], [SIMILAR, PARTLY], DIFFERS)
    level[one == other] = EXACT
    level[(one < 0) | (other < 0)] = MISSING
    return level


def _extras(coded: Coded, a, b) -> np.ndarray:
    one, other = coded.codes[a], coded.codes[b]
    level = np.full(len(a), DIFFERS, dtype=np.int8)
    rows = np.flatnonzero((one != other) & (one >= 0) & (other >= 0))
    if len(rows):
        distance = cpdist(coded.at(a[rows]), coded.at(b[rows]), scorer=OSA.distance, score_cutoff=1)
        level[rows[distance <= 1]] = SIMILAR
    level[one == other] = EXACT
    level[(one < 0) | (other < 0)] = MISSING
    return level
