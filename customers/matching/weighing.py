"""What agreement is worth: three classes of pairs, weighed by expectation–maximisation.

ONE: two records of one person. HOME: two people of one household, who share phone, address and
family name, but neither given name nor birthday. STRANGERS: everybody else. For each field and
level the log of its probability in ONE and in HOME over that among STRANGERS is added up, as in
Fellegi & Sunter, A Theory for Record Linkage (1969). How often strangers agree is counted in
random pairs, and for exact agreement by how many people carry the very value (Winkler 2000): 王
says little, 欧阳 more. How often ONE agrees is learnt from the candidates, starting from what
clinics' files look like and held by the weight of `PRIOR_PAIRS` pairs, so that ten duplicates do
not overrule it.
"""

from dataclasses import dataclass

import numpy as np

from customers.matching.comparing import Comparison, compare
from customers.matching.name_levels import EXACT, SIMILAR
from customers.matching.people import Coded, Columns

PRIOR_PAIRS = 40.0
N_ROUNDS = 12
N_RANDOM = 400_000
LOG_HOPELESS = -9.0
UNSEEN_BEARERS = 0.5  # of a name that nobody else bears among those we know
RANDOM_SEED = 20_261_122

# P(level | ONE) for levels DIFFERS, PARTLY, SIMILAR, EXACT where both are known.
_ONE = {
    "family": (0.03, 0.01, 0.10, 0.86),
    "given": (0.04, 0.04, 0.14, 0.78),
    "birth": (0.02, 0.03, 0.09, 0.86),
    "gender": (0.01, 0.0, 0.0, 0.99),
    "phone": (0.25, 0.0, 0.10, 0.65),
    "email": (0.25, 0.03, 0.12, 0.60),
    "id": (0.60, 0.0, 0.0, 0.40),
    "address": (0.12, 0.08, 0.20, 0.60),
    "city": (0.10, 0.01, 0.10, 0.79),
}
_EXTRA_ONE = (0.12, 0.0, 0.13, 0.75)
# The share of household pairs that agree exactly because they live together; the rest as strangers.
_HOME = {"family": 0.6, "phone": 0.5, "email": 0.1, "address": 0.7, "city": 0.9,
         "birth": 0.02, "given": 0.005}  # fmt: skip
_EXTRA_HOME = 0.3
# The least that strangers agree exactly, and how many bearers of a value may be one person's.
_LEAST = {"family": 1e-4, "given": 1e-4, "birth": 5e-5, "gender": 0.3, "phone": 1e-6, "email": 1e-6,
          "id": 1e-8, "address": 1e-5, "city": 1e-3}  # fmt: skip
_FREE = {"birth": 3, "phone": 6, "email": 6, "id": 6, "address": 6}
_LEAST_EXTRA, _FREE_EXTRA = 1e-5, 6


@dataclass(frozen=True, eq=False)
class Weighed:
    """p_one, p_home: probability a pair. one: field → P(level | one person), as learnt."""

    p_one: np.ndarray
    p_home: np.ndarray
    one: dict[str, np.ndarray]


