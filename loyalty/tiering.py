"""Which tier somebody has: the rules of a ladder and one step of judging by them. No Django here.

A step looks at one day: what stands in the window decides which rung is earned. Rising is
immediate. Falling needs that the rung held is no longer kept (its `keep`, or its `entry` where it
has none), that the grace since then is over, that a stated day of falling has come, and that
nobody is protected any more.

The same step stands in SQL (`services/tier_sql.py`) for the night and in numpy (`replay.py`) for
what-if; tests hold the three against each other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

METRICS = ("spend_minor", "n_days", "points", "n_kinds")
NOBODY = -1  # the rank of who has no tier
LONGEST_GRACE = 3_660  # days


@dataclass(frozen=True)
class Facts:
    """What stands in the window: net spend (minor units), purchase days, points earned, kinds of
    treatment bought."""

    spend_minor: int = 0
    n_days: int = 0
    points: int = 0
    n_kinds: int = 0


@dataclass(frozen=True)
class Need:
    """What a rung asks for; 0: it does not ask. is_any: one of them is enough."""

    spend_minor: int = 0
    n_days: int = 0
    points: int = 0
    n_kinds: int = 0
    is_any: bool = False

    @property
    def asked(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in METRICS if getattr(self, name) > 0}

    def is_met(self, facts: Facts) -> bool:
        asked = self.asked
        if not asked:
            return True
        met = (getattr(facts, name) >= least for name, least in asked.items())
        return any(met) if self.is_any else all(met)

    def missing(self, facts: Facts) -> dict[str, int]:
        """By how much each thing asked for falls short; empty when the need is met."""
        if self.is_met(facts):
            return {}
        short = {name: least - getattr(facts, name) for name, least in self.asked.items()}
        return {name: n for name, n in short.items() if n > 0}


@dataclass(frozen=True)
class Rung:
    """tier: the id of the Tier. keep: None: as its entry. is_invited: only by invitation."""

    tier: int
    name: str
    entry: Need = field(default_factory=Need)
    keep: Need | None = None
    is_invited: bool = False

    @property
    def kept_by(self) -> Need:
        return self.keep or self.entry


@dataclass(frozen=True)
class Yearly:
    """A day of every year; never 29 February, which most years do not have."""

    month: int = 1
    day: int = 1

    def latest(self, on: date) -> date:
        """The last such day up to `on`."""
        this_year = date(on.year, self.month, self.day)
        return this_year if this_year <= on else date(on.year - 1, self.month, self.day)

    def after(self, on: date) -> date:
        """The first such day after `on`."""
        last = self.latest(on)
        return date(last.year + 1, self.month, self.day)


@dataclass(frozen=True)
class LadderRules:
    """rungs: from the lowest up. window_days: a sliding window, unless `year` says from which day
    of the year it counts. falls_on: the stated day of the year; None: any day."""

    rungs: tuple[Rung, ...]
    window_days: int = 365
    year: Yearly | None = None
    grace_days: int = 0
    falls_on: Yearly | None = None
    protected_until_on: date | None = None  # nobody falls before this day

    def window(self, on: date) -> tuple[date, date]:
        """First and last day that count on that day."""
        if self.year:
            return self.year.latest(on), on
        return on - timedelta(days=self.window_days - 1), on

    def leaves_on(self, counts_on: date) -> date:
        """The day on which a purchase of that day no longer counts."""
        if self.year:
            return self.year.after(counts_on)
        return counts_on + timedelta(days=self.window_days)

    def missed_until(self, on: date) -> date | None:
        """Who has missed to keep a rung since this day or earlier falls by `on`; None: nobody."""
        stated = self.falls_on.latest(on) if self.falls_on else on
        if self.protected_until_on and stated < self.protected_until_on:
            return None
        return stated - timedelta(days=self.grace_days)

    def fall_on(self, missed_on: date) -> date:
        """The day of the fall of somebody who misses to keep a rung from `missed_on` on."""
        earliest = missed_on + timedelta(days=self.grace_days)
        if self.protected_until_on:
            earliest = max(earliest, self.protected_until_on)
        if self.falls_on and self.falls_on.latest(earliest) != earliest:
            return self.falls_on.after(earliest)
        return earliest

    @property
    def metrics(self) -> frozenset[str]:
        """Which facts these rules ask for."""
        needs = [need for rung in self.rungs for need in (rung.entry, rung.kept_by)]
        return frozenset(name for need in needs for name in need.asked)

    @property
    def remembers(self) -> bool:
        """Does a tier depend on more than today's window?"""
        keeps = any(rung.keep and rung.keep != rung.entry for rung in self.rungs)
        return bool(keeps or self.grace_days or self.falls_on or self.protected_until_on)

    def rank_of(self, tier: int | None) -> int:
        """The place of a tier on this ladder; NOBODY where it is not on it."""
        return next((rank for rank, rung in enumerate(self.rungs) if rung.tier == tier), NOBODY)

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)
        plain["rungs"] = [_plain(rung) for rung in self.rungs]
        ends = self.protected_until_on
        plain["protected_until_on"] = ends.isoformat() if ends else None
        return plain


