"""What an offer brought, against those who by lot did not get it. Pure arithmetic.

Rates are compared by Newcombe's hybrid score interval (Newcombe 1998, method 10), built from
Wilson's (1927) for each rate.
"""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Arm:
    """One side: how many people, how many came, their visits, net and cost in minor units."""

    n: int = 0
    n_came: int = 0
    n_visits: int = 0
    net_minor: int = 0
    cost_minor: int = 0

    @property
    def came_rate(self) -> float:
        return self.n_came / self.n if self.n else 0.0

    @property
    def margin_minor(self) -> int:
        return self.net_minor - self.cost_minor


@dataclass(frozen=True)
class Effect:
    """Against the held-back side. low, high: 95 % interval of the difference of the rates.

    extra_visits, extra_margin_minor: of all who were given it together; the margin is after the
    discounts (they are no part of the net) and less what the offer itself cost.
    """

    difference_rate: float
    low: float
    high: float
    extra_visits: float
    extra_margin_minor: int

    @property
    def can_tell(self) -> bool:
        return self.low > 0 or self.high < 0


def effect_of(given: Arm, held: Arm, *, offer_cost_minor: int) -> Effect | None:
    """None where one side is empty: then nothing can be compared."""
    if not given.n or not held.n:
        return None
    low, high = newcombe(given.n_came, given.n, held.n_came, held.n)
    scale = given.n / held.n
    return Effect(
        difference_rate=given.came_rate - held.came_rate,
        low=low,
        high=high,
        extra_visits=given.n_visits - held.n_visits * scale,
        extra_margin_minor=round(given.margin_minor - held.margin_minor * scale - offer_cost_minor),
    )


def newcombe(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float]:
    """95 % interval of x1/n1 − x2/n2."""
    p1, p2 = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = wilson(x1, n1), wilson(x2, n2)
    low = p1 - p2 - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    high = p1 - p2 + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return low, high


def wilson(x: int, n: int) -> tuple[float, float]:
    """95 % interval of x/n."""
    p, z2 = x / n, Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return centre - half, centre + half
