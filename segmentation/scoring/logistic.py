"""Logistic regression with a Gaussian prior, and how well probabilities rank and fit."""

from collections.abc import Callable

import numpy as np

MAX_STEPS = 50
TOLERANCE = 1e-9
SMALLEST = 1e-6  # nobody is that sure


def fit_logistic(
    features: np.ndarray,
    happened: np.ndarray,
    *,
    prior_mean: np.ndarray,
    prior_sd: np.ndarray,
    row_weight: float = 1.0,
) -> np.ndarray:
    """Most probable coefficients, by iteratively reweighted least squares (Newton's method).

    features: rows × coefficients, the intercept's column of ones included. happened: bool a row.
    Maximises row_weight × log-likelihood − ½ Σ((coefficient − prior_mean) / prior_sd)²; McCullagh &
    Nelder (1989), *Generalized Linear Models*, §4.4, with the prior's gradient and curvature
    added. The prior makes the maximum unique, also without rows or where nobody or everybody did.
    """
    curvature = np.diag(1 / np.asarray(prior_sd, float) ** 2)
    target = happened.astype(float)
    coefficients = np.array(prior_mean, float)
    reached = _log_posterior(features, target, coefficients, prior_mean, curvature, row_weight)
    for _ in range(MAX_STEPS):
        chance = sigmoid(features @ coefficients)
        gradient = row_weight * (features.T @ (target - chance))
        gradient -= curvature @ (coefficients - prior_mean)
        spread = row_weight * chance * (1 - chance)
        step = np.linalg.solve((features * spread[:, None]).T @ features + curvature, gradient)
        coefficients, gained, reached = _climb(
            coefficients,
            step,
            reached,
            lambda at: _log_posterior(features, target, at, prior_mean, curvature, row_weight),
        )
        if gained < TOLERANCE:
            break
    return coefficients


def _climb(
    coefficients: np.ndarray,
    step: np.ndarray,
    reached: float,
    height: Callable[[np.ndarray], float],
) -> tuple[np.ndarray, float, float]:
    """Take the step, halved until it does not lead down."""
    for halvings in range(30):
        moved = coefficients + step / 2**halvings
        found = height(moved)
        if found >= reached:
            return moved, found - reached, found
    return coefficients, 0.0, reached


def _log_posterior(
    features: np.ndarray,
    target: np.ndarray,
    coefficients: np.ndarray,
    prior_mean: np.ndarray,
    curvature: np.ndarray,
    row_weight: float,
) -> float:
    logits = features @ coefficients
    away = coefficients - prior_mean
    likelihood = (target * logits - np.logaddexp(0, logits)).sum()
    return float(row_weight * likelihood - away @ curvature @ away / 2)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + e^−x) without overflow."""
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1, small) / (1 + small)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Log of p / (1 − p), of probabilities no nearer than SMALLEST to 0 or 1."""
    inside = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.log(inside / (1 - inside))


def area_under_curve(probability: np.ndarray, happened: np.ndarray) -> float | None:
    """Chance that one who did is ranked above one who did not, ties count half (Hanley & McNeil
    1982, *Radiology* 143, 29–36). None when all did or none did."""
    n_did, n_not = int(happened.sum()), int((~happened).sum())
    if not n_did or not n_not:
        return None
    _, level = np.unique(probability, return_inverse=True)
    did = np.bincount(level[happened], minlength=level.max() + 1)
    not_ = np.bincount(level[~happened], minlength=level.max() + 1)
    below = np.cumsum(not_) - not_
    return float((did * (2 * below + not_)).sum() / (2 * n_did * n_not))


def brier_score(probability: np.ndarray, happened: np.ndarray) -> float:
    """Mean squared error of one or more probabilities (Brier 1950, *Monthly Weather Review* 78,
    1–3); 0 is perfect."""
    return float(np.mean((probability - happened) ** 2))
