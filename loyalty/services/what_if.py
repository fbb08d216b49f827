"""What a draft of a ladder would have done, replayed over the whole history before it holds.

Three things are worked out. Today's rules replayed from the day they came into force must give
today's tiers, all of them, or the page says whose differ. The draft replayed over everything tells
where everybody would stand, and who would fall and be back within 60 days. One step of the draft
from today's tiers tells what its publication does at once; that is what can be compared later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from babel.numbers import get_currency_precision
from django.db import transaction

from customers.services.bulk_rows import insert_columns
from loyalty import replay
from loyalty.models import Benefit, DraftMove, LadderDraft, Programme
from loyalty.queries.history import History, first_day, history_of, ranks_of, tiers_before
from loyalty.queries.ladders import rules_of_tiers, version_on
from loyalty.queries.programmes import rate_on
from loyalty.queries.tier_costs import Costs, benefits_in_force, costs_of
from loyalty.replay_changes import changes_of, day_of, number_of
from loyalty.tiering import METRICS, NOBODY, LadderRules, rules_from
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

BACK_WITHIN = 60  # days
N_STEPS = 100
MOST_NAMED = 20  # of those whose tier a replay does not reproduce


@dataclass(frozen=True)
class Reproduced:
    """Today's rules replayed: how many of today's tiers came out, and the accounts that differ."""

    n_people: int
    n_same: int
    accounts: list[int]


def run(
    *, draft: LadderDraft, as_of: date, on_progress: Callable[[int], None] = lambda n: None
) -> Mapping[str, Any]:
    """Replay and write the forecast and everybody who moves; the forecast."""
    programme, rules = draft.programme, rules_from(draft.rules)
    with transaction.atomic():
        current = _current_rules(programme, as_of)
        history = history_of(programme, until_on=as_of, metrics=rules.metrics | current.metrics)
    on_progress(5)
    with transaction.atomic():
        same = reproduce(programme, as_of=as_of)
    on_progress(15)
    start = min(first_day(history), number_of(as_of))
    n_days = number_of(as_of) - start + 1

    def tell(n_done: int) -> None:
        if n_done % 90 == 0:
            on_progress(15 + 70 * n_done // n_days)

    ends = _replayed(rules, history, day_of(start), as_of, tell)
    now = _one_step(rules, history, as_of, ends)
    with transaction.atomic():
        forecast = _forecast(draft, rules, current, history, ends, now, same, as_of)
    on_progress(N_STEPS)
    return forecast


def _current_rules(programme: Programme, on: date) -> LadderRules:
    version = version_on(programme, on)
    return rules_from(version.rules) if version else rules_of_tiers(programme)


def reproduce(programme: Programme, *, as_of: date) -> Reproduced:
    """Do the rules in force give today's tiers, when they are run from the day they came into
    force over what was known each day?"""
    version = version_on(programme, as_of)
    rules = _current_rules(programme, as_of)
    begins = version.effective_on if version and rules.remembers else as_of
    history = history_of(programme, until_on=as_of, metrics=rules.metrics, as_recorded_from=begins)
    before = tiers_before(history, programme, begins)
    outcome = _replayed(rules, history, begins, as_of, start=ranks_of(rules, before))
    today = ranks_of(rules, history.tiers)
    differs = np.flatnonzero(outcome.rank != today)
    # Who never bought within a window was never judged, and has no tier to reproduce.
    judged = history.tiers[differs] != 0
    differs = differs[judged]
    return Reproduced(
        n_people=history.n_people,
        n_same=history.n_people - len(differs),
        accounts=history.accounts[differs][:MOST_NAMED].tolist(),
    )


def _replayed(
    rules: LadderRules,
    history: History,
    from_on: date,
    until_on: date,
    on_progress: Callable[[int], None] = lambda n: None,
    *,
    start: np.ndarray | None = None,
) -> replay.Outcome:
    changes = changes_of(rules, history.purchases, points=history.points, kinds=history.kinds)
    return replay.replay(
        rules, changes, n_people=history.n_people, from_on=from_on, until_on=until_on,
        start_rank=start, invited=history.invited_on(rules), back_within=BACK_WITHIN,
        on_progress=on_progress,
    )  # fmt: skip


def _one_step(
    rules: LadderRules, history: History, as_of: date, ends: replay.Outcome
) -> replay.Outcome:
    """What publication does on the day itself: one day from today's tiers."""
    changes = changes_of(rules, history.purchases, points=history.points, kinds=history.kinds)
    return replay.replay(
        rules, changes, n_people=history.n_people, from_on=as_of, until_on=as_of,
        start_rank=ranks_of(rules, history.tiers), start_missed=history.missed_on,
        invited=history.invited_on(rules),
    )  # fmt: skip


