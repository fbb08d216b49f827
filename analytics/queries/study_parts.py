"""The arms of a study as the measures take them, and what each part of the audience says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.measure.comparison import ArmResult, Effect, effects_against
from analytics.measure.correction import holm
from analytics.measure.rates import Rate, rate_with_interval
from analytics.queries.outcomes import HOLDOUT, TREATED
from analytics.queries.study import Side

RETURNED, CAME_AGAIN, NET, PROFIT = "returned", "came_again", "net", "profit"


@dataclass(frozen=True)
class Part:
    """One level of a trait: both arms and the difference of their return rates."""

    level: str
    treated: Rate
    holdout: Rate
    effect: Effect | None


def parts_of(levels: Mapping[str, Mapping[str, Side]], order: Sequence[str]) -> list[Part]:
    """levels: of one trait, {level: {arm: side}}. order: levels that come first, in this order."""
    names = [level for level in order if level in levels]
    names += sorted(level for level in levels if level not in names)
    found = {
        level: (levels[level].get(TREATED, Side()), levels[level].get(HOLDOUT, Side()))
        for level in names
    }
    effects = _effects_of_parts(found)
    return [
        Part(
            level,
            rate_with_interval(treated.n_returned, treated.n),
            rate_with_interval(holdout.n_returned, holdout.n),
            effects.get(level),
        )
        for level, (treated, holdout) in found.items()
    ]


def _effects_of_parts(found: Mapping[str, tuple[Side, Side]]) -> dict[str, Effect]:
    """Each level's own comparison; the p values of all of them are corrected together."""
    alone = {
        level: effects_against(
            arm_of(HOLDOUT, holdout, RETURNED), [arm_of(TREATED, treated, RETURNED)]
        )[0]
        for level, (treated, holdout) in found.items()
        if treated.n and holdout.n
    }
    corrected = holm([effect.p_value or 0.0 for effect in alone.values()])
    return {
        level: _corrected(effect, p_value)
        for (level, effect), p_value in zip(alone.items(), corrected, strict=True)
    }


def _corrected(effect: Effect, p_value: float) -> Effect:
    return replace(effect, p_corrected=p_value, tells=p_value < 0.05)


def arm_of(name: str, side: Side, *outcomes: str) -> ArmResult:
    """One arm with only these outcomes."""
    hits = {RETURNED: side.n_returned, CAME_AGAIN: side.n_came_again}
    money = {NET: side.net_summary, PROFIT: side.profit_summary}
    return ArmResult(
        name,
        side.n,
        {key: n for key, n in hits.items() if key in outcomes},
        {key: summary for key, summary in money.items() if key in outcomes},
    )
