"""To the top of a log-likelihood of three or four parameters, in as few looks as may be.

Newton's method: the slope and the bend of one look name the next place to look at, and each step
squares what is left of the way. Where the likelihood bends upwards the step follows the slope
instead, no step is longer than the bend can be trusted, and what a step loses it goes back half.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

MOST_STEPS, MOST_HALVINGS = 40, 12
LONGEST_STEP = 1.5  # of a log
SHORTEST_STEP = 1e-4  # what is left after it is about its square
ROUGHLY = 2e-2  # the same for who only compares tops
SLACK = 1e-12  # of the value: what the order of additions may take back
FLATTEST = 1e-9  # of the steepest bend: flatter is taken for this
TINY = 1e-300  # keeps a division by zero away
FLATTEST_LOG = 14.0  # parameters beyond e^±14 say that the data do not hold them
FURTHEST_LOG = 5.0  # a sample's top beyond e^±5 says more of the sample than of everybody


class Look(NamedTuple):
    """A log-likelihood at one place: its value, its slope (n), and how it bends (n × n)."""

    value: float
    slope: np.ndarray
    bend: np.ndarray


class Top(NamedTuple):
    """Where a log-likelihood is highest: the logs of its parameters, and how it stands there."""

    at: np.ndarray
    value: float
    bend: np.ndarray


Likely = Callable[[np.ndarray], Look]


def top_of(likely: Likely, at: np.ndarray, *, is_rough: bool = False) -> Top:
    """The top as seen from `at`; no log beyond FLATTEST_LOG."""
    at = np.clip(at, -FLATTEST_LOG, FLATTEST_LOG)
    found = climbed(likely, at, ROUGHLY if is_rough else SHORTEST_STEP)
    return _walked(likely, at, is_rough=is_rough) if found is None else found


def start_from_few(likely: Likely, at: np.ndarray) -> np.ndarray:
    """Roughly the top of a sample's likelihood, or `at` where the sample shows none nearby."""
    found = climbed(likely, at, ROUGHLY)
    return at if found is None or np.abs(found.at).max() > FURTHEST_LOG else found.at


def climbed(likely: Likely, at: np.ndarray, shortest: float) -> Top | None:
    """None where the steps lead beyond the bounds, or to no end.

    The last step is not looked back from: so close by, value and slope foretell where it leads.
    """
    look = likely(at)
    for _step in range(MOST_STEPS):
        step = _uphill(look)
        length = np.abs(step).max()
        if not np.abs(at + step).max() < FLATTEST_LOG:
            return None
        if length < shortest:
            return Top(at + step, look.value + float(look.slope @ step) / 2, look.bend)
        for _halving in range(MOST_HALVINGS):
            ahead = likely(at + step)
            if ahead.value >= look.value - abs(look.value) * SLACK:
                break
            step = step / 2
        else:
            return None
        at, look = at + step, ahead
    return None


def _uphill(look: Look) -> np.ndarray:
    """The way to the top of the parabola that looks alike here."""
    bends, ways = np.linalg.eigh(look.bend)
    steep = np.abs(bends)
    steep = np.maximum(steep, FLATTEST * steep.max() + TINY)
    step = ways @ ((look.slope @ ways) / steep)
    return step * min(1.0, LONGEST_STEP / (np.abs(step).max() + TINY))


def _walked(likely: Likely, at: np.ndarray, *, is_rough: bool) -> Top:
    """By slopes alone, along the bounds where the data do not hold a parameter."""
    scale = 1 / max(abs(likely(at).value), 1.0)

    def descent(at: np.ndarray) -> tuple[float, np.ndarray]:
        look = likely(at)
        return -look.value * scale, -look.slope * scale

    found = minimize(
        descent,
        at,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FLATTEST_LOG, FLATTEST_LOG)] * len(at),
        options={"ftol": 1e-8 if is_rough else 1e-15, "gtol": 1e-9, "maxiter": 500, "maxcor": 8},
    )
    top = likely(found.x)
    return Top(np.array(found.x), top.value, top.bend)


def spread(n_customers: int, n_taken: int) -> np.ndarray:
    """A sample: the same customers every time, spread over all."""
    return np.linspace(0, n_customers - 1, n_taken).astype(np.int64)
