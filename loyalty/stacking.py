"""Which coupons a basket takes, and what they take off it. Pure: no Django, no clock.

The rules, all of them:
1. A coupon that stands alone is never used beside another.
2. Of one offer a basket takes one coupon.
3. A threshold looks at the full price of the items the coupon is for.
4. Amounts come off first, then shares of what is left; both are spread over their items in
   proportion, so that every item knows its own discount when it is returned.

Every coupon lowers what is left of each item and never raises it, and the later steps keep that
order, so all coupons that go together are the best set of their kind: the best lawful choice is
that set or the best one of those that stand alone. (Checked against every subset in the tests.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Why = Literal["out_of_scope", "below_minimum", "same_offer", "stands_alone"]


@dataclass(frozen=True)
class Item:
    """One line of a basket. gross_minor: for the whole quantity, before coupons."""

    gross_minor: int
    treatment: str = ""  # its code in the catalogue
    category: str = ""


@dataclass(frozen=True)
class Terms:
    """What one coupon gives. off_rate: 0–1. treatment, category: "" for any."""

    key: str
    offer: int
    kind: Literal["amount", "percent", "gift"]
    amount_minor: int = 0
    off_rate: Fraction = Fraction(0)
    most_off_minor: int | None = None
    min_spend_minor: int = 0
    is_per_step: bool = False
    treatment: str = ""
    category: str = ""
    is_alone: bool = False

    def covers(self, item: Item) -> bool:
        return self.treatment in ("", item.treatment) and self.category in ("", item.category)


@dataclass(frozen=True)
class Applied:
    """One coupon at work. gross_minor: of the items it is for. by_item: its discount on each."""

    key: str
    gross_minor: int
    discount_minor: int
    by_item: tuple[int, ...]


@dataclass(frozen=True)
class Left:
    """A coupon that stays in the pocket. missing_minor: to its threshold."""

    key: str
    why: Why
    missing_minor: int = 0


@dataclass(frozen=True)
class Combination:
    applied: tuple[Applied, ...]
    left: tuple[Left, ...]

    @property
    def discount_minor(self) -> int:
        return sum(one.discount_minor for one in self.applied)


def objection(terms: Terms, items: Sequence[Item]) -> Left | None:
    """Why this coupon alone does not fit the basket, or None."""
    gross = _gross(terms, items)
    is_covered = any(terms.covers(item) for item in items)
    if not is_covered and not (terms.kind == "gift" and not terms.treatment and not terms.category):
        return Left(terms.key, "out_of_scope")
    if gross < terms.min_spend_minor:
        return Left(terms.key, "below_minimum", terms.min_spend_minor - gross)
    return None


def apply_all(coupons: Sequence[Terms], items: Sequence[Item]) -> tuple[Applied, ...]:
    """All of them on one basket, in the order of rule 4; the caller knows they may go together."""
    rest = [item.gross_minor for item in items]
    applied = []
    for terms in sorted(coupons, key=_turn):
        covered = [n for n, item in enumerate(items) if terms.covers(item)]
        available = sum(rest[n] for n in covered)
        off = min(_wanted(terms, _gross(terms, items), available), available)
        shares = _spread(off, [rest[n] for n in covered])
        by_item = [0] * len(items)
        for n, share in zip(covered, shares, strict=True):
            by_item[n] = share
            rest[n] -= share
        applied.append(Applied(terms.key, _gross(terms, items), off, tuple(by_item)))
    return tuple(applied)


def best_combination(coupons: Sequence[Terms], items: Sequence[Item]) -> Combination:
    """The lawful choice that takes most off; of equal ones the one with fewer coupons."""
    left: list[Left] = []
    fitting: list[Terms] = []
    for terms in sorted(coupons, key=_turn):
        if refusal := objection(terms, items):
            left.append(refusal)
        elif any(other.offer == terms.offer for other in fitting):
            left.append(Left(terms.key, "same_offer"))
        else:
            fitting.append(terms)
    alone = [apply_all([terms], items) for terms in fitting if terms.is_alone]
    together = apply_all([terms for terms in fitting if not terms.is_alone], items)
    best = max([together, *alone], key=lambda one: (_off(one), -len(one)))
    used = {one.key for one in best}
    left += [Left(terms.key, "stands_alone") for terms in fitting if terms.key not in used]
    return Combination(best, tuple(left))


def discount_back(terms: Terms, *, discount_minor: int, gross_minor: int, kept_minor: int,
                  keeps_threshold: bool) -> int:  # fmt: skip
    """The part of a discount that goes back to the clinic when items are returned.

    gross_minor: full price of the items the coupon was for; kept_minor: of those that were kept.
    keeps_threshold: the discount is worked out anew for what was kept, so below the threshold it is
    lost; else each item takes its share of the discount with it. Of everything returned, all of it.
    """
    kept = min(max(kept_minor, 0), gross_minor)
    if kept == 0 or gross_minor == 0:
        return discount_minor
    if keeps_threshold:
        anew = 0 if kept < terms.min_spend_minor else min(_wanted(terms, kept, kept), kept)
        return discount_minor - min(anew, discount_minor)
    return discount_minor - discount_minor * kept // gross_minor


def _wanted(terms: Terms, gross: int, available: int) -> int:
    """What the coupon would take off. gross: full price of its items; available: left of it."""
    if terms.kind == "gift":
        return 0
    if terms.kind == "percent":
        off = int(available * terms.off_rate)
    else:
        n_steps = gross // terms.min_spend_minor if terms.is_per_step else 1
        off = terms.amount_minor * n_steps
    return off if terms.most_off_minor is None else min(off, terms.most_off_minor)


def _spread(amount: int, over: Sequence[int]) -> list[int]:
    """A whole amount in proportion; no part above its own, the parts add up."""
    total, given, so_far, shares = sum(over), 0, 0, []
    for part in over:
        so_far += part
        upto = amount * so_far // total if total else 0
        shares.append(upto - given)
        given = upto
    return shares


def _gross(terms: Terms, items: Sequence[Item]) -> int:
    return sum(item.gross_minor for item in items if terms.covers(item))


def _turn(terms: Terms) -> tuple[bool, bool, str]:
    """Amounts before shares; those for certain items before those for all."""
    return (terms.kind == "percent", not (terms.treatment or terms.category), terms.key)


def _off(applied: Sequence[Applied]) -> int:
    return sum(one.discount_minor for one in applied)
