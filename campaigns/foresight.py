"""What lift a campaign of this size could tell: reckoned above, asked for here.

register_lift(detectable)   # in the app that owns the arithmetic, from its AppConfig.ready()
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lift:
    """base_rate: how many would come anyway; is_assumed: nobody was ever held out here.

    rise: the smallest rise of that rate that so many customers would tell, None where none would.
    wanted_rise: a rise worth having; n_needed: customers, both groups together, that would tell it.
    """

    base_rate: float
    is_assumed: bool
    rise: float | None
    wanted_rise: float
    n_needed: int


Reckon = Callable[[int, int], Lift]
_reckon: list[Reckon] = []


def register_lift(reckon: Reckon) -> None:
    _reckon[:] = [reckon]


def detectable_lift(n_treated: int, n_holdout: int) -> Lift | None:
    """None where nobody registered, or one of the groups is empty."""
    return _reckon[0](n_treated, n_holdout) if _reckon and n_treated and n_holdout else None
