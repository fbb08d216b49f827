"""The exact probability that a person returns, from the hidden state on a day.

Untreated: with slots s whose running gaps are base_s + scale_s × Gamma(shape_s) in operational
time, the survival is S(t) = Π_s Q(shape_s, (Λ(t) − base_s) / scale_s), and
P(return by day t | none until `on`) = 1 − S(t) / S(on). Who has left never returns untreated.

With an offer: logit P_offer(t) = logit P(t) + shift (see `config.Offer`); who has left returns
with win_back(cause) × exp(−days since leaving / 365) × (1 − exp(−days / 12)).
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from clinic_crm.simulator.config import Offer
from clinic_crm.simulator.history import CAUSES, STAYS, Gaps
from clinic_crm.simulator.people import Persons
from clinic_crm.simulator.seasons import Clock

WIN_BACK_DAYS = 12.0
WIN_BACK_FADES_DAYS = 365.0


@dataclass(frozen=True, eq=False)
class Hidden:
    """All that the clinic cannot see and that decides who returns."""

    clock: Clock
    persons: Persons
    gaps: Gaps
    left_day: np.ndarray  # −1 for those who stay
    leave_cause: np.ndarray


@dataclass(frozen=True, eq=False)
class State:
    """The running gaps of chosen persons at the end of a day; arrays (n,) or (n, 2 slots)."""

    person: np.ndarray
    day: int
    is_known: np.ndarray  # had come into contact by then
    has_left: np.ndarray
    base_op: np.ndarray
    scale: np.ndarray
    shape: np.ndarray
    due_op: np.ndarray
    dueness: np.ndarray  # share of the expected gap that is over, 0–1.5, of the soonest slot
    next_slot: np.ndarray

    def part(self, rows: slice) -> Self:
        """Some of these persons, on the same day."""
        chosen = {name: value[rows] for name, value in vars(self).items() if name != "day"}
        return replace(self, **chosen)


def state_at(hidden: Hidden, person: np.ndarray, day: int) -> State:
    """Where these persons stand at the end of `day`."""
    left_day = hidden.left_day[person]
    has_left = (left_day >= 0) & (left_day <= day)
    is_known = hidden.persons.created_day[person] <= day
    rows = _running_gaps(hidden, day)[person]
    gaps = hidden.gaps
    none = (rows < 0) | (has_left | ~is_known)[:, None]
    base = np.where(none, np.inf, gaps.base_op[rows])
    scale = np.where(none, 1.0, gaps.scale[rows])
    shape = np.where(none, 1, gaps.shape[rows])
    due = np.where(none, np.inf, gaps.due_op[rows])
    base = np.where(np.isinf(due), np.inf, base)  # nothing will come of this gap
    drawn_op = hidden.clock.op_after(np.where(none, 0, gaps.drawn_day[rows]))
    expected = base + scale * shape
    next_slot = expected.argmin(axis=1)
    now = hidden.clock.op_after(np.array(day))
    soonest = np.arange(len(person)), next_slot
    over = (now - drawn_op[soonest]) / np.maximum(expected[soonest] - drawn_op[soonest], 1e-9)
    return State(
        person=person,
        day=day,
        is_known=is_known,
        has_left=has_left,
        base_op=base,
        scale=scale,
        shape=shape,
        due_op=due,
        dueness=np.clip(over, 0.0, 1.5),
        next_slot=next_slot,
    )


def untreated_probability(hidden: Hidden, state: State, op: np.ndarray | float) -> np.ndarray:
    """P(a visit by operational time op | none up to the state's day).

    op: one value, or one per person, or (1, n_days) for a curve of shape (n_persons, n_days).
    """
    now = float(hidden.clock.op_after(np.array(state.day)))
    column = (slice(None),) if np.ndim(op) < 2 else (slice(None), None)
    survival = np.ones(1)
    for slot in (0, 1):
        gap = state.base_op[:, slot], state.scale[:, slot], state.shape[:, slot]
        at_op = _erlang_survival(op, *(values[column] for values in gap))
        survival = survival * at_op / _erlang_survival(now, *gap)[column]
    return 1.0 - survival


def offered_probability(
    hidden: Hidden, state: State, offer: Offer | None, n_days: np.ndarray
) -> np.ndarray:
    """(n_persons, len(n_days)) probabilities of a return within each number of days."""
    op = hidden.clock.op_after(state.day + n_days)[None, :]
    untreated = untreated_probability(hidden, state, op)
    if offer is None:
        return untreated
    odds_ratio = np.exp(_shift(hidden.persons, state, offer))[:, None]
    treated = untreated * odds_ratio / (1 - untreated + untreated * odds_ratio)
    rise = 1 - np.exp(-n_days / WIN_BACK_DAYS)
    won_back = _win_back(hidden, state, offer)[:, None] * rise
    return np.where(state.has_left[:, None], won_back, treated)


def _running_gaps(hidden: Hidden, day: int) -> np.ndarray:
    """(n_people, 2) row of the latest gap drawn up to that day, −1 for none."""
    rows = np.full((len(hidden.persons), 2), -1)
    known = np.flatnonzero(hidden.gaps.drawn_day <= day)
    np.maximum.at(rows, (hidden.gaps.person[known], hidden.gaps.slot[known]), known)
    return rows


def _erlang_survival(op, base, scale, shape) -> np.ndarray:
    """P(base + scale × Gamma(shape) > op) = exp(−x) Σ_{n<shape} xⁿ/n!, shape a whole number."""
    x = np.maximum(op - base, 0.0) / scale
    term, total = np.ones_like(x), np.zeros_like(x)
    for n in range(int(np.max(shape, initial=1))):
        total = total + np.where(n < shape, term, 0.0)
        term = term * x / (n + 1)
    return np.exp(-x) * total


def _shift(persons: Persons, state: State, offer: Offer) -> np.ndarray:
    who = state.person
    return (
        offer.base
        + offer.by_forgetfulness * persons.forgetfulness[who] * state.dueness
        + offer.by_price * persons.price_sensitivity[who]
        + offer.by_gift * persons.gift_liking[who]
        - offer.annoyance * persons.is_contact_averse[who]
    )


def _win_back(hidden: Hidden, state: State, offer: Offer) -> np.ndarray:
    chances = dict(offer.win_back)
    by_cause = np.array([chances.get(cause, 0.0) for cause in CAUSES] + [0.0])
    cause = hidden.leave_cause[state.person]
    since = np.maximum(state.day - hidden.left_day[state.person], 0)
    averse = np.where(hidden.persons.is_contact_averse[state.person], 0.5, 1.0)
    return np.where(
        cause == STAYS, 0.0, by_cause[cause] * averse * np.exp(-since / WIN_BACK_FADES_DAYS)
    )
