"""Revenue that waits until points are used, in the form of IFRS 15. Pure.

A sale that earns points sells two things: the treatment, and a material right (B39–B43). Its price
is shared out by standalone selling prices; the share of the points is deferred. It is recognised
as points are redeemed, with the breakage the clinic expects in proportion (B46), and the rest when
nothing of a month's points is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Cohort:
    """What the sales of one month brought. month: its first day.

    sales_minor: their net price after refunds. issued, taken_back: points earned, and of those
    what refunds took back since.
    """

    month: date
    sales_minor: int
    issued: int
    taken_back: int = 0

    @property
    def kept(self) -> int:
        return self.issued - self.taken_back


@dataclass(frozen=True)
class Used:
    """Points of one cohort in one month: spent (less what was given back), and expired."""

    redeemed: int = 0
    expired: int = 0


@dataclass(frozen=True)
class DeferralRow:
    """One month, money in minor units. opening + deferred − redeemed − breakage = closing."""

    month: date
    sales_minor: int
    issued: int
    taken_back: int
    points_price_minor: int  # standalone selling price of the points that are expected to be used
    goods_minor: int  # the share of the treatments, recognised at once
    opening_minor: int
    deferred_minor: int
    redeemed_minor: int
    breakage_minor: int
    closing_minor: int


def deferral(
    cohorts: Sequence[Cohort],
    used: Mapping[tuple[date, date], Used],
    *,
    months: Iterable[date],
    point_value_minor: Decimal,
    breakage_rate: Decimal,
) -> list[DeferralRow]:
    """One row a month. used: (cohort's month, month) → what was used. months: without a gap."""
    shares = {one.month: _points_share(one, point_value_minor, breakage_rate) for one in cohorts}
    by_month = {one.month: one for one in cohorts}
    progress = {one.month: Used() for one in cohorts}
    recognised = {one.month: (0, 0) for one in cohorts}
    rows, opening = [], 0
    for month in months:
        redeemed = breakage = 0
        for born in [start for start in progress if start <= month]:
            moved, before = used.get((born, month), Used()), progress[born]
            progress[born] = Used(before.redeemed + moved.redeemed, before.expired + moved.expired)
            now = _recognised(by_month[born], shares[born], progress[born], breakage_rate)
            redeemed += now[0] - recognised[born][0]
            breakage += now[1] - recognised[born][1]
            recognised[born] = now
        cohort = by_month.get(month, Cohort(month, 0, 0))
        deferred = shares.get(month, 0)
        closing = opening + deferred - redeemed - breakage
        rows.append(
            DeferralRow(
                month, cohort.sales_minor, cohort.issued, cohort.taken_back,
                _price(cohort, point_value_minor, breakage_rate), cohort.sales_minor - deferred,
                opening, deferred, redeemed, breakage, closing,
            )
        )  # fmt: skip
        opening = closing
    return rows


def _price(cohort: Cohort, value: Decimal, breakage: Decimal) -> int:
    return _rounded(max(cohort.kept, 0) * value * (1 - breakage))


def _points_share(cohort: Cohort, value: Decimal, breakage: Decimal) -> int:
    """Price × points' standalone price ÷ (price + points' standalone price)."""
    price, sales = _price(cohort, value, breakage), max(cohort.sales_minor, 0)
    return _rounded(Decimal(sales) * price / (sales + price)) if price and sales else 0


def _recognised(cohort: Cohort, share: int, used: Used, breakage: Decimal) -> tuple[int, int]:
    """(on redemption, as breakage) of the cohort's share so far."""
    kept, expected = cohort.kept, cohort.kept * (1 - breakage)
    if kept <= 0:
        return 0, 0
    redeemed = min(max(used.redeemed, 0), kept)
    on_redemption = _rounded(Decimal(share) * redeemed / kept)
    if redeemed + used.expired >= kept or redeemed >= expected:
        return on_redemption, share - on_redemption
    return on_redemption, _rounded(Decimal(share) * redeemed / expected) - on_redemption


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
