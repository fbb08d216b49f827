"""The parameters of one clinic: maximum likelihood, held by a weak prior where data are few."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from segmentation.scoring.lifetime.family import Likelihood, Parameters, Shape
from segmentation.scoring.lifetime.repeats import Repeats

SAMPLE = 20_000  # a first fit on so many customers leaves a few steps for the rest
CHOOSING = 4_000  # so many tell the members of the family apart
WORSE_IN_A_ROW = 2  # members are tried from one end; after so many worse ones none is better
_LOG_TIME = np.array([0.0, 1.0, 0.0, 0.0])  # alpha alone is counted in the unit of time
FLATTEST_LOG = 14.0  # parameters beyond e^±14 say that the data do not hold them


@dataclass(frozen=True)
class Prior:
    """Independent normals over the logs of r, alpha ÷ mean age, a, b; the shipped ones are wide.

    Centres and widths cover what the literature reports for repeat buying, from mail order to
    hairdressers; they decide where a clinic's data are silent and nowhere else.
    """

    centre: tuple[float, float, float, float] = (0.0, -1.0, -0.5, 1.0)
    sd: float = 1.5


@dataclass(frozen=True)
class Fit:
    """log_likelihood: without the prior. is_held: every parameter is determined by the data.

    standard_errors: of the *logs* of r, alpha, a, b; nan where the data do not hold them.
    """

    parameters: Parameters
    shape: Shape
    log_likelihood: float
    n_customers: int
    is_held: bool
    standard_errors: np.ndarray


def fit(
    repeats: Repeats, shape: Shape, *, prior: Prior | None = None, start: np.ndarray | None = None
) -> Fit:
    """The most likely parameters. start: logs of r, alpha, a, b to begin the search at.

    Raises ValueError when nobody ever came again.
    """
    if not repeats.n_repeats.any():
        raise ValueError("Nobody came again: there is nothing to learn a rate from.")
    unit = float(repeats.age.mean())
    scaled = repeats.scaled(unit)
    logs = np.array(Prior.centre) if start is None else start - _LOG_TIME * np.log(unit)
    if len(scaled) > 2 * SAMPLE:
        logs = _climb(Likelihood(scaled.taken(_spread(len(scaled))), shape), logs, prior)
    likelihood = Likelihood(scaled, shape)
    logs = _climb(likelihood, logs, prior)
    value, _slope = likelihood.value_and_slope(logs)
    errors, is_held = _standard_errors(likelihood, logs, prior)
    logs = logs + _LOG_TIME * np.log(unit)
    return Fit(
        Parameters(*np.exp(logs)),
        shape,
        value - float(repeats.n_repeats.sum()) * np.log(unit),
        len(repeats),
        is_held,
        errors,
    )


def best_fit(
    repeats: Repeats, shapes: Iterable[Shape], *, prior: Prior | None = None
) -> tuple[Fit, dict[Shape, float]]:
    """The most likely member of the family, and {member: log-likelihood} of those tried.

    shapes: in the order of their regularity. Every member has four free parameters, so their
    likelihoods, of the same CHOOSING customers, are compared as they are.
    """
    few = len(repeats) <= 2 * CHOOSING
    sample = repeats if few else repeats.taken(_spread(len(repeats), CHOOSING))
    unit = float(sample.age.mean())
    scaled, logs = sample.scaled(unit), np.array(Prior.centre)
    tried: dict[Shape, float] = {}
    best, n_worse = None, 0
    for shape in shapes:
        likelihood = Likelihood(scaled, shape)
        logs = _climb(likelihood, logs, prior, is_rough=True)
        tried[shape] = likelihood.value_and_slope(logs)[0]
        if best is None or tried[shape] > tried[best[0]]:
            best, n_worse = (shape, logs), 0
        else:
            n_worse += 1
        if n_worse == WORSE_IN_A_ROW:
            break
    if best is None:
        raise ValueError("No member of the family was offered.")
    return fit(repeats, best[0], prior=prior, start=best[1] + _LOG_TIME * np.log(unit)), tried


def _spread(n_customers: int, n_taken: int = SAMPLE) -> np.ndarray:
    """The same customers every time, spread over all."""
    return np.linspace(0, n_customers - 1, n_taken).astype(np.int64)


def _climb(
    likelihood: Likelihood, logs: np.ndarray, prior: Prior | None, *, is_rough: bool = False
) -> np.ndarray:
    scale = 1 / likelihood.n_customers

    def descent(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = _penalised(likelihood, at, prior)
        return -value * scale, -slope * scale

    found = minimize(
        descent,
        np.clip(logs, -FLATTEST_LOG, FLATTEST_LOG),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FLATTEST_LOG, FLATTEST_LOG)] * 4,
        options={"ftol": 1e-8 if is_rough else 1e-15, "gtol": 1e-9, "maxiter": 500, "maxcor": 8},
    )
    return np.array(found.x)


def _penalised(
    likelihood: Likelihood, logs: np.ndarray, prior: Prior | None
) -> tuple[float, np.ndarray]:
    value, slope = likelihood.value_and_slope(logs)
    if prior is None:
        return value, slope
    off = (logs - np.array(prior.centre)) / prior.sd
    return value - float(off @ off) / 2, slope - off / prior.sd


def _standard_errors(
    likelihood: Likelihood, logs: np.ndarray, prior: Prior | None
) -> tuple[np.ndarray, bool]:
    """From the curvature at the top, by differences of the gradient."""
    step = 1e-4
    curvature = np.empty((4, 4))
    for row in range(4):
        move = np.zeros(4)
        move[row] = step
        up = _penalised(likelihood, logs + move, prior)[1]
        down = _penalised(likelihood, logs - move, prior)[1]
        curvature[row] = (down - up) / (2 * step)
    curvature = (curvature + curvature.T) / 2
    inside = bool((np.abs(logs) < FLATTEST_LOG - 0.01).all())
    try:
        if inside and np.linalg.eigvalsh(curvature)[0] > 0:
            errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
            return errors, bool((errors < 2.0).all())
    except np.linalg.LinAlgError:
        pass
    return np.full(4, np.nan), False
