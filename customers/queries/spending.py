"""How somebody spends: few and expensive, or regular and small, with the numbers behind it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import IntegerField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from tenancy.scope import current_clinic_id

WINDOW_DAYS = 730
FEWEST_DAYS = 2
REGULAR_A_YEAR = 4.0
SELDOM_A_YEAR = 3.0
EXPENSIVE = 1.5  # times the clinic's usual ticket

MODES = {
    "few_expensive": _("Few, expensive purchases"),
    "regular_small": _("Regular, small purchases"),
    "regular_expensive": _("Regular, expensive purchases"),
    "seldom_small": _("Seldom, small purchases"),
    "mixed": _("Now and then, as most do"),
}

# The median of the clinic's last 1,000 sales: one short walk along the index of sales by day.
_USUAL_TICKET = """
(SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY recent.net_minor) FROM (
    SELECT net_minor FROM customers_sale
    WHERE clinic_id = %s AND kind = 'sale' AND net_minor > 0
    ORDER BY occurred_on DESC LIMIT 1000) recent)
"""


@dataclass(frozen=True)
class Mode:
    """a_year: purchase days a year. average_minor: net a purchase day. usual_minor: the clinic's
    usual ticket. All over the last two years, or since the first purchase in them."""

    key: str
    a_year: float
    average_minor: int
    usual_minor: int

    @property
    def label(self) -> Any:
        return MODES[self.key]


def usual_ticket() -> RawSQL:
    """An annotation: the clinic's usual ticket in minor units, the same for every customer."""
    return RawSQL(_USUAL_TICKET, [current_clinic_id()], output_field=IntegerField())  # noqa: S611


def mode_of(days: list[tuple[date, int]], *, usual_minor: int | None, today: date) -> Mode | None:
    """days: (local day, net), oldest first. None with too few purchases to tell."""
    since = today - timedelta(days=WINDOW_DAYS)
    bought = [(day, net) for day, net in days if net > 0 and since < day <= today]
    if len(bought) < FEWEST_DAYS or not usual_minor:
        return None
    years = max((today - bought[0][0]).days, 365) / 365
    a_year = len(bought) / years
    average = round(sum(net for _day, net in bought) / len(bought))
    return Mode(_key(a_year, average / usual_minor), a_year, average, usual_minor)


def _key(a_year: float, times_usual: float) -> str:
    is_expensive = times_usual >= EXPENSIVE
    if a_year >= REGULAR_A_YEAR:
        return "regular_expensive" if is_expensive else "regular_small"
    if a_year <= SELDOM_A_YEAR and is_expensive:
        return "few_expensive"
    return "seldom_small" if times_usual <= 1 / EXPENSIVE else "mixed"