def rules_from(plain: Mapping[str, Any]) -> LadderRules:
    """What `as_json` wrote."""
    ends = plain.get("protected_until_on")
    return LadderRules(
        rungs=tuple(_rung(rung) for rung in plain["rungs"]),
        window_days=plain["window_days"],
        year=Yearly(**plain["year"]) if plain.get("year") else None,
        grace_days=plain.get("grace_days", 0),
        falls_on=Yearly(**plain["falls_on"]) if plain.get("falls_on") else None,
        protected_until_on=date.fromisoformat(ends) if ends else None,
    )


@dataclass(frozen=True)
class Held:
    """rank: place on the ladder, from 0; NOBODY: none. missed_on: since when it is not kept."""

    rank: int = NOBODY
    missed_on: date | None = None


def earned_rank(rules: LadderRules, facts: Facts) -> int:
    """The highest rung whose entry is met; those by invitation are passed over."""
    ranks = (
        rank
        for rank, rung in enumerate(rules.rungs)
        if not rung.is_invited and rung.entry.is_met(facts)
    )
    return max(ranks, default=NOBODY)


def step(
    rules: LadderRules, held: Held, facts: Facts, *, on: date, invited_rank: int = NOBODY
) -> Held:
    """Where somebody stands at the end of the day. invited_rank: at least so high while invited."""
    least = max(earned_rank(rules, facts), invited_rank)
    if least >= held.rank:
        return Held(least)
    kept = max([least, *_kept_ranks(rules, held.rank, facts)])
    if kept == held.rank:
        return Held(kept)
    missed_on = held.missed_on or on
    due = rules.missed_until(on)
    return Held(kept) if due and missed_on <= due else Held(held.rank, missed_on)


def _kept_ranks(rules: LadderRules, highest: int, facts: Facts) -> Iterator[int]:
    for rank, rung in enumerate(rules.rungs[: highest + 1]):
        if not rung.is_invited and rung.kept_by.is_met(facts):
            yield rank


def _plain(rung: Rung) -> dict[str, Any]:
    return {
        "tier": rung.tier,
        "name": rung.name,
        "entry": asdict(rung.entry),
        "keep": asdict(rung.keep) if rung.keep else None,
        "is_invited": rung.is_invited,
    }


def _rung(plain: Mapping[str, Any]) -> Rung:
    return Rung(
        tier=plain["tier"],
        name=plain["name"],
        entry=Need(**plain["entry"]),
        keep=Need(**plain["keep"]) if plain.get("keep") else None,
        is_invited=plain.get("is_invited", False),
    )


@dataclass(frozen=True)
class Hole:
    """What is wrong with a ladder. rung: its place. what: a code; doors put it into words."""

    rung: int
    field: str
    what: str


def holes_in(rules: LadderRules) -> list[Hole]:
    """Rungs that cannot be reached, that everybody skips, or that are lost as soon as won."""
    found = []
    open_rungs = [(rank, rung) for rank, rung in enumerate(rules.rungs) if not rung.is_invited]
    if not open_rungs or open_rungs[0][0] != 0 or rules.rungs[0].entry.asked:
        found.append(Hole(0, "entry", "lowest_not_open"))
    for (_low, below), (rank, rung) in pairwise(open_rungs):
        if not rung.entry.asked:
            found.append(Hole(rank, "entry", "asks_nothing"))
        elif _is_as_easy(rung.entry, below.entry):
            found.append(Hole(rank, "entry", "as_easy_as_below"))
    for rank, rung in open_rungs:
        if rung.keep and not _is_as_easy(rung.keep, rung.entry):
            found.append(Hole(rank, "keep", "keep_harder_than_entry"))
    return found


def _is_as_easy(one: Need, other: Need) -> bool:
    """Does whoever meets `other` surely meet `one`?"""
    if not one.asked:
        return True
    if not other.asked:
        return False
    if other.is_any and len(other.asked) > 1:
        alone = [replace(Need(), **{name: n}) for name, n in other.asked.items()]
        return all(_is_as_easy(one, need) for need in alone)
    sure = [other.asked.get(name, 0) >= least for name, least in one.asked.items()]
    return any(sure) if one.is_any else all(sure)
