"""What an experiment says, as plain values for machines: the answer told in docs/experiments.md.

Sentences are not in it: they are worded when shown, in the reader's language (`sentences`).
"""

from collections import Counter
from dataclasses import asdict
from math import fsum
from typing import Any

import numpy as np

from analytics.experiment_files.reading import ExperimentFile
from analytics.experiment_files.traits import numbers_of, trait_columns
from analytics.measure.adjusting import Moments, adjusted_difference
from analytics.measure.comparison import (
    RATE,
    ArmResult,
    Effect,
    effects_against,
    effects_between,
    winner,
)
from analytics.measure.money import difference_of_means, summarise
from analytics.measure.rates import needed_sample, rate_with_interval
from analytics.measure.split import NOTABLE_SMD, balance, sample_ratio

FORMAT = "clinic_crm.experiment/1"
MOST_SMDS = 200
NO_ARM, ONE_ARM, NO_CONTROL, NOT_RANDOMISED = "no_arm", "one_arm", "no_control", "not_randomised"
MORE, FEWER, CANNOT_TELL = "more", "fewer", "cannot_tell"


def result_of(file: ExperimentFile) -> dict[str, Any]:
    """Everything but the refused rows themselves; floats are not rounded."""
    arms = _arms(file)
    why_none = no_effect_because(file)
    is_drawn = file.is_randomised and len(arms) > 1
    against = effects_against(arms[0], arms[1:]) if why_none is None else []
    between = effects_between(arms[1:] if why_none is None else arms) if is_drawn else []
    return {
        "format": FORMAT,
        "columns": {
            "arm": file.chosen.arm,
            "outcomes": list(file.chosen.outcomes),
            "money": list(file.chosen.money),
            "traits": list(file.chosen.traits),
            "ignored": list(file.chosen.ignored),
            "happened": list(file.chosen.happened),
        },
        "rows": {
            "read": file.n_read,
            "used": len(file.arm),
            "refused": file.n_refused,
            "reasons": _reasons(file),
        },
        "currency": file.mapping.options.currency or None,
        "control": file.control,
        "no_effect_because": why_none,
        "arms": [_arm_as_json(arm, file, place) for place, arm in enumerate(arms)],
        "split": _split(file),
        "balance": _balance(file),
        "n_comparisons": len(against),
        "effects": [_effect_as_json(effect, arms, file) for effect in against],
        "between_arms": [_effect_as_json(effect, arms, file) for effect in between],
        "winners": _winners(file, arms, why_none) if is_drawn else {},
    }


def no_effect_because(file: ExperimentFile) -> str | None:
    """Why no effect can be told, by code; None where there is a control group."""
    if file.chosen.arm is None:
        return NO_ARM
    if not file.is_randomised:
        return NOT_RANDOMISED
    if len(file.arm_names) < 2:
        return ONE_ARM
    return NO_CONTROL if file.control is None else None


def _arms(file: ExperimentFile) -> list[ArmResult]:
    found = []
    for place, name in enumerate(file.arm_names):
        mine = file.arm == place
        found.append(
            ArmResult(
                name,
                int(mine.sum()),
                {header: int(values[mine].sum()) for header, values in file.hits.items()},
                {header: summarise(values[mine]) for header, values in file.money.items()},
            )
        )
    return found


def _arm_as_json(arm: ArmResult, file: ExperimentFile, place: int) -> dict[str, Any]:
    mine = file.arm == place
    return {
        "name": arm.name,
        "is_control": arm.name == file.control and file.chosen.arm is not None,
        "n": arm.n,
        "outcomes": {
            header: asdict(rate_with_interval(n_hits, arm.n))
            for header, n_hits in arm.n_hits.items()
        },
        "money": {
            header: {
                "total": _exact_sum(file.money[header][mine]),
                "mean": summary.mean,
                "variance": summary.variance,
                "n_above_zero": int((file.money[header][mine] > 0).sum()),
            }
            for header, summary in arm.money.items()
        },
    }


def _exact_sum(amounts: np.ndarray) -> float:
    return fsum(amounts.tolist())


def _reasons(file: ExperimentFile) -> list[dict[str, Any]]:
    counts = Counter((one.column, one.code) for one in file.refused)
    return [
        {"column": column, "code": code, "n": n}
        for (column, code), n in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    ]


