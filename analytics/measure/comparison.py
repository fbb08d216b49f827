"""Several arms against one control, or against each other: effects, corrected for looking often.

Used for campaigns (variants against the holdout) and for experiments read from a file alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from analytics.measure.correction import holm, joint_confidence
from analytics.measure.money import MeanSummary, difference_of_means
from analytics.measure.rates import (
    CONFIDENCE,
    difference_with_interval,
    p_value_of_rates,
    rate_with_interval,
)

RATE, MONEY = "rate", "money"


@dataclass(frozen=True)
class ArmResult:
    """n customers put into this arm; n_hits: {outcome: how many}; money: {outcome: amounts}."""

    name: str
    n: int
    n_hits: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, MeanSummary] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """arm − against, for one outcome.

    kind: «rate» (value within −1–1) or «money» (a head, in the unit of the amounts). low, high,
    p_value: of this comparison alone. joint_low, joint_high: intervals that hold all together
    (Bonferroni); p_corrected: Holm; tells: p_corrected < 0.05. None while an arm is too small.
    """

    arm: str
    against: str
    outcome: str
    kind: str
    value: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    joint_low: float | None = None
    joint_high: float | None = None
    p_corrected: float | None = None
    tells: bool = False
    method: str = "newcombe"


def effects_against(
    control: ArmResult, arms: Sequence[ArmResult], *, confidence: float = CONFIDENCE
) -> list[Effect]:
    """Every arm against the control for every outcome; one family of comparisons."""
    pairs = [(arm, control) for arm in arms]
    return _compared(pairs, confidence)


def effects_between(arms: Sequence[ArmResult], *, confidence: float = CONFIDENCE) -> list[Effect]:
    """Every pair of arms for every outcome, the later against the earlier; one family."""
    return _compared([(second, first) for first, second in combinations(arms, 2)], confidence)


def winner(arms: Sequence[ArmResult], outcome: str) -> str | None:
    """The arm that beats each of the others after correction; None: the data name no winner."""
    only = [
        ArmResult(
            arm.name,
            arm.n,
            {outcome: arm.n_hits[outcome]} if outcome in arm.n_hits else {},
            {outcome: arm.money[outcome]} if outcome in arm.money else {},
        )
        for arm in arms
    ]
    n_beaten: dict[str, int] = {}
    for effect in effects_between(only):
        if effect.tells and effect.value:
            best = effect.arm if effect.value > 0 else effect.against
            n_beaten[best] = n_beaten.get(best, 0) + 1
    return next((name for name, n in n_beaten.items() if n == len(arms) - 1), None)


def _compared(pairs: Sequence[tuple[ArmResult, ArmResult]], confidence: float) -> list[Effect]:
    outcomes = [
        (arm, against, outcome, kind)
        for arm, against in pairs
        for kind, names in ((RATE, arm.n_hits), (MONEY, arm.money))
        for outcome in names
    ]
    joint = joint_confidence(confidence, len(outcomes))
    alone = [_effect(*asked, confidence) for asked in outcomes]
    together = [_effect(*asked, joint) for asked in outcomes]
    known = [place for place, effect in enumerate(alone) if effect.p_value is not None]
    corrected = dict(
        zip(known, holm([alone[place].p_value or 0.0 for place in known]), strict=True)
    )
    return [
        replace(
            effect,
            joint_low=together[place].low,
            joint_high=together[place].high,
            p_corrected=corrected.get(place),
            tells=place in corrected and corrected[place] < 1 - confidence,
        )
        for place, effect in enumerate(alone)
    ]


def _effect(
    arm: ArmResult, against: ArmResult, outcome: str, kind: str, confidence: float
) -> Effect:
    said: dict[str, Any] = {
        "arm": arm.name, "against": against.name, "outcome": outcome, "kind": kind,
    }  # fmt: skip
    if kind == MONEY:
        seen = difference_of_means(
            arm.money[outcome], against.money[outcome], confidence=confidence
        )
        return Effect(**said, value=seen.value, low=seen.low, high=seen.high,
                      p_value=seen.p_value, method=seen.method)  # fmt: skip
    if not arm.n or not against.n:
        return Effect(**said, value=None)
    first = rate_with_interval(arm.n_hits[outcome], arm.n, confidence=confidence)
    second = rate_with_interval(against.n_hits[outcome], against.n, confidence=confidence)
    between = difference_with_interval(first, second)
    return Effect(**said, value=between.value, low=between.low, high=between.high,
                  p_value=p_value_of_rates(first, second))  # fmt: skip
