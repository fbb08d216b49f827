"""A ladder's rules run over a whole history at once, day by day, in numpy. No Django here.

Each day first what leaves the windows is taken away (`loyalty.replay_changes`) and everybody
concerned is judged, as the night does; then what came in is added and judged again, as it happens.
Only those whose facts changed, or whose day of falling has come, are looked at.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np

from loyalty.replay_changes import COMING, LEAVING, NEVER, Changes, day_of, number_of
from loyalty.tiering import METRICS, NOBODY, LadderRules, Need


class Invited(NamedTuple):
    person: np.ndarray
    from_on: np.ndarray
    until_on: np.ndarray  # last day; NEVER: for good
    rank: np.ndarray


@dataclass
class Outcome:
    """Where everybody stands at the end. rank, missed_on (NEVER: keeps it), facts (n_people × 4).

    n_returns: how often somebody fell and was back within the days asked for.
    """

    rank: np.ndarray
    missed_on: np.ndarray
    facts: np.ndarray
    n_returns: np.ndarray
    n_rises: int = 0
    n_falls: int = 0
    _fell: dict[int, tuple[int, int]] = field(default_factory=dict)


def replay(
    rules: LadderRules,
    changes: Changes,
    *,
    n_people: int,
    from_on: date,
    until_on: date,
    start_rank: np.ndarray | None = None,
    start_missed: np.ndarray | None = None,
    invited: Invited | None = None,
    back_within: int = 60,
    on_progress: Callable[[int], None] = lambda n_days: None,
) -> Outcome:
    """Judge everybody on every day from `from_on` to `until_on`, both included.

    start_rank, start_missed: where they stood before; None: nowhere.
    """
    runner = _Runner(rules, n_people, start_rank, start_missed, back_within)
    first, last = number_of(from_on), number_of(until_on)
    runner.add(_until(changes, 2 * first))
    edges = np.searchsorted(changes.when, np.arange(2 * first, 2 * last + 3))
    calls = _invitation_days(invited, first)
    for day in range(first, last + 1):
        runner.open_day(day)
        runner.invite(calls.pop(day, ()))
        for phase in (LEAVING, COMING):
            place = 2 * (day - first) + phase
            touched = runner.add(Changes(*(c[edges[place] : edges[place + 1]] for c in changes)))
            if day == first and phase == LEAVING:
                touched = np.arange(n_people)
            runner.judge(touched, is_night=phase == LEAVING)
        on_progress(day - first + 1)
    return runner.outcome


def _until(changes: Changes, when: int) -> Changes:
    return Changes(*(column[: np.searchsorted(changes.when, when)] for column in changes))


def _invitation_days(invited: Invited | None, first: int) -> dict[int, list[tuple[int, int]]]:
    """Day → (person, rank from that day on); NOBODY when an invitation ends."""
    days: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for person, from_on, until_on, rank in zip(*(invited or ((),) * 4), strict=True):
        if until_on != NEVER:
            days[max(int(until_on) + 1, first)].append((int(person), NOBODY))
        if until_on >= first:
            days[max(int(from_on), first)].append((int(person), int(rank)))
    return days


class _Runner:
    """Carries everybody's facts and rank through the days."""

    def __init__(
        self,
        rules: LadderRules,
        n_people: int,
        rank: np.ndarray | None,
        missed: np.ndarray | None,
        back_within: int,
    ) -> None:
        self.rules, self.back_within = rules, back_within
        self.outcome = Outcome(
            rank=np.full(n_people, NOBODY, np.int64) if rank is None else rank.astype(np.int64),
            missed_on=np.full(n_people, NEVER) if missed is None else missed.astype(np.int64),
            facts=np.zeros((n_people, len(METRICS)), np.int64),
            n_returns=np.zeros(n_people, np.int64),
        )
        self.invited = np.full(n_people, NOBODY, np.int64)
        self.due: dict[int, list[np.ndarray]] = defaultdict(list)
        self.called: list[int] = []
        self.fell_on = np.full(n_people, -NEVER)
        self.fell_from = np.full(n_people, NOBODY, np.int64)
        for missed_on in np.unique(self.outcome.missed_on):
            if missed_on != NEVER:
                who = np.flatnonzero(self.outcome.missed_on == missed_on)
                self._remember(who, int(missed_on))

    def open_day(self, day: int) -> None:
        self.day = day
        due = self.rules.missed_until(day_of(day))
        self.missed_until = number_of(due) if due else -NEVER

    def invite(self, called: "list[tuple[int, int]] | tuple[()]") -> None:
        self.called = [person for person, _rank in called]
        for person, rank in called:
            self.invited[person] = rank

    def add(self, changes: Changes) -> np.ndarray:
        """Take these changes into the facts; whom they touched."""
        np.add.at(self.outcome.facts, (changes.person, changes.metric), changes.delta)
        return np.unique(changes.person)

    def judge(self, touched: np.ndarray, *, is_night: bool) -> None:
        if is_night:
            more = [*self.due.pop(self.day, []), np.array(self.called, np.int64)]
            touched = np.unique(np.concatenate([touched, *more])) if more else touched
        if not len(touched):
            return
        out, rules = self.outcome, self.rules
        facts, held = out.facts[touched], out.rank[touched]
        least = np.maximum(_highest(rules, facts, "entry"), self.invited[touched])
        kept = np.maximum(least, _highest(rules, facts, "keep", up_to=held))
        keeps = (least >= held) | (kept == held)
        missed = np.where(keeps, NEVER, np.minimum(out.missed_on[touched], self.day))
        falls = ~keeps & (missed <= self.missed_until)
        rank = np.where(least >= held, least, np.where(falls, kept, held))
        self._tell(touched, held, rank)
        out.rank[touched] = rank
        newly = ~keeps & ~falls & (out.missed_on[touched] == NEVER)
        out.missed_on[touched] = np.where(falls, NEVER, missed)
        if newly.any():
            self._remember(touched[newly], self.day)

    def _remember(self, people: np.ndarray, missed_on: int) -> None:
        """Look at them again on the day they fall."""
        fall_on = number_of(self.rules.fall_on(day_of(missed_on)))
        self.due[fall_on].append(people)

    def _tell(self, people: np.ndarray, held: np.ndarray, rank: np.ndarray) -> None:
        rose, fell = rank > held, rank < held
        self.outcome.n_rises += int(rose.sum())
        self.outcome.n_falls += int(fell.sum())
        self.fell_on[people[fell]], self.fell_from[people[fell]] = self.day, held[fell]
        back = people[rose & (rank >= self.fell_from[people])]
        soon = back[self.day - self.fell_on[back] <= self.back_within]
        self.outcome.n_returns[soon] += 1
        self.fell_on[back] = -NEVER


def _highest(
    rules: LadderRules, facts: np.ndarray, which: str, *, up_to: np.ndarray | None = None
) -> np.ndarray:
    """The highest rung whose need is met by each row of facts."""
    best = np.full(len(facts), NOBODY, np.int64)
    for rank, rung in enumerate(rules.rungs):
        if rung.is_invited:
            continue
        met = _is_met(rung.entry if which == "entry" else rung.kept_by, facts)
        if up_to is not None:
            met &= up_to >= rank
        best[met] = rank
    return best


def _is_met(need: Need, facts: np.ndarray) -> np.ndarray:
    tests = [facts[:, METRICS.index(name)] >= least for name, least in need.asked.items()]
    if not tests:
        return np.ones(len(facts), bool)
    return np.any(tests, axis=0) if need.is_any else np.all(tests, axis=0)
