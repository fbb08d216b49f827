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


def layers_of(
    worth_minor: np.ndarray,
    stage: np.ndarray,
    churn_probability: np.ndarray,
    rules: LayerRules | None = None,
) -> np.ndarray:
    """Positions in LAYERS, int8. worth_minor: nan for customers without a purchase day."""
    rules = rules or LayerRules()
    layer = np.full(len(stage), REGULAR, np.int8)
    known = ~np.isnan(worth_minor)
    worth = worth_minor[known]
    n_better = len(worth) - np.searchsorted(np.sort(worth), worth, side="right")
    share = n_better / max(len(worth), 1)
    among = np.full(len(worth), REGULAR, np.int8)
    among[(share < rules.high_share + rules.next_share) & (worth > 0)] = POTENTIAL_HIGH
    among[(share < rules.high_share) & (worth > 0)] = HIGH
    layer[known] = among
    with np.errstate(invalid="ignore"):
        layer[churn_probability >= rules.at_risk_from] = AT_RISK
    layer[stage == CHURNED] = LOST
    return layer