def _forecast(
    draft: LadderDraft,
    rules: LadderRules,
    current: LadderRules,
    history: History,
    ends: replay.Outcome,
    now: replay.Outcome,
    same: Reproduced,
    as_of: date,
) -> Mapping[str, Any]:
    old = _comparable(rules, current, history.tiers)
    counts = _write_moves(draft, rules, current, history, old, ends, now)
    value = _valuation(draft.programme, history, as_of)
    names = [rung.name for rung in rules.rungs]
    forecast = counts | {
        "n_people": history.n_people,
        "reproduced": {"n_people": same.n_people, "n_same": same.n_same,
                       "accounts": same.accounts},
        "n_rises_ever": ends.n_rises, "n_falls_ever": ends.n_falls,
        "from_on": day_of(min(first_day(history), number_of(as_of))).isoformat(),
        "tiers": [
            {"name": name, "n": int((ends.rank == rank).sum())} for rank, name in enumerate(names)
        ],
        "now": [
            {"name": rung.name, "n": int((history.tiers == rung.tier).sum())}
            for rung in current.rungs
        ],
        "costs_now": value(current, ranks_of(current, history.tiers)).as_json(),
        "costs_then": value(rules, ends.rank).as_json(),
    }  # fmt: skip
    LadderDraft.objects.filter(pk=draft.pk).update(forecast=forecast, as_of=as_of)
    draft.forecast, draft.as_of = forecast, as_of
    return forecast


def _comparable(rules: LadderRules, current: LadderRules, tiers: np.ndarray) -> np.ndarray:
    """Today's tiers as ranks of the draft; a tier the draft does not have keeps its height."""
    ranks, height = ranks_of(rules, tiers), ranks_of(current, tiers)
    gone = (ranks == NOBODY) & (height != NOBODY)
    return np.where(gone, np.minimum(height, len(rules.rungs) - 1), ranks)


def _write_moves(
    draft: LadderDraft,
    rules: LadderRules,
    current: LadderRules,
    history: History,
    old: np.ndarray,
    ends: replay.Outcome,
    now: replay.Outcome,
) -> dict[str, int]:
    rises, falls = ends.rank > old, ends.rank < old
    moves = rises | falls | (now.rank != old) | (ends.n_returns > 0)
    kinds = np.where(rises, "rises", np.where(falls, "falls", "stays"))[moves]
    names = np.array([*(rung.name for rung in rules.rungs), ""])  # the last is rank −1
    names_now = {rung.tier: rung.name for rung in current.rungs}
    draft.moves.all().delete()
    insert_columns(
        DraftMove,
        {
            "draft_id": [draft.pk] * int(moves.sum()),
            "account_id": history.accounts[moves].tolist(),
            "kind": kinds.tolist(),
            "old_rank": old[moves].tolist(),
            "new_rank": ends.rank[moves].tolist(),
            "at_once_rank": now.rank[moves].tolist(),
            "old_name": [names_now.get(int(tier), "") for tier in history.tiers[moves]],
            "new_name": names[ends.rank[moves]].tolist(),
            "spend_minor": ends.facts[moves, METRICS.index("spend_minor")].tolist(),
            "n_returns": ends.n_returns[moves].tolist(),
        },
    )
    return {
        "n_rises": int(rises.sum()),
        "n_falls": int(falls.sum()),
        "n_at_once": int((now.rank != old).sum()),
        "n_falls_at_once": int((now.rank < old).sum()),
        "n_returning": int((ends.n_returns > 0).sum()),
    }


def _valuation(
    programme: Programme, history: History, as_of: date
) -> Callable[[LadderRules, np.ndarray], Costs]:
    """What a year costs with everybody standing where a ladder puts them."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    year_ago = number_of(as_of) - 364
    bought = history.purchases
    recent = bought.counts_on >= year_ago
    spend = np.bincount(
        bought.person[recent], weights=bought.net_minor[recent], minlength=history.n_people
    )
    benefits: list[Benefit] = benefits_in_force(programme, as_of)
    rate = rate_on(programme, as_of) or 0
    units = 10 ** get_currency_precision(clinic.currency)
    return lambda rules, ranks: costs_of(
        programme, benefits, rules, ranks, history.customers, spend,
        points_per_minor=float(rate) / units, on=as_of,
    )  # fmt: skip
