"""How often the read-out's intervals hold the truth, and how often it sees what is not there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.measure.comparison import ArmResult, effects_against
from analytics.measure.money import difference_of_means, summarise
from analytics.measure.pooling import pool, rate_difference_variance
from analytics.measure.rates import verdict
from clinic_crm.campaign_proof.futures import Outcomes, Pool, pools

HELD_BETWEEN = (0.93, 0.97)
MOST_FALSE_ALARMS = 0.06
FEWEST, MOST = 150, 20_000  # customers of a campaign
SMALL = 1_000
HOLDOUT_RATES = (0.1, 0.2, 0.5)
TAIL = (0.8, 1.4)  # log-sd of what skewed spend is multiplied by; its mean stays 1
REPEATS = 8
AGAIN = 5  # A/A runs of each plan: a rate of 5 in 100 is told from 6 by 5,000, not by 1,000
MEASURES = ("returned", "net_minor", "profit_minor")
WELCH_ALONE = "welch"
WORDS = {"returned": "return rate", "net_minor": "revenue a head", "profit_minor": "profit a head"}


@dataclass(frozen=True)
class Figure:
    """between: what the value must lie within; None: only told."""

    name: str
    value: float
    n: int
    between: tuple[float, float] | None = None

    @property
    def is_missed(self) -> bool:
        return self.between is not None and not self.between[0] <= self.value <= self.between[1]


@dataclass(frozen=True)
class Plan:
    """One campaign: its pool, sizes, and the log-sd of its tail (0: as the clinic sells)."""

    pool: Pool
    n_treated: int
    n_holdout: int
    tail: float


@dataclass(frozen=True)
class Seen:
    """What one campaign's read-out said, {measure: …}."""

    plan: Plan
    holds: dict[str, bool]
    alarms: dict[str, bool]
    uplift: float
    variance: float


