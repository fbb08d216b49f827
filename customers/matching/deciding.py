"""From probabilities to decisions: certain, to be looked at by a person, or different people."""

from dataclasses import dataclass

import numpy as np

from customers.matching.comparing import Comparison
from customers.matching.name_levels import DIFFERS, EXACT, MISSING, SIMILAR

DIFFERENT, REVIEW, MERGE = 0, 1, 2


@dataclass(frozen=True)
class Thresholds:
    """Probabilities, 0–1: from `review` on a person looks, from `merge` on it is certain."""

    review: float = 0.5
    merge: float = 0.999


def decide(found: Comparison, p_one: np.ndarray, thresholds: Thresholds) -> np.ndarray:
    """DIFFERENT, REVIEW or MERGE of each pair."""
    decision = np.where(p_one >= thresholds.review, REVIEW, DIFFERENT)
    decision[(p_one >= thresholds.merge) & is_beyond_doubt(found)] = MERGE
    return decision


def agrees_on_own_id(found: Comparison) -> np.ndarray:
    """Whether they share what is one person's alone: an e-mail address, a card, a WeChat id."""
    return (found.levels["email"] == EXACT) | (found.levels["id"] == EXACT)


def is_beyond_doubt(found: Comparison) -> np.ndarray:
    """The full name agrees, nothing contradicts, and two further things agree.

    A phone is one thing and never enough: families share it. Twins share phone, birthday and
    family name, so the given name must agree as well.
    """
    levels = found.levels
    is_named = (levels["family"] == EXACT) & (levels["given"] == EXACT)
    own = [levels[name] == EXACT for name in ("birth", "email", "id")]
    shared = [levels[name] == EXACT for name in ("phone", "address")]
    n_agreeing = sum(flag.astype(int) for flag in (*own, *shared))
    is_own = np.logical_or.reduce(own)
    contradicts = levels["gender"] == DIFFERS
    contradicts |= (levels["birth"] != EXACT) & (levels["birth"] != MISSING)
    near_enough = levels["birth"] == EXACT
    address_alike = (levels["address"] >= SIMILAR) & near_enough & is_named
    return is_named & is_own & ~contradicts & ((n_agreeing >= 2) | address_alike)
