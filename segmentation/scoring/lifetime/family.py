"""The (M)BG/CNBD-k family: its parameters, and the two stories of each customer.

Purchases of one customer stand Erlang-k gaps apart at rate λ (k = 1: at random); after a purchase
the customer is lost with probability p. λ ~ Gamma(r, α), p ~ Beta(a, b) over customers.

- BG/NBD: k = 1, nobody is lost by the first purchase. Fader, Hardie & Lee 2005, "Counting Your
  Customers the Easy Way", Marketing Science 24(2).
- MBG/CNBD-k: customers can be lost by the first purchase, too. Platzer & Reutterer 2016, "Ticking
  Away the Moments", Marketing Science 35(5); k = 1 is the MBG/NBD of Batislam et al. 2007.

With x, t_x, T as in `Repeats`, R = r + kx and n = x (MBG) or x − 1 (BG):

    L = Γ(R)/Γ(r) αʳ B(a, b+n+1)/B(a, b) (α+T)⁻ᴿ [S + a/(b+n) ((α+T)/(α+t_x))ᴿ] Πgapᵏ⁻¹/Γ(k)ˣ
    S = Σ_{j<k} (R)_j/j! uʲ,  u = (T−t_x)/(α+T):  no purchase since t_x although still a customer

where the second term in brackets, lost after the last purchase, is 0 for n < 0.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from segmentation.scoring.lifetime.repeats import Repeats


@dataclass(frozen=True)
class Shape:
    """Which member of the family: regularity k ≥ 1, and whether the first purchase may be last."""

    regularity: int = 1
    lost_at_first: bool = True

    def __post_init__(self) -> None:
        if self.regularity < 1:
            raise ValueError(f"regularity: needs at least 1, got {self.regularity}.")

    def __str__(self) -> str:
        name = "MBG" if self.lost_at_first else "BG"
        return f"{name}/NBD" if self.regularity == 1 else f"{name}/CNBD-{self.regularity}"


BG_NBD = Shape(regularity=1, lost_at_first=False)


@dataclass(frozen=True)
class Parameters:
    """r, alpha (in the unit of time): who buys how often. a, b: who is lost how easily."""

    r: float
    alpha: float
    a: float
    b: float

    def as_array(self) -> np.ndarray:
        return np.array([self.r, self.alpha, self.a, self.b])


@dataclass(frozen=True)
class Terms:
    """Per customer: log_alive and log_lost are the two terms in brackets, logged."""

    log_alive: np.ndarray
    log_lost: np.ndarray

    @property
    def p_alive(self) -> np.ndarray:
        return expit(self.log_alive - self.log_lost)


def terms_of(repeats: Repeats, parameters: Parameters, shape: Shape) -> Terms:
    """The two stories that fit: still a customer, or lost after the last purchase."""
    return Terms(
        np.log(_waiting(repeats, parameters, shape)), _log_lost(repeats, parameters, shape)
    )


def opportunities(n_repeats: np.ndarray, shape: Shape) -> np.ndarray:
    """n: the purchases survived so far, the last one not counted; −1 where none could be fatal."""
    return n_repeats if shape.lost_at_first else n_repeats - 1


def _log_lost(repeats: Repeats, parameters: Parameters, shape: Shape) -> np.ndarray:
    exponent = parameters.r + shape.regularity * repeats.n_repeats
    growth = np.log((parameters.alpha + repeats.age) / (parameters.alpha + repeats.last))
    return log_lost_odds(repeats.n_repeats, parameters, shape) + exponent * growth


def log_lost_odds(n_repeats: np.ndarray, p: Parameters, shape: Shape) -> np.ndarray:
    """On the evening of the last purchase; −∞ where it could not be fatal."""
    n = opportunities(n_repeats, shape)
    log_odds = np.log(p.a) - np.log(p.b + np.maximum(n, 0))
    return log_odds if shape.lost_at_first else np.where(n < 0, -np.inf, log_odds)


def _waiting(repeats: Repeats, parameters: Parameters, shape: Shape) -> np.ndarray:
    """S."""
    total = term = np.ones(len(repeats))
    if shape.regularity == 1:
        return total
    exponent = parameters.r + shape.regularity * repeats.n_repeats
    u = (repeats.age - repeats.last) / (parameters.alpha + repeats.age)
    for j in range(1, shape.regularity):
        term = term * u * (exponent + j - 1) / j
        total = total + term
    return total
