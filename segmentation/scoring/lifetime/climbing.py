"""To the top of a log-likelihood from close by, where every look at it is dear.

The top of a sample's likelihood lies about 1 / √sample from that of everybody, and it bends alike
there. So steps by the sample's curvature (the chord form of Newton's method) each leave so small a
part of the way, and four or five looks at everybody are enough.
"""

from collections.abc import Callable

import numpy as np

MOST_STEPS, SHORTEST_STEP, LONGEST_STEP = 12, 1e-7, 1.0
SLACK = 1e-12  # of the value: what the order of additions may take back
Likely = Callable[[np.ndarray], tuple[float, np.ndarray]]


def climb_by_chords(likely: Likely, at: np.ndarray, curvature: np.ndarray) -> np.ndarray | None:
    """The top of `likely` (value, slope), from near it; None where the steps did not lead there.

    curvature: of something that bends alike, positive at its top.
    """
    reached = -np.inf
    for _ in range(MOST_STEPS):
        value, slope = likely(at)
        if not value >= reached - abs(value) * SLACK:
            return None
        reached = value
        try:
            step = np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            return None
        length = np.abs(step).max()
        if not length < LONGEST_STEP:
            return None
        at = at + step
        if length < SHORTEST_STEP:
            return at
    return None


def curvature_at(likely: Likely, at: np.ndarray, *, step: float = 1e-4) -> np.ndarray:
    """How `likely` bends, by differences of its slope; positive at a top."""
    rows = []
    for move in np.eye(len(at)) * step:
        rows.append((likely(at - move)[1] - likely(at + move)[1]) / (2 * step))
    curvature = np.array(rows)
    return (curvature + curvature.T) / 2


def spread(n_customers: int, n_taken: int) -> np.ndarray:
    """A sample: the same customers every time, spread over all."""
    return np.linspace(0, n_customers - 1, n_taken).astype(np.int64)