class Weights:
    """Learns on all candidates what a level is worth, then weighs them."""

    def __init__(self, columns: Columns, *, n_all: int | None = None) -> None:
        self._n = columns.n
        self._n_all = n_all or columns.n
        self._learns = n_all is None
        self._n_pairs = max(self._n_all * (self._n_all - 1) / 2, 1.0)
        self._columns = columns
        self._strangers = self._count_strangers()
        self._count_bearers(np.ones(columns.n))

    def weigh(self, found: Comparison, a: np.ndarray, b: np.ndarray) -> Weighed:
        """Probabilities of the candidates, rows a and b; all other pairs count as strangers.

        Done twice: how rare a value is, is a matter of people, and the second time the records of
        one person count as one.
        """
        first = self._weigh(found)
        if not self._learns:
            return first
        n_records = 1 + sum(np.bincount(rows, first.p_one, minlength=self._n) for rows in (a, b))
        self._count_bearers(1 / n_records)
        return self._weigh(found)

    def is_worth_weighing(self, found: Comparison) -> np.ndarray:
        """Which candidates may still turn out to be one person, whatever is learnt."""
        log_one = self._name_correction(found) + np.log(self._usual_share)
        for name, level in found.levels.items():
            prior = _smoothed(_ONE.get(name, _EXTRA_ONE))
            log_one += _logs(prior)[level] - self._surprise(name, found)
        return log_one > LOG_HOPELESS

    @property
    def _usual_share(self) -> float:
        """Of all pairs, how many are one person where one customer in fifty is there twice."""
        return 0.02 * self._n_all / self._n_pairs

    def _count_bearers(self, share_of_person: np.ndarray) -> None:
        self._n_people = share_of_person.sum()
        self._books = _books(self._columns, share_of_person)

    def _weigh(self, found: Comparison) -> Weighed:
        fields = list(found.levels)
        surprise = {name: self._surprise(name, found) for name in fields}
        one = {name: _smoothed(_ONE.get(name, _EXTRA_ONE)) for name in fields}
        home = sum(
            (self._home(name, found, surprise[name]) for name in fields), np.zeros(len(found))
        )
        correction = self._name_correction(found)
        home += correction
        share_one = share_home = self._usual_share
        for _round in range(N_ROUNDS if self._learns else 1):
            log_one = correction.copy()
            for name in fields:
                log_one += _logs(one[name])[found.levels[name]] - surprise[name]
            p_one, p_home = _shares(log_one, home, share_one, share_home)
            if not self._learns:
                break
            one = {name: _learnt(name, found.levels[name], p_one) for name in fields}
            share_one = (p_one.sum() + 1) / self._n_pairs
            share_home = (p_home.sum() + 1 + 0.02 * self._n) / self._n_pairs
        return Weighed(p_one, p_home, one)

    def _count_strangers(self) -> dict[str, np.ndarray]:
        """field → P(level) in random pairs; the few duplicates among them do no harm."""
        rng = np.random.default_rng(RANDOM_SEED)
        a, b = rng.integers(0, self._n, (2, min(N_RANDOM, int(self._n_pairs) * 2 + 2)))
        found = compare(self._columns, a[a != b], b[a != b])
        shares = {}
        for name, level in found.levels.items():
            counts = np.bincount(level, minlength=5)[1:5].astype(float)
            counts += 0.5 * np.array([1.0, 0.2, 0.2, 0.02])
            shares[name] = counts / counts.sum()
        return shares

    def _surprise(self, name: str, found: Comparison) -> np.ndarray:
        """Log of how often strangers are at this level; for exact agreement, on this very value."""
        level = found.levels[name]
        logs = np.r_[0.0, np.log(self._strangers[name])][level]
        exact = np.flatnonzero(level == EXACT)
        least = _LEAST.get(name, _LEAST_EXTRA)
        share = np.full(len(exact), max(least, float(self._strangers[name][3])))
        if name in found.shared:
            share = np.maximum(least, self._share_of(name, found.shared[name][exact]))
        logs[exact] = np.log(np.minimum(share, 1.0))
        if (sound := f"{name}_sound") in found.shared:
            near = np.flatnonzero(level == SIMILAR)
            logs[near] = np.maximum(logs[near], np.log(self._share_of_sound(sound, found, near)))
        return logs

    def _share_of_sound(self, name: str, found: Comparison, rows: np.ndarray) -> np.ndarray:
        """Share of the people whose name sounds like the commoner of the two."""
        codes = found.shared[name][rows], found.shared[f"{name}_too"][rows]
        bearers = np.maximum(*(_looked_up(self._books[name], code) for code in codes))
        return np.maximum(bearers - 1, UNSEEN_BEARERS) / self._n_people

    def _share_of(self, name: str, codes: np.ndarray) -> np.ndarray:
        """Share of the people who carry a value, one person's own records not counted."""
        book, default = self._books[name], _FREE_EXTRA
        free = _FREE.get(name, 1 if name in ("family", "given", "city") else default)
        return np.maximum(_looked_up(book, codes) - free, 0) / self._n_people

    def _home(self, name: str, found: Comparison, surprise: np.ndarray) -> np.ndarray:
        """Log of P(level | household) over P(level | strangers)."""
        bound = _HOME.get(name, 0.0 if name in _ONE else _EXTRA_HOME)
        level = found.levels[name]
        logs = np.where((level > 0) & (level < EXACT), np.log1p(-bound), 0.0)
        exact = level == EXACT
        logs[exact] = np.log(bound * np.exp(-surprise[exact]) + (1 - bound))
        return logs

    def _name_correction(self, found: Comparison) -> np.ndarray:
        """Family and given name are not drawn apart: a full name is as rare as its bearers are."""
        family, given = found.levels["family"], found.levels["given"]
        alike = np.flatnonzero((family >= SIMILAR) & (given >= SIMILAR))
        exact = (family[alike] == EXACT) & (given[alike] == EXACT)
        written = _looked_up(self._books["whole"], found.shared["whole"][alike])
        keys = found.shared["name_key"][alike], found.shared["name_key_too"][alike]
        sounding = np.maximum(*(_looked_up(self._books["name_key"], key) for key in keys))
        others = np.maximum(np.where(exact, written, sounding) - 1, UNSEEN_BEARERS)
        apart = self._surprise("family", found)[alike] + self._surprise("given", found)[alike]
        correction = np.zeros(len(found))
        correction[alike] = np.minimum(apart - np.log(others / self._n_people), 0.0)
        return correction


