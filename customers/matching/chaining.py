"""A is B and B is C, so A is C, unless A and C contradict each other."""

import numpy as np

from customers.matching.comparing import Comparison, compare
from customers.matching.name_levels import DIFFERS, MISSING, PARTLY, SIMILAR
from customers.matching.people import Columns

LARGEST_FAMILY = 30  # links of one person that are followed
N_STEPS = 2


def contradicts(c: Columns, found: Comparison, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether what is known of both cannot be one person: another name, gender or birthday.

    Where the whole name agrees, two birthdays may be two slips: a third record is like both. The
    same where a part of the name is missing, all that is known of it agrees, and the city too.
    """
    levels = found.levels
    no = other_given_name(c, found, a, b)
    for name in ("family", "given", "gender"):
        no |= levels[name] == DIFFERS
    names = np.array([levels["family"], levels["given"]])
    is_whole_alike = names.min(axis=0) >= SIMILAR
    is_part_alike = (names.max(axis=0) >= SIMILAR) & (names != PARTLY).all(axis=0)
    is_near = (levels["city"] == MISSING) | (levels["city"] >= SIMILAR)
    return no | (levels["birth"] == DIFFERS) & ~(is_whole_alike | is_part_alike & is_near)


def other_given_name(c: Columns, found: Comparison, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Chinese given names that neither look nor sound alike: twins and siblings, no slip.

    In signs or in letters: beside signs a given name in letters only differs where it is Chinese.
    """
    in_signs = c.is_han[a] & c.is_han[b]
    in_both = (c.is_han[a] != c.is_han[b]) & (found.levels["family"] >= SIMILAR)
    return (in_signs | in_both) & (found.levels["given"] == DIFFERS)


def implied_pairs(
    c: Columns, a: np.ndarray, b: np.ndarray, p: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Comparison]:
    """(a, b, probability, comparison) of pairs that follow from the given ones, none of them given.

    p: probability of each given pair, all ≥ `least`.
    """
    known = {(x, y): q for x, y, q in zip(a.tolist(), b.tolist(), p.tolist(), strict=True)}
    given = set(known)
    for _step in range(N_STEPS):
        fresh = {pair: q for pair, q in _one_step(known).items() if q >= least}
        if not fresh:
            break
        x, y = np.array(list(fresh), dtype=np.int64).T
        fine = ~contradicts(c, compare(c, x, y), x, y)
        known |= {pair: q for (pair, q), ok in zip(fresh.items(), fine.tolist(), strict=True) if ok}
    new = sorted(known.keys() - given)
    x, y = np.array(new, dtype=np.int64).reshape(-1, 2).T
    return x, y, np.array([known[pair] for pair in new]), compare(c, x, y)


def _one_step(known: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for (x, y), q in known.items():
        neighbours.setdefault(x, []).append((y, q))
        neighbours.setdefault(y, []).append((x, q))
    found: dict[tuple[int, int], float] = {}
    for links in neighbours.values():
        if not 1 < len(links) <= LARGEST_FAMILY:
            continue
        for i, (x, p) in enumerate(links):
            for y, q in links[i + 1 :]:
                pair = (min(x, y), max(x, y))
                if pair not in known:
                    found[pair] = max(found.get(pair, 0.0), p * q)
    return found
