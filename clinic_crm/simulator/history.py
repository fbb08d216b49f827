"""The engine: visit after visit for everybody at once, each caused by the ones before.

Round r handles the r-th visit of every person who still comes. Within a round the person's
soonest due treatment is carried out, the visit goes well or badly, the person stays or leaves,
and the next gap of that treatment is drawn. A round draws for all persons, whether they take
part or not, so one person's fate never shifts another's.
"""

from dataclasses import dataclass

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.people import MAIN, SECOND, Persons, consultants_at, spec_column
from clinic_crm.simulator.randomness import stream
from clinic_crm.simulator.seasons import Clock
from clinic_crm.simulator.tables import Table

CAUSES = ("bad_visit", "price", "moved_away", "drifted", "one_off", "never_bought")
BAD, PRICE, MOVED, DRIFTED, ONE_OFF, NEVER_BOUGHT = range(len(CAUSES))
STAYS = -1


@dataclass(frozen=True, eq=False)
class Visits(Table):
    person: np.ndarray
    day: np.ndarray
    slot: np.ndarray
    treatment: np.ndarray
    branch: np.ndarray
    consultant: np.ndarray
    waiting_minutes: np.ndarray
    is_bad: np.ndarray
    discount_rate: np.ndarray


@dataclass(frozen=True, eq=False)
class Gaps(Table):
    """What was drawn for a person's slot on a day: until the next visit of that slot.

    The visit falls where operational time reaches `due_op`, and
    due_op = base_op + scale × Gamma(shape). due_op is infinite when there is no next visit.
    """

    person: np.ndarray
    slot: np.ndarray
    drawn_day: np.ndarray
    base_op: np.ndarray
    scale: np.ndarray
    shape: np.ndarray
    due_op: np.ndarray


@dataclass(frozen=True, eq=False)
class History:
    visits: Visits
    gaps: Gaps
    left_day: np.ndarray  # one a person; −1 for those who stay
    leave_cause: np.ndarray  # row of CAUSES or STAYS


@dataclass(eq=False)
class _State:
    """What changes from round to round; arrays of (n_people,) or (n_people, 2 slots)."""

    due: np.ndarray
    sessions: np.ndarray
    n_visits: np.ndarray
    has_second: np.ndarray
    left_day: np.ndarray
    leave_cause: np.ndarray


def simulate(config: ClinicConfig, clock: Clock, persons: Persons, seed: int) -> History:
    """Everything that happened up to the last day, and what is already due after it."""
    state, first = _beginning(config, clock, persons, seed)
    nobody = np.array([], dtype=np.int64)
    visits = [_visit(config, clock, persons, state, nobody, stream(seed, "nobody"))]
    gaps, turn = [first], 0
    while len(who := np.flatnonzero(clock.day_at(state.due.min(axis=1)) <= clock.until_day)):
        rng = stream(seed, "round", turn)
        made = _visit(config, clock, persons, state, who, rng)
        leaves = _decide_to_leave(config, persons, state, made, rng)
        gaps += _draw_gaps(config, clock, persons, state, made, leaves, rng)
        visits.append(made)
        turn += 1
    joined = Visits.stacked(visits)
    return History(
        visits=joined.take(np.argsort(joined.day, kind="stable")),
        gaps=Gaps.stacked(gaps),
        left_day=state.left_day,
        leave_cause=state.leave_cause,
    )


