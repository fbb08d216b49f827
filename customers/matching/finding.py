"""The whole way from people to pairs."""

from dataclasses import dataclass

import numpy as np

from customers.matching.blocking import candidate_batches
from customers.matching.chaining import implied_pairs, other_given_name
from customers.matching.comparing import Comparison, compare, joined
from customers.matching.deciding import REVIEW, Thresholds, agrees_on_own_id, decide
from customers.matching.people import Columns, People
from customers.matching.weighing import Weights

_CHUNK = 200_000


@dataclass(frozen=True, eq=False)
class Found:
    """Pairs that are not different: rows a < b, probability, decision, level of each field.

    is_implied: not alike by themselves, but both are like a third.
    """

    a: np.ndarray
    b: np.ndarray
    score: np.ndarray
    decision: np.ndarray
    levels: dict[str, np.ndarray]
    is_implied: np.ndarray
    n_compared: int


def find_pairs(
    people: People, thresholds: Thresholds | None = None, *, n_all: int | None = None
) -> Found:
    """All pairs that may be one person.

    n_all: the people are only some of so many: nothing is learnt from them, and the bar is that of
    all.
    """
    thresholds = thresholds or Thresholds()
    columns = people.columns()
    if columns.n < 2:
        return _nothing()
    weights = Weights(columns, n_all=n_all)
    a, b, compared, n_compared = _worth_weighing(columns, weights)
    p = weights.weigh(compared, a, b).p_one
    p[other_given_name(columns, compared, a, b) & ~agrees_on_own_id(compared)] = 0.0
    kept = np.flatnonzero(p >= thresholds.review)
    a, b, p, compared = a[kept], b[kept], p[kept], compared.of(kept)
    x, y, q, implied = implied_pairs(columns, a, b, p, thresholds.review)
    decision = decide(compared, p, thresholds)
    return Found(
        a=np.concatenate([a, x]),
        b=np.concatenate([b, y]),
        score=np.concatenate([p, q]),
        decision=np.concatenate([decision, np.full(len(x), REVIEW)]),
        levels={
            name: np.concatenate([compared.levels[name], implied.levels[name]])
            for name in compared.levels
        },
        is_implied=np.arange(len(a) + len(x)) >= len(a),
        n_compared=n_compared,
    )


def _worth_weighing(
    columns: Columns, weights: Weights
) -> tuple[np.ndarray, np.ndarray, Comparison, int]:
    """(a, b, comparison) of the candidates that are not hopeless, and how many were looked at.

    Chunk by chunk, so that memory depends on what is found and hardly on what is looked at.
    """
    none = np.empty(0, dtype=np.int64)
    found, chunks, n_compared = [none], [compare(columns, none, none)], 0
    for batch in candidate_batches(columns):
        n_compared += len(batch)
        for start in range(0, len(batch), _CHUNK):
            pairs = batch[start : start + _CHUNK]
            compared = compare(columns, pairs // columns.n, pairs % columns.n)
            kept = np.flatnonzero(weights.is_worth_weighing(compared))
            found.append(pairs[kept])
            chunks.append(compared.of(kept))
    pairs, first = np.unique(np.concatenate(found), return_index=True)
    compared = joined(chunks).of(first)
    return pairs // columns.n, pairs % columns.n, compared, n_compared


def _nothing() -> Found:
    none = np.empty(0, dtype=np.int64)
    return Found(none, none, none.astype(float), none, {}, none.astype(bool), 0)