def figures_of(seed: int, n_campaigns: int) -> Iterator[tuple[str, list[Figure]]]:
    """(title, figures) of each part."""
    chance = np.random.default_rng(seed)
    known = pools(seed)
    plans = [_plan(known, chance, is_skewed=bool(k % 2)) for k in range(n_campaigns)]
    lifted = [_run(plan, chance, is_lifted=True) for plan in plans]
    yield "Campaigns with a known lift: intervals of 95 % that hold it", list(_held(lifted))
    flat = [_run(plan, chance, is_lifted=False) for plan in plans for _again in range(AGAIN)]
    yield "Campaigns that do nothing (A/A): false alarms", list(_alarms(flat, known, chance))
    yield "Repeats read together", list(_pooled(known, chance, max(20, n_campaigns // REPEATS)))


def _plan(known: Sequence[Pool], chance: np.random.Generator, *, is_skewed: bool) -> Plan:
    n = int(np.exp(chance.uniform(np.log(FEWEST), np.log(MOST))))
    n_holdout = round(n * float(chance.choice(HOLDOUT_RATES)))
    tail = float(chance.uniform(*TAIL)) if is_skewed else 0.0
    return Plan(known[int(chance.integers(len(known)))], n - n_holdout, n_holdout, tail)


def _draw(people: Outcomes, n: int, tail: float, chance: np.random.Generator) -> Outcomes:
    """n of the pool, with putting back; a tail makes few spend much, at the same mean."""
    drawn = people.of(chance.integers(0, len(people.returned), n))
    if not tail:
        return drawn
    factor = np.exp(tail * chance.standard_normal(n) - tail**2 / 2)
    return Outcomes(drawn.returned, drawn.net_minor * factor, drawn.profit_minor * factor)


def _run(plan: Plan, chance: np.random.Generator, *, is_lifted: bool) -> Seen:
    with_offer = plan.pool.treated if is_lifted else plan.pool.untreated
    treated = _draw(with_offer, plan.n_treated, plan.tail, chance)
    holdout = _draw(plan.pool.untreated, plan.n_holdout, plan.tail, chance)
    n_back, n_stayed = int(treated.returned.sum()), int(holdout.returned.sum())
    rates = verdict(
        n_treated_returns=n_back, n_treated=plan.n_treated,
        n_holdout_returns=n_stayed, n_holdout=plan.n_holdout,
    )  # fmt: skip
    intervals = {"returned": (rates.low or 0.0, rates.high or 0.0)}
    for name in MEASURES[1:]:
        sides = summarise(getattr(treated, name)), summarise(getattr(holdout, name))
        money = difference_of_means(*sides)
        intervals[name] = (money.low or 0.0, money.high or 0.0)
    plain = difference_of_means(*(replace(side, third=None) for side in sides))
    truth = {
        name: getattr(with_offer, name).mean() - getattr(plan.pool.untreated, name).mean()
        for name in MEASURES
    }
    return Seen(
        plan,
        {name: low <= truth[name] <= high for name, (low, high) in intervals.items()}
        | {WELCH_ALONE: (plain.low or 0.0) <= truth[MEASURES[-1]] <= (plain.high or 0.0)},
        {name: low > 0 or high < 0 for name, (low, high) in intervals.items()},
        rates.uplift or 0.0,
        rate_difference_variance(n_back, plan.n_treated, n_stayed, plan.n_holdout),
    )


def _held(runs: Sequence[Seen]) -> Iterator[Figure]:
    slices = {
        "": runs,
        f", under {SMALL:,} customers": [r for r in runs if _size(r) < SMALL],
        ", heavy tails": [r for r in runs if r.plan.tail],
        f", heavy tails, under {SMALL:,}": [r for r in runs if r.plan.tail and _size(r) < SMALL],
    }
    for words, some in slices.items():
        for name in MEASURES:
            share = float(np.mean([run.holds[name] for run in some])) if some else np.nan
            between = None if words else HELD_BETWEEN
            yield Figure(WORDS[name] + words, share, len(some), between)
    share = float(np.mean([run.holds[WELCH_ALONE] for run in runs]))
    yield Figure("profit a head, had Welch's interval been used throughout", share, len(runs))


def _size(run: Seen) -> int:
    return run.plan.n_treated + run.plan.n_holdout


def _alarms(
    runs: Sequence[Seen], known: Sequence[Pool], chance: np.random.Generator
) -> Iterator[Figure]:
    limit = (0.0, MOST_FALSE_ALARMS)
    for name in MEASURES:
        share = float(np.mean([run.alarms[name] for run in runs]))
        yield Figure(WORDS[name], share, len(runs), limit)
    told = [_any_of_three_arms(known, chance) for _ in runs]
    yield Figure("any of three arms, corrected", float(np.mean(told)), len(told), limit)


def _any_of_three_arms(known: Sequence[Pool], chance: np.random.Generator) -> bool:
    """Whether one of three arms that all do nothing is said to have brought something."""
    plan = _plan(known, chance, is_skewed=False)
    control, *arms = (
        ArmResult(
            str(k), plan.n_holdout,
            {"returned": int(_draw(plan.pool.untreated, plan.n_holdout, 0, chance).returned.sum())},
        )
        for k in range(4)
    )  # fmt: skip
    return any(effect.tells for effect in effects_against(control, arms))


def _pooled(known: Sequence[Pool], chance: np.random.Generator, n_groups: int) -> Iterator[Figure]:
    """Eight small campaigns of one kind together, and how much narrower that makes the interval."""
    holds, narrower = [], []
    for _ in range(n_groups):
        one = known[int(chance.integers(len(known)))]
        runs = [
            _run(Plan(one, 400, 100, 0.0), chance, is_lifted=True) for _repeat in range(REPEATS)
        ]
        seen = pool([run.uplift for run in runs], [run.variance for run in runs])
        if seen is None:
            continue
        truth = one.treated.returned.mean() - one.untreated.returned.mean()
        holds.append(seen.random.low <= truth <= seen.random.high)
        alone = 2 * 1.96 * np.sqrt(np.mean([run.variance for run in runs]))
        narrower.append((seen.random.high - seen.random.low) / alone)
    yield Figure(f"return rate, {REPEATS} campaigns of 500 pooled", float(np.mean(holds)),
                 n_groups, (0.90, 1.0))  # fmt: skip
    yield Figure("width ÷ that of one campaign alone", float(np.mean(narrower)), n_groups)
