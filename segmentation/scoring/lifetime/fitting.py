"""The parameters of one clinic: maximum likelihood, held by a weak prior where data are few."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from segmentation.scoring.lifetime.climbing import (
    FLATTEST_LOG,
    Look,
    Top,
    spread,
    start_from_few,
    top_of,
)
from segmentation.scoring.lifetime.family import Parameters, Shape
from segmentation.scoring.lifetime.likelihood import Likelihood
from segmentation.scoring.lifetime.repeats import Repeats

SAMPLE = 20_000  # a first climb on so many customers leaves two or three steps for the rest
CHOOSING = 4_000  # so many tell the members of the family apart
WORSE_IN_A_ROW = 2  # members are tried from one end; after so many worse ones none is better
_LOG_TIME = np.array([0.0, 1.0, 0.0, 0.0])  # alpha alone is counted in the unit of time


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
    logs = _start(scaled) if start is None else start - _LOG_TIME * np.log(unit)
    if len(scaled) > 2 * SAMPLE:
        few = Likelihood(scaled.taken(spread(len(scaled), SAMPLE)), shape)
        logs = start_from_few(_held_by(few, prior), logs)
    top = top_of(_held_by(Likelihood(scaled, shape), prior), logs)
    errors, is_held = _standard_errors(top)
    value, logs = top.value + _doubt(prior, top.at), top.at
    logs = logs + _LOG_TIME * np.log(unit)
    return Fit(
        Parameters(*np.exp(logs)),
        shape,
        value - float(repeats.n_repeats.sum()) * np.log(unit),
        len(repeats),
        is_held,
        errors,
    )


def _start(repeats: Repeats) -> np.ndarray:
    """The prior's centre, but with the rate at which those who came again did so."""
    start = np.array(Prior.centre)
    if repeats.n_repeats.any():
        start[1] = start[0] + np.log(repeats.last.sum() / repeats.n_repeats.sum())
    return start


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
    scaled = sample.scaled(unit)
    logs = _start(scaled)
    tried: dict[Shape, float] = {}
    best, n_worse = None, 0
    for shape in shapes:
        likelihood = Likelihood(scaled, shape)
        top = top_of(_held_by(likelihood, prior), logs, is_rough=True)
        logs, tried[shape] = top.at, top.value + _doubt(prior, top.at)
        if best is None or tried[shape] > tried[best[0]]:
            best, n_worse = (shape, logs), 0
        else:
            n_worse += 1
        if n_worse == WORSE_IN_A_ROW:
            break
    if best is None:
        raise ValueError("No member of the family was offered.")
    return fit(repeats, best[0], prior=prior, start=best[1] + _LOG_TIME * np.log(unit)), tried


def _held_by(likelihood: Likelihood, prior: Prior | None) -> Callable[[np.ndarray], Look]:
    """The log-likelihood, with that of the prior where there is one."""
    if prior is None:
        return likelihood

    def penalised(logs: np.ndarray) -> Look:
        value, slope, bend = likelihood(logs)
        off = (logs - np.array(prior.centre)) / prior.sd
        return Look(
            value - _doubt(prior, logs), slope - off / prior.sd, bend - np.eye(4) / prior.sd**2
        )

    return penalised


def _doubt(prior: Prior | None, logs: np.ndarray) -> float:
    """What the prior takes from the log-likelihood."""
    if prior is None:
        return 0.0
    off = (logs - np.array(prior.centre)) / prior.sd
    return float(off @ off) / 2


def _standard_errors(top: Top) -> tuple[np.ndarray, bool]:
    """Of the parameters at the top, and whether they are held there."""
    inside = bool((np.abs(top.at) < FLATTEST_LOG - 0.01).all())
    try:
        if inside and np.linalg.eigh(-top.bend)[0][0] > 0:
            errors = np.sqrt(np.diag(np.linalg.inv(-top.bend)))
            return errors, bool((errors < 2.0).all())
    except np.linalg.LinAlgError:
        pass
    return np.full(4, np.nan), False
