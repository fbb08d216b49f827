"""What outstanding points are worth to their owners, and so owed by the clinic."""

from decimal import ROUND_HALF_UP, Decimal


def liability_minor(
    outstanding_points: int, point_value_minor: Decimal, breakage_rate: Decimal = Decimal(0)
) -> int:
    """Outstanding points × fair value a point × (1 − breakage), rounded to whole minor units.

    point_value_minor: minor units of money a point. breakage_rate: share never redeemed, 0–1.
    """
    value = outstanding_points * point_value_minor * (1 - breakage_rate)
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