def _looked_up(book: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Bearers of each code; 0 for no code: a lone given name may agree with no family name."""
    return np.where(codes >= 0, book[codes], 0.0) if len(book) else np.zeros(len(codes))


def _books(c: Columns, share_of_person: np.ndarray) -> dict[str, np.ndarray]:
    """field → how many people carry the value with this code."""
    coded: dict[str, Coded] = {
        "family": c.family, "given": c.given, "phone": c.phone, "email": c.email, "id": c.id,
        "address": c.address, "city": c.city, "whole": c.whole,
        "family_sound": c.family_sound, "given_sound": c.given_sound, "name_key": c.name_key,
        **c.extras,
    }  # fmt: skip
    books = {name: _bearers(one, share_of_person) for name, one in coded.items()}
    return {"birth": np.bincount(c.birth, share_of_person, minlength=1)} | books


def _bearers(coded: Coded, share_of_person: np.ndarray) -> np.ndarray:
    codes = coded.codes.reshape(len(share_of_person), -1)
    rows, columns = np.nonzero(codes >= 0)
    return np.bincount(codes[rows, columns], share_of_person[rows], minlength=len(coded.texts))


def _smoothed(shares: tuple[float, ...]) -> np.ndarray:
    array = np.maximum(np.array(shares), 1e-4)
    return array / array.sum()


def _logs(one: np.ndarray) -> np.ndarray:
    return np.r_[0.0, np.log(one)]  # MISSING says nothing


def _shares(
    log_one: np.ndarray, log_home: np.ndarray, share_one: float, share_home: float
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of ONE and HOME among ONE, HOME and STRANGERS."""
    one, home = log_one + np.log(share_one), log_home + np.log(share_home)
    top = np.maximum(np.maximum(one, home), 0.0)
    parts = np.exp(one - top), np.exp(home - top), np.exp(-top)
    total = sum(parts)
    return parts[0] / total, parts[1] / total


def _learnt(name: str, level: np.ndarray, p_one: np.ndarray) -> np.ndarray:
    counts = np.bincount(level, weights=p_one, minlength=5)[1:5]
    prior = _smoothed(_ONE.get(name, _EXTRA_ONE))
    return (counts + PRIOR_PAIRS * prior) / (counts.sum() + PRIOR_PAIRS)
