"""What comes into the windows of a ladder and goes out of them, in numpy. No Django here.

A fact becomes two changes: it comes in on the day it is known and goes out on the day it leaves
the window.
"""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from loyalty.tiering import METRICS, LadderRules

LEAVING, COMING = 0, 1
NEVER = 10**9  # a day nobody lives to see
EPOCH = date(1970, 1, 1)


class Purchases(NamedTuple):
    """Arrays of one row a sale or refund. person: 0 … n_people − 1. Days count from 1970-01-01.

    counts_on: the day the purchase counts towards; known_on: when it was known, never earlier.
    """

    person: np.ndarray
    counts_on: np.ndarray
    known_on: np.ndarray
    net_minor: np.ndarray


class Marks(NamedTuple):
    """Points earned on a day, or (kind ≥ 0) a kind of treatment bought on it."""

    person: np.ndarray
    counts_on: np.ndarray
    known_on: np.ndarray
    value: np.ndarray  # points, or the number of the kind
    ends_on: np.ndarray  # the day it was given back, NEVER


class Changes(NamedTuple):
    """By how much a metric changes. when = 2 × day + phase."""

    when: np.ndarray
    person: np.ndarray
    metric: np.ndarray
    delta: np.ndarray


def number_of(day: date) -> int:
    return (day - EPOCH).days


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def leaving_days(rules: LadderRules, counts_on: np.ndarray) -> np.ndarray:
    """The day on which each purchase no longer counts."""
    if rules.year is None:
        return counts_on + rules.window_days
    days, back = np.unique(counts_on, return_inverse=True)
    leaves = [number_of(rules.leaves_on(day_of(day))) for day in days]
    return np.array(leaves, np.int64)[back]


def changes_of(
    rules: LadderRules, purchases: Purchases, *, points: Marks | None, kinds: Marks | None
) -> Changes:
    """What comes in and goes out of the windows, for the metrics these rules ask for."""
    parts = [_spend_changes(rules, purchases)]
    if "n_days" in rules.metrics:
        parts.append(_day_changes(rules, purchases))
    if "points" in rules.metrics and points is not None:
        parts.append(_sums(rules, points.person, points.counts_on, points.known_on, points.value,
                           METRICS.index("points")))  # fmt: skip
    if "n_kinds" in rules.metrics and kinds is not None:
        parts.append(_kind_changes(rules, kinds))
    joined = Changes(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    order = np.lexsort((joined.person, joined.when))
    return Changes(*(column[order] for column in joined))


def _spend_changes(rules: LadderRules, bought: Purchases) -> Changes:
    return _sums(rules, bought.person, bought.counts_on, bought.known_on, bought.net_minor, 0)


def _sums(
    rules: LadderRules,
    person: np.ndarray,
    counts_on: np.ndarray,
    known_on: np.ndarray,
    value: np.ndarray,
    metric: int,
) -> Changes:
    leaves = leaving_days(rules, counts_on)
    seen = known_on < leaves  # what is known only after it left never counted
    person, known_on, value, leaves = (a[seen] for a in (person, known_on, value, leaves))
    when = np.concatenate([2 * known_on + COMING, 2 * leaves + LEAVING])
    return Changes(
        when,
        np.concatenate([person, person]),
        np.full(len(when), metric),
        np.concatenate([value, -value]),
    )


def _day_changes(rules: LadderRules, bought: Purchases) -> Changes:
    """+1 when a day's net rises above zero, −1 when refunds take it down or the day leaves."""
    order = np.lexsort((bought.known_on, bought.counts_on, bought.person))
    person, day, known = (a[order] for a in (bought.person, bought.counts_on, bought.known_on))
    net = bought.net_minor[order]
    starts = _starts(person, day)
    total = _running(net, starts)
    is_bought = total > 0
    before = np.where(starts, False, np.roll(is_bought, 1))
    delta = is_bought.astype(np.int64) - before.astype(np.int64)
    return _signed(rules, person, day, known, delta, METRICS.index("n_days"))


def _kind_changes(rules: LadderRules, kinds: Marks) -> Changes:
    """A kind counts once however often it was bought: the union of its windows."""
    leaves = np.minimum(leaving_days(rules, kinds.counts_on), kinds.ends_on)
    seen = kinds.known_on < leaves
    person, kind = kinds.person[seen], kinds.value[seen]
    given_back = kinds.ends_on[seen] == leaves[seen]  # known in the course of that day
    gone = 2 * leaves[seen] + np.where(given_back, COMING, LEAVING)
    when = np.concatenate([2 * kinds.known_on[seen] + COMING, gone])
    person, kind = np.concatenate([person, person]), np.concatenate([kind, kind])
    delta = np.repeat(np.array([1, -1]), seen.sum())
    order = np.lexsort((-delta, when, kind, person))  # within one moment first what comes
    person, kind, when, delta = (a[order] for a in (person, kind, when, delta))
    starts = _starts(person, kind)
    stands = _running(delta, starts) > 0
    before = np.where(starts, False, np.roll(stands, 1))
    turn = stands.astype(np.int64) - before.astype(np.int64)
    moved = turn != 0
    return Changes(
        when[moved], person[moved], np.full(moved.sum(), METRICS.index("n_kinds")), turn[moved]
    )


def _signed(
    rules: LadderRules,
    person: np.ndarray,
    day: np.ndarray,
    known: np.ndarray,
    delta: np.ndarray,
    metric: int,
) -> Changes:
    moved = delta != 0
    return _sums(rules, person[moved], day[moved], known[moved], delta[moved], metric)


def _starts(*keys: np.ndarray) -> np.ndarray:
    """Where a new group begins, in arrays sorted by these keys."""
    starts = np.ones(len(keys[0]), bool)
    if len(starts) > 1:
        starts[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return starts


def _running(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Running sum within each group."""
    total = np.cumsum(values)
    if not len(values):
        return total
    first = np.flatnonzero(starts)
    before = np.concatenate([[0], total[first[1:] - 1]])
    return total - np.repeat(before, np.diff(np.append(first, len(values))))
