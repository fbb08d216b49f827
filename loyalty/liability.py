"""What outstanding points are worth to their owners, and so owed by the clinic. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

FEWEST_ACCOUNTS = 30  # with fewer whose points have come to their end, a share says nothing
Z_95 = 1.959964


def liability_minor(
    outstanding_points: int, point_value_minor: Decimal, breakage_rate: Decimal = Decimal(0)
) -> int:
    """Outstanding points × fair value a point × (1 − breakage), rounded to whole minor units.

    point_value_minor: minor units of money a point. breakage_rate: share never redeemed, 0–1.
    """
    value = outstanding_points * point_value_minor * (1 - breakage_rate)
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True)
class Moves:
    """Points that moved in one month. month: its first day. adjusted keeps its sign."""

    month: date
    issued: int = 0
    redeemed: int = 0
    expired: int = 0
    adjusted: int = 0


@dataclass(frozen=True)
class RolledMonth:
    """opening + issued − redeemed − expired + adjusted = closing, in points, exactly."""

    moves: Moves
    opening: int
    closing: int


def roll_forward(moves: Iterable[Moves], *, opening: int) -> list[RolledMonth]:
    """One row a month, in the order given; each opens with what the one before closed with."""
    rows = []
    for month in moves:
        closing = opening + month.issued - month.redeemed - month.expired + month.adjusted
        rows.append(RolledMonth(month, opening, closing))
        opening = closing
    return rows


@dataclass(frozen=True)
class Ended:
    """Points of lots that have come to their end, summed over accounts.

    n_accounts: accounts with such points. expired, total: points; total = redeemed + expired.
    expired2, both, total2: sums of squares and products, account by account.
    """

    n_accounts: int = 0
    expired: int = 0
    total: int = 0
    expired2: int = 0
    both: int = 0
    total2: int = 0


@dataclass(frozen=True)
class Breakage:
    """Share of points never redeemed, with its 95 % interval; all 0–1."""

    rate: float
    low: float
    high: float


def breakage_of(ended: Ended) -> Breakage | None:
    """Expired ÷ (redeemed + expired) over points that have ended; None: too little history.

    A customer's points share one fate, so accounts, not points, are the sample: the variance is
    that of a ratio of sums over clusters (Cochran 1977, Sampling Techniques, eq. 6.13). Where
    nothing or everything expired the interval reaches to the rule of three (3 ÷ accounts).
    """
    if ended.n_accounts < FEWEST_ACCOUNTS or not ended.total:
        return None
    n, rate = ended.n_accounts, ended.expired / ended.total
    squares = ended.expired2 - 2 * rate * ended.both + rate * rate * ended.total2
    error = Z_95 * sqrt(max(squares, 0.0) * n / (n - 1)) / ended.total
    if ended.expired in (0, ended.total):
        error = 3 / n
    return Breakage(rate, max(rate - error, 0.0), min(rate + error, 1.0))