def _beginning(config, clock: Clock, persons: Persons, seed: int) -> tuple[_State, Gaps]:
    count = len(persons)
    base = clock.op_after(persons.created_day - 1)
    lag = stream(seed, "first visit").standard_exponential(count) * config.first_visit_lag_days
    due = np.full((count, 2), np.inf)
    due[:, MAIN] = np.where(persons.is_lead_only, np.inf, base + lag)
    state = _State(
        due=due,
        sessions=np.zeros((count, 2), dtype=np.int64),
        n_visits=np.zeros(count, dtype=np.int64),
        has_second=np.zeros(count, dtype=bool),
        left_day=np.where(persons.is_lead_only, persons.created_day, -1),
        leave_cause=np.where(persons.is_lead_only, NEVER_BOUGHT, STAYS),
    )
    first = Gaps(
        person=np.arange(count),
        slot=np.full(count, MAIN),
        drawn_day=persons.created_day.copy(),
        base_op=base,
        scale=np.full(count, config.first_visit_lag_days),
        shape=np.ones(count, dtype=np.int64),
        due_op=due[:, MAIN].copy(),
    )
    return state, first


def _visit(config, clock: Clock, persons: Persons, state: _State, who, rng) -> Visits:
    draws = rng.random((len(persons), 5))[who]
    waiting_shape = rng.standard_gamma(1.6, len(persons))[who] / 1.6
    slot = state.due[who].argmin(axis=1)
    day = clock.day_at(state.due[who, slot])
    branch = persons.branch[who]
    someone = consultants_at(config, branch, draws[:, 0])
    consultant = np.where(draws[:, 1] < 0.85, persons.consultant[who], someone)
    waiting = waiting_shape * np.array([one.waiting_minutes for one in config.branches])[branch]
    state.n_visits[who] += 1
    state.sessions[who, slot] += 1
    return Visits(
        person=who,
        day=day,
        slot=slot,
        treatment=np.where(
            slot == MAIN, persons.main_treatment[who], persons.second_treatment[who]
        ),
        branch=branch,
        consultant=consultant,
        waiting_minutes=np.minimum(waiting, 150).astype(np.int64),
        is_bad=draws[:, 2] < bad_visit_probability(config, consultant, waiting),
        discount_rate=_discounts(clock, persons.price_sensitivity[who], day, draws[:, 3:]),
    )


def bad_visit_probability(config: ClinicConfig, consultant, waiting_minutes) -> np.ndarray:
    """base × consultant's factor, and twice that for a wait of more than 40 minutes; ≤ 0.6."""
    factor = np.array([one.bad_visit_factor for one in config.consultants])[consultant]
    long_wait = np.where(np.asarray(waiting_minutes) > 40, 2.0, 1.0)
    return np.minimum(config.bad_visit_rate * factor * long_wait, 0.6)


def _discounts(clock: Clock, price_sensitivity, day, draws: np.ndarray) -> np.ndarray:
    """Promotions give 10–20 %; at other times those who care about price are given 5–10 %."""
    promotion = 0.10 + 0.05 * np.floor(3 * draws[:, 1])
    member = np.where(draws[:, 1] < 0.6, 0.05, 0.10)
    asked = np.where(draws[:, 0] < 0.35 * price_sensitivity, member, 0.0)
    return np.where(clock.is_promotion[day], promotion, asked)


def leaving_hazards(
    config: ClinicConfig, persons: Persons, who, n_visits, treatment, discount_rate, bad
) -> np.ndarray:
    """(people, 4) probabilities of leaving after the n-th visit, by cause in order of CAUSES.

    bad: 1 for a bad visit, 0 for a good one, or the probability of one.
    """
    interval = spec_column(config, "interval_days")[treatment]
    relief = np.where(discount_rate > 0, 0.5, 1.0)
    sensitivity = persons.price_sensitivity[who]
    early = np.exp(-(n_visits - 1) / 1.5)
    drift = (
        config.leave_later_rate + (config.leave_after_first_rate - config.leave_later_rate) * early
    )
    hazards = np.empty((len(who), 4))
    hazards[:, BAD] = config.leave_after_bad_rate * bad
    hazards[:, PRICE] = config.leave_by_price_rate * sensitivity**2 * relief * (0.5 + early)
    hazards[:, MOVED] = 1 - np.exp(-config.moves_away_per_year * np.maximum(interval, 60) / 365.0)
    hazards[:, DRIFTED] = 1 - np.exp(-drift * persons.frailty[who])
    return np.minimum(hazards, 0.95)


