"""How far two names agree: levels of the family and of the given name, for arrays of pairs."""

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from customers.matching import han
from customers.matching.people import Columns

MISSING, DIFFERS, PARTLY, SIMILAR, EXACT = range(5)
_ALIKE = 0.92  # Jaro–Winkler: «Catherine» and «Katherine» are not, «Sondergeld», «Sondergelt» are


def name_levels(c: Columns, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(levels of the family name, of the given name) of each pair of rows."""
    family = np.full(len(a), MISSING, dtype=np.int8)
    given = family.copy()
    both_known = (c.family.codes[a] >= 0) & (c.family.codes[b] >= 0)
    for chosen, compare in (
        (c.is_han[a] & c.is_han[b], _of_signs),
        (~c.is_han[a] & ~c.is_han[b], _of_letters),
        (c.is_han[a] != c.is_han[b], _across),
    ):
        rows = np.flatnonzero(chosen & both_known)
        if len(rows):
            family[rows], given[rows] = compare(c, a[rows], b[rows])
    return family, given


def _of_signs(c: Columns, a, b) -> tuple[np.ndarray, np.ndarray]:
    family = np.where(c.family_sound.codes[a] == c.family_sound.codes[b], SIMILAR, DIFFERS)
    family[c.family.codes[a] == c.family.codes[b]] = EXACT
    one, other = c.given.codes[a], c.given.codes[b]
    given = np.full(len(a), DIFFERS)
    open_rows = np.flatnonzero((one != other) & (one >= 0) & (other >= 0))
    given[open_rows] = np.where(_nearly_agrees(c, a[open_rows], b[open_rows]), PARTLY, DIFFERS)
    sounds_same = c.given_sound.codes[a] == c.given_sound.codes[b]
    given[sounds_same | _sounds_may_be_same(c, a, b, open_rows)] = SIMILAR
    given[one == other] = EXACT
    given[(one < 0) | (other < 0)] = MISSING
    turned = (c.turned.codes[a] == c.turned.codes[b]) & (c.whole.codes[a] != c.whole.codes[b])
    turned &= c.turned.codes[a] >= 0
    return np.where(turned, SIMILAR, family), np.where(turned, SIMILAR, given)


def _nearly_agrees(c: Columns, a, b) -> np.ndarray:
    """One given name is part of the other, or one sign of them is another that sounds almost so.

    A sign in common is not enough: 宝平 and 宝喜 are how sisters are named.
    """
    x, y = c.given.at(a), c.given.at(b)
    pairs = [(set(one), set(other)) for one, other in zip(x.tolist(), y.tolist(), strict=True)]
    is_part = np.array([one <= other or other <= one for one, other in pairs], dtype=bool)
    shares = np.array([not one.isdisjoint(other) for one, other in pairs], dtype=bool)
    return is_part | shares & (_distance(c.given_sound.at(a), c.given_sound.at(b)) <= 1)


def _sounds_may_be_same(c: Columns, a, b, rows: np.ndarray) -> np.ndarray:
    """Signs with several readings: one of them is enough."""
    found = np.zeros(len(a), dtype=bool)
    if not len(rows):
        return found
    sounds = c.given_sounds
    several = np.array(
        [bool(x or y) for x, y in zip(sounds[a[rows]], sounds[b[rows]], strict=True)]
    )
    rows = rows[several]
    x, y = c.given_sound.at(a[rows]), c.given_sound.at(b[rows])
    found[rows] = [
        not {one, *more}.isdisjoint({other, *others})
        for one, more, other, others in zip(x, sounds[a[rows]], y, sounds[b[rows]], strict=True)
    ]
    return found


def _of_letters(c: Columns, a, b) -> tuple[np.ndarray, np.ndarray]:
    fa, fb, ga, gb = c.family.at(a), c.family.at(b), c.given.at(a), c.given.at(b)
    family, given = _likeness(fa, fb), _likeness(ga, gb)
    lone = (ga == "") | (gb == "")
    crossed_family, crossed_given = _likeness(fa, gb), _likeness(ga, fb)
    swapped = ~lone & (np.minimum(crossed_family, crossed_given) >= SIMILAR)
    swapped &= np.minimum(family, given) < SIMILAR
    family[swapped], given[swapped] = crossed_family[swapped], crossed_given[swapped]
    _compare_lone(family, given, crossed_family, crossed_given, lone, ga, gb)
    spaced = ~lone & (np.minimum(family, given) < SIMILAR)
    spaced &= _distance(ga + fa, gb + fb) <= 1
    family[spaced], given[spaced] = SIMILAR, SIMILAR
    return family, given


def _compare_lone(family, given, crossed_family, crossed_given, lone, ga, gb) -> None:
    """A lone word may be family or given name: it counts as the one it is more like."""
    only_a, only_b = lone & (ga == "") & (gb != ""), lone & (gb == "") & (ga != "")
    for only, crossed in ((only_a, crossed_family), (only_b, crossed_given)):
        is_given = only & (crossed > family)
        given[is_given], family[is_given] = crossed[is_given], MISSING
        given[only & ~is_given] = MISSING
    both_lone = (ga == "") & (gb == "")
    given[both_lone] = MISSING


def _likeness(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """MISSING … EXACT of two arrays of words."""
    level = np.full(len(x), DIFFERS, dtype=np.int8)
    shorter = np.minimum(_lengths(x), _lengths(y))
    distance = _distance(x, y)
    alike = cpdist(x, y, scorer=JaroWinkler.similarity, dtype=np.float32) >= _ALIKE
    starts = np.array(
        [p.startswith(q) or q.startswith(p) for p, q in zip(x.tolist(), y.tolist(), strict=True)],
        dtype=bool,
    )
    level[starts] = PARTLY
    typo = (distance <= 1) & (shorter >= 3) | (distance <= 2) & (shorter >= 5)
    level[typo | alike & (shorter >= 3)] = SIMILAR
    level[distance == 0] = EXACT
    level[shorter == 0] = MISSING
    return level


def _distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Typing errors between two words: signs left out, put in, changed or swapped; 3 = more."""
    if not len(x):
        return np.empty(0, dtype=np.uint8)
    return cpdist(x, y, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)


def _lengths(x: np.ndarray) -> np.ndarray:
    return np.fromiter(map(len, x), dtype=np.int64, count=len(x))


def _across(c: Columns, a, b) -> tuple[np.ndarray, np.ndarray]:
    """Signs against letters: compared as they sound, in either order of the parts."""
    swap = ~c.is_han[a]
    signs, letters = np.where(swap, b, a), np.where(swap, a, b)
    fs, gs = c.family_sound.at(signs), c.given_sound.at(signs)
    fl, gl = c.family_sound.at(letters), c.given_sound.at(letters)
    written, turned = gl + fl, fl + gl
    distance = np.minimum(_distance(fs + gs, written), _distance(fs + gs, turned))
    is_family = (fs == fl) | (fs == gl)
    family = np.where((distance <= 1) | is_family, SIMILAR, DIFFERS)
    # Amy Wang may be any 王: what differs is not the given name. Baoxi Wang is no 王宝平.
    chosen = np.where(fs == fl, gl, fl)
    unsaid = (gs == "") | (gl == "")
    is_chinese = _spells(chosen, c.given.at(signs))
    given = np.where(unsaid | is_family & ~is_chinese, MISSING, DIFFERS)
    given[is_family & ~unsaid & _is_a_reading(chosen, c.given_sounds[signs])] = SIMILAR
    given[(distance <= 1) & (gs != "")] = SIMILAR
    return family, given


def _spells(letters: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Whether the letters are as many syllables of Chinese as there are signs."""
    pairs = zip(letters.tolist(), signs.tolist(), strict=True)
    return np.array([han.is_syllables(word, len(name)) for word, name in pairs], dtype=bool)


def _is_a_reading(letters: np.ndarray, sounds: np.ndarray) -> np.ndarray:
    """Whether the letters are one of the rarer ways to read the signs."""
    pairs = zip(letters.tolist(), sounds.tolist(), strict=True)
    return np.array([word in ways for word, ways in pairs], dtype=bool)
