"""The people behind the records: what they want, how patient they are, what they answer to."""

from dataclasses import dataclass

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.randomness import pick, stream
from clinic_crm.simulator.seasons import Clock
from clinic_crm.simulator.tables import Table

MAIN, SECOND = 0, 1  # the two slots of a person: main treatment, one taken up later


@dataclass(frozen=True, eq=False)
class Persons(Table):
    """Hidden traits, one row a person, in order of first contact."""

    created_day: np.ndarray
    is_female: np.ndarray
    branch: np.ndarray
    consultant: np.ndarray
    main_treatment: np.ndarray
    second_treatment: np.ndarray
    main_interval: np.ndarray  # personal, days; 0 when it does not recur
    second_interval: np.ndarray
    frailty: np.ndarray  # multiplies the hazard of drifting away, mean 1
    price_sensitivity: np.ndarray  # 0–1
    forgetfulness: np.ndarray  # 0–1
    gift_liking: np.ndarray  # 0–1
    is_contact_averse: np.ndarray
    is_lead_only: np.ndarray

    def treatment(self, slot: int) -> np.ndarray:
        return self.main_treatment if slot == MAIN else self.second_treatment


def n_people(config: ClinicConfig) -> int:
    """People behind `n_customers` records, of whom duplicate_share are present twice."""
    return max(1, round(config.n_customers / (1 + config.duplicate_share)))


def draw_people(config: ClinicConfig, clock: Clock, seed: int) -> Persons:
    count = n_people(config)
    rng = stream(seed, "people")
    created_day = np.sort(_created_days(config, clock, rng.random(count)))
    branch = _branches(config, clock, created_day, rng.random(count))
    main, second = _treatments(config, rng, count)
    return Persons(
        created_day=created_day,
        is_female=rng.random(count) < config.female_share,
        branch=branch,
        consultant=consultants_at(config, branch, rng.random(count)),
        main_treatment=main,
        second_treatment=second,
        main_interval=personal_intervals(config, main, rng.standard_normal(count)),
        second_interval=personal_intervals(config, second, rng.standard_normal(count)),
        frailty=rng.standard_gamma(2.0, count) / 2.0,
        price_sensitivity=rng.beta(2.0, 3.0, count),
        forgetfulness=rng.beta(2.0, 2.0, count),
        gift_liking=rng.beta(1.5, 2.5, count),
        is_contact_averse=rng.random(count) < 0.1,
        is_lead_only=rng.random(count) < config.lead_only_share,
    )


def personal_intervals(config: ClinicConfig, treatment: np.ndarray, normal: np.ndarray):
    """min + (catalogue − min) × exp(spread × normal): median equals the catalogue, in days."""
    interval = spec_column(config, "interval_days")[treatment].astype(float)
    lowest = spec_column(config, "min_clinical_interval_days")[treatment]
    own = lowest + (interval - lowest) * np.exp(config.interval_spread * normal)
    return np.where(interval > 0, own, 0.0)


def spec_column(config: ClinicConfig, name: str) -> np.ndarray:
    return np.array([getattr(spec, name) for spec in config.treatments])


def _created_days(config: ClinicConfig, clock: Clock, draws: np.ndarray) -> np.ndarray:
    """Arrivals grow exponentially over the history and follow the seasons."""
    days = np.arange(clock.until_day + 1)
    busy = np.diff(clock.op_end[: clock.until_day + 1], prepend=0.0)
    return pick(draws, busy * config.growth ** (days / max(clock.until_day, 1)))


def _branches(config, clock: Clock, created_day: np.ndarray, draws: np.ndarray) -> np.ndarray:
    opens = np.array([branch.opens_after * clock.until_day for branch in config.branches])
    share = np.array([branch.share for branch in config.branches])
    weights = np.where(created_day[:, None] >= opens, share, 0.0).cumsum(axis=1)
    return (draws[:, None] >= weights / weights[:, -1:]).sum(axis=1)


def consultants_at(config: ClinicConfig, branch: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """A consultant row of the given branch for each draw."""
    chosen = np.zeros(len(branch), dtype=np.int64)
    for row, spec in enumerate(config.branches):
        staff = [i for i, one in enumerate(config.consultants) if one.branch == spec.code]
        here = branch == row
        chosen[here] = np.array(staff)[(draws[here] * len(staff)).astype(int)]
    return chosen


def _treatments(config: ClinicConfig, rng: np.random.Generator, count: int):
    """Main and second treatment, never the same one."""
    main = pick(rng.random(count), spec_column(config, "main_weight"))
    second_weight = spec_column(config, "second_weight")
    second = pick(rng.random(count), second_weight)
    other = pick(rng.random(count), second_weight)
    fallback = np.argsort(-second_weight, kind="stable")
    second = np.where(second == main, other, second)
    return main, np.where(second == main, np.where(main == fallback[0], *fallback[1::-1]), second)
