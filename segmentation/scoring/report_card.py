"""How good a forecast was, on customers whose outcome is known by now."""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn import Trial
from segmentation.scoring.logistic import area_under_curve, brier_score

N_BINS = 10
FEWEST_IN_GROUP = 20  # below it a group's figures say nothing
FEWEST_TO_COMPARE = 200
NEIGHBOURS = 1  # deciles; a step this small is the ordinary passing of time


@dataclass(frozen=True)
class Bin:
    """Customers of neighbouring probability. said: their mean; away: share who stayed away."""

    n: int
    said: float
    away: float


@dataclass(frozen=True)
class Group:
    """auc: None where all or none stayed away, or where there are too few. said, away: as a Bin."""

    key: int
    n: int
    auc: float | None
    brier: float
    said: float
    away: float


@dataclass(frozen=True)
class Card:
    """bins: from the likeliest to stay to the likeliest to leave, of as equal size as ties allow.

    calibration_error: mean distance between said and away, weighted by customers (expected
    calibration error; Naeini, Cooper & Hauskrecht 2015, AAAI).
    base_rate: share of all who stayed away. groups: by name of what they are grouped by.
    """

    n: int
    base_rate: float
    calibration_error: float
    bins: list[Bin]
    groups: dict[str, list[Group]]

    def lifts(self) -> list[tuple[Bin, float]]:
        """The same bins from the likeliest to leave on, each with its rate ÷ the base rate."""
        rate = self.base_rate or 1.0
        return [(one, one.away / rate) for one in reversed(self.bins)]


def report_card(trial: Trial, groups: dict[str, np.ndarray] | None = None) -> Card | None:
    """groups: {name: a whole number a customer of the trial; negative: belongs to none}.

    None where nobody was tested.
    """
    n = len(trial.rows)
    if not n:
        return None
    bins = _bins(trial)
    error = sum(one.n * abs(one.said - one.away) for one in bins) / n
    split = {name: _groups(trial, keys) for name, keys in (groups or {}).items()}
    return Card(n, float(trial.stayed_away.mean()), error, bins, split)


def _bins(trial: Trial) -> list[Bin]:
    order = np.argsort(trial.said, kind="stable")
    said, away = trial.said[order], trial.stayed_away[order]
    ends = np.searchsorted(said, said[[len(said) * k // N_BINS for k in range(1, N_BINS)]], "left")
    return [
        Bin(len(part), float(part.mean()), float(left.mean()))
        for part, left in zip(np.split(said, ends), np.split(away, ends), strict=True)
        if len(part)
    ]


def _groups(trial: Trial, keys: np.ndarray) -> list[Group]:
    found = []
    for key in np.unique(keys[keys >= 0]).tolist():
        inside = keys == key
        n = int(inside.sum())
        if n < FEWEST_IN_GROUP:
            continue
        said, away = trial.said[inside], trial.stayed_away[inside]
        auc = area_under_curve(said, away)
        found.append(Group(key, n, auc, brier_score(said, away), said.mean(), away.mean()))
    return found


def share_moved(before: np.ndarray, now: np.ndarray) -> float | None:
    """Share of customers whose decile of risk changed by more than one.

    before, now: probabilities of the same customers by two runs. None for too few customers.
    """
    if len(now) < FEWEST_TO_COMPARE:
        return None
    return float((np.abs(_deciles(now) - _deciles(before)) > NEIGHBOURS).mean())


def _deciles(probability: np.ndarray) -> np.ndarray:
    """0 … 9; equal values, equal decile."""
    below = np.searchsorted(np.sort(probability), probability, "left")
    return N_BINS * below // max(len(probability), 1)