def _decide_to_leave(config, persons: Persons, state: _State, made: Visits, rng) -> np.ndarray:
    """One cause (or STAYS) a visit; several causes share in proportion to their hazards."""
    draws = rng.random((len(persons), 2))[made.person]
    n_visits = state.n_visits[made.person]
    hazards = leaving_hazards(
        config, persons, made.person, n_visits, made.treatment, made.discount_rate, made.is_bad
    )
    total = 1 - np.prod(1 - hazards, axis=1)
    edges = np.cumsum(hazards, axis=1) / hazards.sum(axis=1, keepdims=True)
    cause = np.minimum((draws[:, 1:] >= edges).sum(axis=1), DRIFTED)
    return np.where(draws[:, 0] < total, cause, STAYS)


def _draw_gaps(
    config, clock: Clock, persons: Persons, state: _State, made: Visits, leaves, rng
) -> list[Gaps]:
    """The next gap of the treatment carried out, and the first one of a treatment taken up."""
    gamma = rng.standard_gamma(config.timing_shape, len(persons))[made.person]
    soon = rng.standard_exponential(len(persons))[made.person]
    draws = rng.random((len(persons), 2))[made.person]
    same = _next_gap(config, clock, persons, state, made, gamma, draws[:, 0])
    state.due[same.person, same.slot] = same.due_op
    takes_up = ~state.has_second[made.person] & ~made.is_bad & (leaves == STAYS)
    takes_up &= draws[:, 1] < config.second_treatment_rate
    second = _first_gap_of_second(clock, made.take(takes_up), soon[takes_up])
    state.has_second[second.person] = True
    state.due[second.person, SECOND] = second.due_op
    _leave(state, made, leaves)
    return [same, second]


def _next_gap(config, clock: Clock, persons: Persons, state: _State, made: Visits, gamma, draws):
    who, slot, treatment = made.person, made.slot, made.treatment
    course = spec_column(config, "course_length")[treatment]
    rest = spec_column(config, "rest_days")[treatment]
    lowest = spec_column(config, "min_clinical_interval_days")[treatment]
    own = np.where(slot == MAIN, persons.main_interval[who], persons.second_interval[who])
    course_over = (course > 1) & (state.sessions[who, slot] % course == 0)
    lowest = np.where(course_over, rest // 2, lowest)
    mean = np.where(course_over, rest, own)
    scale = np.maximum(mean - lowest, 1.0) / config.timing_shape
    scale = np.where(draws < config.pause_rate, 3 * scale, scale)
    base = clock.op_after(made.day + lowest)
    return Gaps(
        person=who,
        slot=slot,
        drawn_day=made.day,
        base_op=base,
        scale=scale,
        shape=np.full(len(who), config.timing_shape),
        due_op=np.where(own > 0, base + scale * gamma, np.inf),
    )


def _first_gap_of_second(clock: Clock, made: Visits, soon: np.ndarray) -> Gaps:
    """Taken up at the earliest a week later, on average after 45 more days."""
    base = clock.op_after(made.day + 7)
    return Gaps(
        person=made.person,
        slot=np.full(len(made), SECOND),
        drawn_day=made.day,
        base_op=base,
        scale=np.full(len(made), 45.0),
        shape=np.ones(len(made), dtype=np.int64),
        due_op=base + 45.0 * soon,
    )


def _leave(state: _State, made: Visits, leaves: np.ndarray) -> None:
    """Leavers lose what was due; who has nothing due any more is through with the clinic."""
    nothing_due = np.isinf(state.due[made.person]).all(axis=1)
    cause = np.where((leaves == STAYS) & nothing_due, ONE_OFF, leaves)
    gone = cause != STAYS
    state.due[made.person[gone]] = np.inf
    state.left_day[made.person[gone]] = made.day[gone]
    state.leave_cause[made.person[gone]] = cause[gone]
