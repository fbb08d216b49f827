"""When each customer is due for which treatment, and how sure that is.

The log of a gap between two purchases of one treatment, less the log of the catalogue's interval,
is taken to be

    habit of the clinic + habit of the customer + chance.

The clinic's habit is a mean for each treatment, and apart for the gap after the last session of a
course, which is a rest; few gaps draw it to the catalogue. The customer's habit is drawn to the
clinic's by precision. The spreads come from the clinic's own gaps by moments (Efron & Morris 1975,
*JASA* 70, 311–319); what lies beyond two standard deviations counts as two, because a pause is no
habit (Huber 1964, *Annals of Mathematical Statistics* 35, 73–101).

A treatment overdue by more than one whole interval counts as given up while another one is not;
the earliest of the rest is next.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from segmentation.scoring.purchases import begins, order_by, prefix_sum

GIVEN_UP_AFTER = 2.0  # intervals since the last time
USUAL_SD = 0.35  # of the log of a gap, before a clinic has shown its own
PRIOR_GAPS = 5.0  # how many gaps the catalogue and USUAL_SD are worth
USUAL_WITHIN, USUAL_BETWEEN = 0.65, 0.25  # shares of the variance: one customer's, between them
ENOUGH_GAPS = 2_000  # of a treatment: they tell its mean to a hundredth
PRIOR_CUSTOMERS = 20.0  # how many these shares are worth
FURTHEST = 2.0  # standard deviations
CUT_OFF = 1.08  # what cutting at FURTHEST takes from a normal's standard deviation, given back
N_ROUNDS = 8
SMALLEST_BETWEEN = 0.01
Z80 = 1.2816  # four times in five a normal lies so many standard deviations around its mean


@dataclass(frozen=True)
class TreatmentDays:
    """One row a customer and treatment that wears off, and its days.

    customer_row: place of the customer. treatment: any whole number. interval_days: the
    catalogue's, > 0. course_length: sessions of a course, 1 for none. n_lines: lines in which it
    was bought. start: offsets into day (since 1970-01-01), which holds every day once, in order.
    """

    customer_row: np.ndarray
    treatment: np.ndarray
    interval_days: np.ndarray
    course_length: np.ndarray
    n_lines: np.ndarray
    start: np.ndarray
    day: np.ndarray

    @classmethod
    def of(
        cls,
        customer_row: np.ndarray,
        treatment: np.ndarray,
        day: np.ndarray,
        interval_days: np.ndarray,
        course_length: np.ndarray,
    ) -> Self:
        """From columns of one row a line, in any order."""
        order = order_by(customer_row, treatment, day)
        customer_row, treatment, day = customer_row[order], treatment[order], day[order]
        pair = begins(customer_row) | begins(treatment)
        once = pair | begins(day)
        first = np.flatnonzero(pair)
        n_days = np.bincount((np.cumsum(pair) - 1)[once], minlength=len(first))
        at = order[first]
        return cls(
            customer_row[first],
            treatment[first],
            interval_days[at],
            course_length[at],
            np.diff(np.append(first, len(pair))),
            prefix_sum(n_days, np.int64),
            day[once],
        )

    @classmethod
    def none(cls) -> Self:
        return cls.of(*np.zeros((5, 0), np.int64))

    @property
    def n_days(self) -> np.ndarray:
        return np.diff(self.start)

    @property
    def last_day(self) -> np.ndarray:
        return self.day[self.start[1:] - 1]

    def only(self, wanted: np.ndarray) -> Self:
        """The rows of the wanted customers (bool a customer)."""
        kept = wanted[self.customer_row]
        days = np.repeat(kept, self.n_days)
        return type(self)(
            self.customer_row[kept],
            self.treatment[kept],
            self.interval_days[kept],
            self.course_length[kept],
            self.n_lines[kept],
            prefix_sum(self.n_days[kept], np.int64),
            self.day[days],
        )

    def catalogue_days(self, n_customers: int) -> np.ndarray:
        """Mean catalogue interval over the lines of each customer; nan without any."""
        lines = np.bincount(self.customer_row, self.n_lines, n_customers)
        total = np.bincount(self.customer_row, self.n_lines * self.interval_days, n_customers)
        return np.divide(total, lines, out=np.full(n_customers, np.nan), where=lines > 0)


@dataclass(frozen=True)
class DueHabits:
    """The clinic's habits, and how far customers lie apart.

    treatment: ascending. mean, sd: of the log of gap ÷ catalogue, two numbers a treatment: the
    usual gap, and the one after the last session of a course. within, between: variances of one
    customer's gaps and between customers, in squares of sd.
    """

    treatment: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    within: float
    between: float


@dataclass(frozen=True)
class NextDue:
    """Arrays of n_customers. treatment: −1 where none wears off. day: since 1970-01-01; four times
    in five the customer comes between first_day and last_day, if at all.

    log_sd: standard deviation of the log of the gap. habits: what the customers were drawn towards.
    """

    treatment: np.ndarray
    day: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    log_sd: np.ndarray
    habits: DueHabits


class _Gaps(NamedTuple):
    """Every gap between days: its row, its number from 1 on, log of gap ÷ catalogue."""

    row: np.ndarray
    position: np.ndarray
    log_ratio: np.ndarray


def next_due(
    days: TreatmentDays, *, n_customers: int, as_of: int, habits: DueHabits | None = None
) -> NextDue:
    """The next treatment of every customer who had one that wears off.

    habits: of the whole clinic, where these customers are only some of it; else they make their
    own.
    """
    gaps = _gaps(days)
    habits = habits or _learn_habits(days, gaps)
    log_days, log_sd = _expected_gaps(days, gaps, habits)
    interval = np.exp(log_days)
    due = np.rint(days.last_day + interval).astype(np.int64)
    given_up = as_of - days.last_day > GIVEN_UP_AFTER * interval
    # Of what was given up the latest speaks, of the rest the earliest; then the smaller number.
    sooner = np.where(given_up, -due, due)
    order = order_by(days.customer_row, given_up.astype(np.int64), sooner, days.treatment)
    chosen = order[begins(days.customer_row[order])]
    customers = days.customer_row[chosen]
    last_day, log_days, log_sd = days.last_day[chosen], log_days[chosen], log_sd[chosen]
    early = last_day + np.exp(log_days - Z80 * log_sd)
    late = last_day + np.exp(log_days + Z80 * log_sd)
    day, first_day, last_day = np.zeros((3, n_customers), np.int64)
    nothing, unsure = np.full(n_customers, -1, np.int64), np.full(n_customers, np.nan)
    found = NextDue(nothing, day, first_day, last_day, unsure, habits)
    found.treatment[customers] = days.treatment[chosen]
    found.day[customers] = due[chosen]
    found.first_day[customers] = np.rint(early)
    found.last_day[customers] = np.rint(late)
    found.log_sd[customers] = log_sd
    return found


def _learn_habits(days: TreatmentDays, gaps: _Gaps) -> DueHabits:
    treatment = np.unique(days.treatment)
    cell = _cells(treatment, days, gaps)
    some = _some_of_each(cell, 2 * len(treatment))
    mean, sd = _habits(gaps.log_ratio[some], cell[some], 2 * len(treatment))
    within, between = _variances(gaps, _own(gaps, mean[cell], sd[cell]), len(days.customer_row))
    return DueHabits(treatment, mean, sd, within, between)


def _expected_gaps(
    days: TreatmentDays, gaps: _Gaps, habits: DueHabits
) -> tuple[np.ndarray, np.ndarray]:
    """(log of the gap to come, its standard deviation) of each row."""
    mean = np.append(habits.mean, [0.0, 0.0])  # a treatment that is new here keeps the catalogue's
    sd = np.append(habits.sd, [USUAL_SD, USUAL_SD])
    cell = _cells(habits.treatment, days, gaps)
    now = _numbers(habits.treatment, days) * 2 + _ends_course(days.n_days, days.course_length)
    n_gaps, total = _by_row(gaps, _own(gaps, mean[cell], sd[cell]), len(days.customer_row))
    precision = n_gaps / habits.within + 1 / habits.between
    off = total / habits.within / precision
    log_days = np.log(np.maximum(days.interval_days, 1)) + mean[now] + off * sd[now]
    return log_days, np.sqrt(1 / precision + habits.within) * sd[now]


def _numbers(known: np.ndarray, days: TreatmentDays) -> np.ndarray:
    """Place of each row's treatment among the known ones; behind the last where it is new."""
    place = np.searchsorted(known, days.treatment)
    is_known = place < len(known)
    is_known[is_known] = known[place[is_known]] == days.treatment[is_known]
    return np.where(is_known, place, len(known))


