"""Value layer: exactly one a customer; the last two win over the first three.

- lost            stage churned
- at risk         churn probability of `at_risk_from` or more, and not lost
- high            the `high_share` of customers with a purchase day who are worth most
- potential high  the next `next_share`
- regular         everyone else, also who never bought

Worth = value to come (CLV) + what was left over in the last 365 days. Equal worth, equal layer.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.stages import CHURNED

LAYERS = ("high", "potential_high", "regular", "at_risk", "lost")
HIGH, POTENTIAL_HIGH, REGULAR, AT_RISK, LOST = range(5)


@dataclass(frozen=True)
class LayerRules:
    high_share: float = 0.2
    next_share: float = 0.2
    at_risk_from: float = 0.5

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name}: must be between 0 and 1, got {value}.")


@dataclass(frozen=True)
class LayerCuts:
    """The least worth, minor units, of the two upper layers of one clinic; None: nobody is in."""

    high_minor: float | None
    potential_high_minor: float | None


def layer_cuts(worth_minor: np.ndarray, rules: LayerRules) -> LayerCuts:
    """worth_minor: nan for customers without a purchase day."""
    worth = np.sort(worth_minor[~np.isnan(worth_minor)])
    n_better = len(worth) - np.searchsorted(worth, worth, side="right")
    share = n_better / max(len(worth), 1)

    def least(below: float) -> float | None:
        within = worth[(share < below) & (worth > 0)]
        return float(within[0]) if len(within) else None

    return LayerCuts(least(rules.high_share), least(rules.high_share + rules.next_share))


def layers_of(
    worth_minor: np.ndarray,
    stage: np.ndarray,
    churn_probability: np.ndarray,
    rules: LayerRules | None = None,
    cuts: LayerCuts | None = None,
) -> np.ndarray:
    """Positions in LAYERS, int8. worth_minor: nan for customers without a purchase day.

    cuts: of the whole clinic, where these customers are only some of it; else they make their own.
    """
    rules = rules or LayerRules()
    cuts = cuts or layer_cuts(worth_minor, rules)
    layer = np.full(len(stage), REGULAR, np.int8)
    upper = ((POTENTIAL_HIGH, cuts.potential_high_minor), (HIGH, cuts.high_minor))
    with np.errstate(invalid="ignore"):
        for place, least in upper:
            if least is not None:
                layer[worth_minor >= least] = place
        layer[churn_probability >= rules.at_risk_from] = AT_RISK
    layer[stage == CHURNED] = LOST
    return layer
