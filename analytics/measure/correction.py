"""Several comparisons at once: the more one looks, the easier chance looks like success."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected p values in the order given: S. Holm (1979), *Scand. J. Statistics* 6, 65–70."""
    n = len(p_values)
    corrected = [0.0] * n
    largest = 0.0
    for rank, place in enumerate(sorted(range(n), key=lambda place: p_values[place])):
        largest = max(largest, min(1.0, (n - rank) * p_values[place]))
        corrected[place] = largest
    return corrected


def joint_confidence(confidence: float, n_comparisons: int) -> float:
    """Of each interval, so that all n together hold with `confidence` (Bonferroni)."""
    return 1 - (1 - confidence) / max(n_comparisons, 1)
