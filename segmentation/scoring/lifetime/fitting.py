"""The parameters of one clinic: maximum likelihood, held by a weak prior where data are few."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from segmentation.scoring.lifetime.climbing import climb_by_chords, curvature_at, spread
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
    likelihood = Likelihood(scaled, shape)
    few = likelihood
    if len(scaled) > 2 * SAMPLE:
        few = Likelihood(scaled.taken(spread(len(scaled), SAMPLE)), shape)
    logs = _climb(few, logs, prior)
    if few is not likelihood:
        logs = _climb_on(likelihood, logs, _curvature(few, logs, len(scaled)), prior)
    value, _slope = likelihood.value_and_slope(logs)
    errors, is_held = _standard_errors(_curvature(few, logs, len(scaled)), logs, prior)
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
    sample = repeats if few else repeats.taken(spread(len(repeats), CHOOSING))
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


def _climb_on(
    likelihood: Likelihood, logs: np.ndarray, curvature: np.ndarray, prior: Prior | None
) -> np.ndarray:
    """To the top of all customers from that of a sample of them."""
    found = climb_by_chords(
        lambda at: _penalised(likelihood, at, prior), logs, curvature + _prior_curvature(prior)
    )
    if found is None or (np.abs(found) >= FLATTEST_LOG).any():
        return _climb(likelihood, logs, prior)
    return found


def _curvature(few: Likelihood, logs: np.ndarray, n_customers: int) -> np.ndarray:
    """Of the log-likelihood of all, as some of them show it."""
    return curvature_at(few.value_and_slope, logs) * (n_customers / few.n_customers)


def _prior_curvature(prior: Prior | None) -> np.ndarray:
    return np.eye(4) * (0.0 if prior is None else 1 / prior.sd**2)


def _standard_errors(
    curvature: np.ndarray, logs: np.ndarray, prior: Prior | None
) -> tuple[np.ndarray, bool]:
    """curvature: of the log-likelihood at the top."""
    steep = curvature + _prior_curvature(prior)
    inside = bool((np.abs(logs) < FLATTEST_LOG - 0.01).all())
    try:
        if inside and np.linalg.eigvalsh(steep)[0] > 0:
            errors = np.sqrt(np.diag(np.linalg.inv(steep)))
            return errors, bool((errors < 2.0).all())
    except np.linalg.LinAlgError:
        pass
    return np.full(4, np.nan), False