def _split(file: ExperimentFile) -> dict[str, Any] | None:
    """Sizes against the plan, or against equal shares where no plan was given."""
    if len(file.arm_names) < 2:
        return None
    planned = file.mapping.options.shares
    by_name = {arm.casefold(): share for arm, share in planned.items()}
    shares = [float(by_name.get(name.casefold(), 1.0)) for name in file.arm_names]
    counts = np.bincount(file.arm, minlength=len(file.arm_names)).tolist()
    check = sample_ratio(counts, shares)
    return {
        "is_plan_given": bool(planned),
        "planned": {
            name: share / sum(shares) for name, share in zip(file.arm_names, shares, strict=True)
        },
        "expected": dict(zip(file.arm_names, check.expected, strict=True)),
        "chi_square": check.statistic,
        "p_value": check.p_value,
        "is_broken": check.is_broken,
    }


def _balance(file: ExperimentFile) -> dict[str, Any] | None:
    """Traits of each arm against the first; None where there is nothing to compare."""
    if len(file.arm_names) < 2 or not file.traits:
        return None
    columns = trait_columns(file.traits, len(file.arm))
    check = balance(columns.values, file.arm, len(file.arm_names))
    smds = [
        {"trait": trait, "level": level, "arm": arm, "smd": float(check.smd[row, column])}
        for row, arm in enumerate(file.arm_names[1:])
        for column, (trait, level) in enumerate(columns.labels)
    ]
    smds.sort(key=lambda one: -abs(one["smd"]))
    return {
        "against": file.arm_names[0],
        "chi_square": check.statistic,
        "degrees_of_freedom": check.freedom,
        "p_value": check.p_value,
        "is_broken": check.is_broken,
        "n_notable": sum(abs(one["smd"]) > NOTABLE_SMD for one in smds),
        "differences": smds[:MOST_SMDS],
        "not_compared": dict(columns.left_out),
    }


def _winners(
    file: ExperimentFile, arms: list[ArmResult], why_none: str | None
) -> dict[str, str | None]:
    """{outcome: the arm that beats every other, control included}; None: no winner."""
    if len(arms) < (3 if why_none is None else 2):
        return {}
    return {name: winner(arms, name) for name in (*file.chosen.outcomes, *file.chosen.money)}


def _effect_as_json(effect: Effect, arms: list[ArmResult], file: ExperimentFile) -> dict[str, Any]:
    arm, against = (
        next(one for one in arms if one.name == name) for name in (effect.arm, effect.against)
    )
    known = effect.value is not None and effect.low is not None
    verdict = CANNOT_TELL
    if effect.tells:
        verdict = MORE if (effect.value or 0) > 0 else FEWER
    return {
        "arm": effect.arm,
        "against": effect.against,
        "outcome": effect.outcome,
        "kind": effect.kind,
        "difference": effect.value,
        "low": effect.low,
        "high": effect.high,
        "p_value": effect.p_value,
        "p_corrected": effect.p_corrected,
        "joint_low": effect.joint_low,
        "joint_high": effect.joint_high,
        "method": effect.method,
        "verdict": verdict,
        "total": effect.value * arm.n if known and effect.value is not None else None,
        "total_low": effect.low * arm.n if effect.low is not None else None,
        "total_high": effect.high * arm.n if effect.high is not None else None,
        "n_needed": _n_needed(effect, arm, against),
        "adjusted": _adjusted(effect, file),
    }


def _n_needed(effect: Effect, arm: ArmResult, against: ArmResult) -> int | None:
    """Customers of both arms that would tell a difference of the size now seen."""
    if effect.kind != RATE or effect.tells or not effect.value or not against.n:
        return None
    base = against.n_hits[effect.outcome] / against.n
    return needed_sample(base, effect.value, holdout_rate=against.n / (arm.n + against.n))


def _adjusted(effect: Effect, file: ExperimentFile) -> dict[str, Any] | None:
    """The difference in money freed from an amount known before; only where it was asked for."""
    before = file.mapping.options.adjust_by
    if effect.kind == RATE or before not in file.traits:
        return None
    spent = numbers_of(file.traits[before])
    if spent is None or np.isnan(spent).any():
        return None
    sides = [
        _moments(file.money[effect.outcome], spent, file.arm == file.arm_names.index(name))
        for name in (effect.arm, effect.against)
    ]
    plain = difference_of_means(sides[0].y, sides[1].y)
    seen = adjusted_difference(sides[0], sides[1], plain)
    if seen is None:
        return None
    found = seen.difference
    return {
        "by": before, "difference": found.value, "low": found.low, "high": found.high,
        "p_value": found.p_value, "narrower_by": seen.narrower_by,
    }  # fmt: skip


def _moments(amounts: np.ndarray, before: np.ndarray, mine: np.ndarray) -> Moments:
    y, x = amounts[mine], before[mine]
    if len(y) < 2:
        return Moments(summarise(y), 0.0, 0.0, 0.0)
    covariance = float(((y - y.mean()) * (x - x.mean())).sum() / (len(y) - 1))
    return Moments(summarise(y), float(x.mean()), float(x.var(ddof=1)), covariance)
