"""What the fitted family says of each customer: still there, coming again, how often."""

import numpy as np
from scipy.special import betainc

from segmentation.scoring.lifetime.family import (
    Parameters,
    Shape,
    opportunities,
    terms_of,
)
from segmentation.scoring.lifetime.fitting import Fit
from segmentation.scoring.lifetime.repeats import Repeats, by_blocks

NEGLIGIBLE = 1e-9  # purchases
FAINTEST = 1e-250


def p_alive(repeats: Repeats, fit: Fit) -> np.ndarray:
    """P(still a customer), 0–1. BG/NBD calls everyone who came once fully alive."""
    return by_blocks(lambda some: terms_of(some, fit.parameters, fit.shape).p_alive, repeats)


def p_active(repeats: Repeats, fit: Fit, horizon: float) -> np.ndarray:
    """P(at least one purchase within `horizon` from now), 0–1.

    Whoever has no purchase until then would look exactly like this customer, only older.
    """
    return by_blocks(lambda some: _active(some, fit, horizon), repeats)


def _active(repeats: Repeats, fit: Fit, horizon: float) -> np.ndarray:
    older = Repeats(repeats.n_repeats, repeats.last, repeats.age + horizon, repeats.log_gap_sum)
    now = _log_evidence(repeats, fit)
    then = _log_evidence(older, fit)
    return -np.expm1(np.minimum(then - now, 0.0))


def _log_evidence(repeats: Repeats, fit: Fit) -> np.ndarray:
    """The part of a customer's log-likelihood that changes while nothing happens."""
    terms = terms_of(repeats, fit.parameters, fit.shape)
    exponent = fit.parameters.r + fit.shape.regularity * repeats.n_repeats
    waited = exponent * np.log(fit.parameters.alpha + repeats.age)
    return np.logaddexp(terms.log_alive, terms.log_lost) - waited


def expected_purchases(repeats: Repeats, fit: Fit, horizon: float) -> np.ndarray:
    """Expected purchases within `horizon` from now.

    A customer still there stands in phase j of k on the way to the next purchase. Given that,
    phases to come are negative binomial, and the m-th purchase from now happens if k·m − j phases
    come and the m − 1 purchases before it lost nobody:

        E = P(alive) Σ_j P(j) Σ_m B(a, b+n+m) / B(a, b+n+1) · P(phases ≥ k·m − j)

    which for k = 1 is the formula with ₂F₁ of Fader, Hardie & Lee 2005, eq. (10), summed up.
    """
    return by_blocks(lambda some: _expected(some, fit, horizon), repeats)


def _expected(repeats: Repeats, fit: Fit, horizon: float) -> np.ndarray:
    alive = p_alive(repeats, fit)
    expected = np.zeros(len(repeats))
    for phase, share in enumerate(_phases(repeats, fit.parameters, fit.shape)):
        expected += share * _from_phase(repeats, fit, horizon, phase, alive * share)
    return alive * expected


def _phases(repeats: Repeats, parameters: Parameters, shape: Shape) -> list[np.ndarray]:
    """P(j phases of the present gap have passed | still there), for j = 0 … k − 1."""
    exponent = parameters.r + shape.regularity * repeats.n_repeats
    u = (repeats.age - repeats.last) / (parameters.alpha + repeats.age)
    terms = [np.ones(len(repeats))]
    for j in range(1, shape.regularity):
        terms.append(terms[-1] * u * (exponent + j - 1) / j)
    total = sum(terms[1:], terms[0])
    return [term / total for term in terms]


def _from_phase(
    repeats: Repeats, fit: Fit, horizon: float, phase: int, matters: np.ndarray
) -> np.ndarray:
    """Expected purchases of customers who are alive and `phase` phases into the present gap."""
    p, k = fit.parameters, fit.shape.regularity
    rows = np.flatnonzero(matters > NEGLIGIBLE)
    size = (p.r + k * repeats.n_repeats + phase)[rows]
    share = (horizon / (p.alpha + repeats.age + horizon))[rows]
    # Who buys most comes first: whoever still adds something stands within the first few.
    order = np.argsort(-size * share)
    rows = rows[order]
    survived = p.b + opportunities(repeats.n_repeats[rows], fit.shape) + 1
    expected = np.zeros(len(repeats))
    expected[rows] = _added_up(size[order], share[order], survived, p.a, k, phase)
    return expected


def _added_up(
    size: np.ndarray, share: np.ndarray, survived: np.ndarray, a: float, k: int, phase: int
) -> np.ndarray:
    """Σ_m B(a, survived+m−1)/B(a, survived) P(phases ≥ k·m − phase), purchase by purchase.

    What a step needs is written into one array over and over: new ones would cost half the time.
    """
    probability = np.exp(size * np.log1p(-share))  # of no phase at all
    tail = 1 - probability  # of at least one
    steep = np.flatnonzero(probability < FAINTEST)  # adding up from so little says nothing
    beyond, could_be_lost = share * (size - 1), survived + a
    staying, found, room = np.ones(len(size)), np.zeros(len(size)), np.empty(len(size))
    passed, purchases, n = 1, 0, len(size)
    while n:
        if passed == k * (purchases + 1) - phase:  # tail: P(phases ≥ passed)
            if len(steep):
                tail[steep] = betainc(passed, size[steep], share[steep])
            found[:n] += np.multiply(staying[:n], tail[:n], out=room[:n])
            np.divide(a, np.add(could_be_lost[:n], purchases, out=room[:n]), out=room[:n])
            staying[:n] *= np.subtract(1, room[:n], out=room[:n])
            purchases += 1
            counts = np.multiply(staying[:n], tail[:n], out=room[:n]) > NEGLIGIBLE
            n = _n_until_last(counts)
            staying[:n] *= counts[:n]
            steep = steep[steep < n]
        # share (size + passed − 1) / passed
        np.add(share[:n], np.multiply(beyond[:n], 1 / passed, out=room[:n]), out=room[:n])
        probability[:n] *= room[:n]
        tail[:n] -= probability[:n]
        passed += 1
    return found


def _n_until_last(is_one: np.ndarray) -> int:
    """How many stand until the last true one, itself included."""
    back = int(is_one[::-1].argmax())
    return len(is_one) - back if is_one[len(is_one) - 1 - back] else 0
