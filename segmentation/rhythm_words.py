"""How often a customer comes, in words: as a habit only where the own purchase days show one."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.queries.purchase_days import Spend

FEWEST_DAYS = 3  # purchase days that make a habit
FURTHEST = 2.0  # the own mean gap may differ from what is expected by this factor


def rhythm_text(spend: Spend, expected_days: float | None) -> str:
    """One or two sentences; empty without a purchase day.

    expected_days: interval that is expected of this customer, of which own gaps are only a part.
    """
    if expected_days is None or spend.first_on is None or spend.last_on is None:
        return ""
    n_days, span = spend.n_purchase_days, (spend.last_on - spend.first_on).days
    days = round(expected_days)
    if n_days >= FEWEST_DAYS:
        own = span / (n_days - 1)
        if expected_days / FURTHEST <= own <= expected_days * FURTHEST:
            return _("Usually comes every %(days)s days.") % {"days": days}
    expected = _(
        "Going by the treatments and the other customers here, the next purchase is expected about "
        "%(days)s days after the last."
    ) % {"days": days}
    return _("%(so_far)s %(expected)s") % {"so_far": _so_far(n_days, span), "expected": expected}


def _so_far(n_days: int, span: int) -> str:
    if n_days == 1:
        return _("Bought on one day so far.")
    if n_days == 2:
        return ngettext(
            "Bought on two days so far, %(span)s day apart: not a habit yet.",
            "Bought on two days so far, %(span)s days apart: not a habit yet.",
            span,
        ) % {"span": span}
    apart = round(span / (n_days - 1))
    return ngettext(
        "Bought on %(n)s days so far, %(apart)s day apart on average: too few to go by alone.",
        "Bought on %(n)s days so far, %(apart)s days apart on average: too few to go by alone.",
        apart,
    ) % {"n": n_days, "apart": apart}
