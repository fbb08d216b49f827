"""How many points a purchase earns under which rules. Pure: no Django, no clock.

Each line takes the rate of the most exact rule that fits it (the one with most conditions), times
the highest multiplier that fits; multipliers do not add up. What no line tells of takes the rate
that asks nothing of a treatment. Then come the caps: of the sale, of the day, of the month.

`queries/earn_rates.py` says the same in SQL for a million sales; a test holds both together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

RATE, MULTIPLIER, FIXED, CAP = "rate", "multiplier", "fixed", "cap"
MOST_RATE = 10_000  # points a unit of money
MOST_MULTIPLIER = 100
MOST_POINTS = 1_000_000_000


@dataclass(frozen=True)
class Rule:
    """One version of a rule. ends_on: the first day on which it no longer holds; None: no end.

    rate: points a major unit of money. Empty conditions do not matter; categories and treatments
    fit when either does. weekdays: 1 (Monday) to 7.
    """

    pk: int
    kind: str
    effective_on: date
    ends_on: date | None = None
    rate: Fraction = Fraction(0)
    multiplier: Fraction = Fraction(1)
    points: int = 0
    per: str = ""
    has_dates: bool = False  # made for some days only, as a festival: more exact than without
    categories: frozenset[str] = frozenset()
    treatments: frozenset[int] = frozenset()
    tiers: frozenset[int] = frozenset()
    branches: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()

    @property
    def n_conditions(self) -> int:
        asked = (self.categories | self.treatments, self.tiers, self.branches, self.weekdays)
        return sum(bool(one) for one in asked) + self.has_dates

    @property
    def asks_for_lines(self) -> bool:
        return bool(self.categories or self.treatments)

    def holds_on(self, day: date) -> bool:
        return self.effective_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True)
class Line:
    net_minor: int
    treatment: int | None = None
    category: str = ""


@dataclass(frozen=True)
class Purchase:
    """tier: the one held at the beginning of the day."""

    on: date
    net_minor: int
    lines: Sequence[Line] = ()
    branch: int | None = None
    tier: int | None = None


@dataclass(frozen=True)
class Earned:
    """raw: before rounding down. rules: ids of those that decided, rates first."""

    raw: Fraction
    rules: tuple[int, ...] = field(default_factory=tuple)

    @property
    def points(self) -> int:
        return int(self.raw)


def in_turn(rules: Iterable[Rule], kind: str) -> list[Rule]:
    """Rules of a kind, the one that wins first."""
    found = [rule for rule in rules if rule.kind == kind]
    if kind == MULTIPLIER:
        return sorted(found, key=lambda rule: (-rule.multiplier, -rule.pk))
    return sorted(found, key=lambda rule: (-rule.n_conditions, -rule.pk))


def fits(rule: Rule, bought: Purchase, line: Line | None) -> bool:
    """line: None for what no line tells of."""
    return (
        rule.holds_on(bought.on)
        and (not rule.tiers or bought.tier in rule.tiers)
        and (not rule.branches or bought.branch in rule.branches)
        and (not rule.weekdays or bought.on.isoweekday() in rule.weekdays)
        and (not rule.asks_for_lines or (line is not None and _fits_line(rule, line)))
    )


def _fits_line(rule: Rule, line: Line) -> bool:
    return line.treatment in rule.treatments or (
        bool(line.category) and line.category in rule.categories
    )


def earn(rules: Sequence[Rule], bought: Purchase, *, minor_units: int) -> Earned:
    """What one purchase earns, before caps that look at other purchases.

    minor_units: how many make a major unit of the currency.
    """
    total, decided = Fraction(0), []
    for line, net_minor in _parts(bought):
        rate = next((r for r in in_turn(rules, RATE) if fits(r, bought, line)), None)
        if rate is None:
            continue
        times = next((r for r in in_turn(rules, MULTIPLIER) if fits(r, bought, line)), None)
        total += net_minor * rate.rate / minor_units * (times.multiplier if times else 1)
        decided += [rate.pk, *([times.pk] if times else [])]
    total = max(total, Fraction(0))
    cap = cap_on(rules, "sale", bought)
    if cap and total > cap.points:
        total, decided = Fraction(cap.points), [*decided, cap.pk]
    return Earned(total, tuple(dict.fromkeys(decided)))


def _parts(bought: Purchase) -> Iterator[tuple[Line | None, int]]:
    for line in bought.lines:
        yield line, line.net_minor
    if rest := bought.net_minor - sum(line.net_minor for line in bought.lines):
        yield None, rest


def cap_on(rules: Sequence[Rule], per: str, bought: Purchase) -> Rule | None:
    """The lowest cap in force."""
    caps = [r for r in rules if r.kind == CAP and r.per == per and fits(r, bought, None)]
    return min(caps, key=lambda rule: (rule.points, -rule.pk), default=None)


def capped(raws: Sequence[Fraction], cap: int) -> list[Fraction]:
    """Amounts in their order, cut so that together they stay within the cap."""
    left, kept = Fraction(cap), []
    for raw in raws:
        kept.append(min(raw, left))
        left -= kept[-1]
    return kept


@dataclass(frozen=True)
class Clash:
    """Two rules that contradict each other, and on which first day."""

    one: Rule
    other: Rule
    on: date


def clash_of(new: Rule, others: Iterable[Rule]) -> Clash | None:
    """A rule that fits the same purchases as exactly as the new one: nobody could say which holds.

    Of multipliers the highest holds, so only two of the same conditions and days contradict; of
    caps two for the same period.
    """
    for other in others:
        if other.kind != new.kind or other.pk == new.pk:
            continue
        first = _first_common_day(new, other)
        if first is None:
            continue
        if new.kind == RATE and new.n_conditions == other.n_conditions and _overlap(new, other):
            return Clash(new, other, first)
        if new.kind == MULTIPLIER and _same_conditions(new, other):
            return Clash(new, other, first)
        if new.kind == CAP and new.per == other.per:
            return Clash(new, other, first)
    return None


def _first_common_day(one: Rule, other: Rule) -> date | None:
    first = max(one.effective_on, other.effective_on)
    ends = [rule.ends_on for rule in (one, other) if rule.ends_on]
    return first if not ends or first < min(ends) else None


def _overlap(one: Rule, other: Rule) -> bool:
    """May one purchase fit both?"""
    pairs: Mapping[str, tuple[frozenset, frozenset]] = {
        name: (getattr(one, name), getattr(other, name))
        for name in ("tiers", "branches", "weekdays")
    }
    if any(a and b and not a & b for a, b in pairs.values()):
        return False
    if one.asks_for_lines and other.asks_for_lines:
        if one.categories & other.categories or one.treatments & other.treatments:
            return True
        # A treatment and a category may meet in one line.
        mixed = (one.treatments and other.categories) or (one.categories and other.treatments)
        return bool(mixed)
    return True


def _same_conditions(one: Rule, other: Rule) -> bool:
    names = ("categories", "treatments", "tiers", "branches", "weekdays", "has_dates")
    return all(getattr(one, name) == getattr(other, name) for name in names)
