"""How much commoner a trait is in one group than in another, with an interval. Pure."""

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Lift:
    """value: rate in the group ÷ rate in the rest."""

    value: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """The interval leaves out 1: more than chance."""
        return self.low > 1 or self.high < 1


def lift(n_with: int, n: int, n_rest_with: int, n_rest: int) -> Lift:
    """Ratio of two rates with its log interval: Katz et al. (1978), Biometrics 34, 469–474.

    Where one of the counts is 0, a half is added to all (Walter 1975, Biometrika 62, 371–374).
    Raises ValueError for a group without anybody, or counts that are none.
    """
    for part, whole in ((n_with, n), (n_rest_with, n_rest)):
        if whole < 1 or not 0 <= part <= whole:
            raise ValueError(f"{part} of {whole} is no rate.")
    half = 0.0 if n_with and n_rest_with else 0.5
    a, b, c, d = (count + half for count in (n_with, n, n_rest_with, n_rest))
    middle = log(a / b) - log(c / d)
    reach = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * sqrt(1 / a - 1 / b + 1 / c - 1 / d)
    return Lift(exp(middle), exp(middle - reach), exp(middle + reach))