def _cells(known: np.ndarray, days: TreatmentDays, gaps: _Gaps) -> np.ndarray:
    """Which habit each gap belongs to: of its treatment, within a course or after it."""
    ends = _ends_course(gaps.position, days.course_length[gaps.row])
    return _numbers(known, days)[gaps.row] * 2 + ends


def _own(gaps: _Gaps, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """How many deviations each gap lies off the clinic's habit, at most FURTHEST."""
    return np.clip((gaps.log_ratio - mean) / sd, -FURTHEST, FURTHEST)


def _by_row(gaps: _Gaps, own: np.ndarray, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """(number of gaps, their sum) of each row."""
    return np.bincount(gaps.row, minlength=n_rows), np.bincount(gaps.row, own, n_rows)


def _gaps(days: TreatmentDays) -> _Gaps:
    pair = np.repeat(np.arange(len(days.customer_row)), days.n_days)
    position = np.arange(len(pair)) - days.start[pair]
    later = position > 0
    gap = np.diff(days.day, prepend=0)[later]
    pair, position = pair[later], position[later]
    return _Gaps(pair, position, np.log(gap / days.interval_days[pair]))


def _ends_course(n_sessions: np.ndarray, course_length: np.ndarray) -> np.ndarray:
    """Whether a course is over after so many sessions, so that a rest follows."""
    length = np.maximum(course_length, 1)
    return ((length > 1) & (n_sessions % length == 0)).astype(np.int64)


def _some_of_each(cell: np.ndarray, n_cells: int) -> np.ndarray:
    """Places of at most ENOUGH_GAPS of each cell, the same every time, spread over all of them."""
    order = np.argsort(cell.astype(np.int32), kind="stable")
    n = np.bincount(cell, minlength=n_cells)
    number = np.arange(len(cell)) - np.repeat(np.cumsum(n) - n, n)
    step = np.repeat(-(-n // ENOUGH_GAPS), n)
    return order[number % step == 0]


def _habits(log_ratio: np.ndarray, cell: np.ndarray, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """(mean, standard deviation) of each cell, of what lies within FURTHEST of the mean."""
    mean, sd = np.zeros(n_cells), np.full(n_cells, USUAL_SD)
    n = np.bincount(cell, minlength=n_cells) + PRIOR_GAPS
    for _ in range(N_ROUNDS):
        reach = FURTHEST * sd[cell]
        off = np.clip(log_ratio - mean[cell], -reach, reach)
        squares = np.bincount(cell, off * off, n_cells)
        mean = mean + np.bincount(cell, off, n_cells) / n
        sd = CUT_OFF * np.sqrt((squares + PRIOR_GAPS * USUAL_SD**2) / n)
    return mean, sd


def _variances(gaps: _Gaps, own: np.ndarray, n_rows: int) -> tuple[float, float]:
    """(of one customer's gaps, between customers' means), in squares of the cell's deviation."""
    n_gaps, total = _by_row(gaps, own, n_rows)
    several = n_gaps > 0
    mean = total / np.maximum(n_gaps, 1)
    freedom = np.maximum(n_gaps - 1, 0).sum()
    squares = ((own - mean[gaps.row]) ** 2).sum()
    within = (squares + PRIOR_CUSTOMERS * USUAL_WITHIN) / (freedom + PRIOR_CUSTOMERS)
    n = several.sum()
    excess = (mean[several] ** 2 - within / n_gaps[several]).sum()
    between = (excess + PRIOR_CUSTOMERS * USUAL_BETWEEN) / (n + PRIOR_CUSTOMERS)
    return float(within), max(float(between), SMALLEST_BETWEEN)
