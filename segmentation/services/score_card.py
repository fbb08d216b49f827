"""The report card of a run: how the forecast would have done, by whom it speaks of, and how far the
new scores lie from those before."""

from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from segmentation.models import ScoreRun
from segmentation.scoring.churn import ChurnPrediction
from segmentation.scoring.report_card import Card, Group, report_card, share_moved
from segmentation.services.earlier_scores import EarlierScores
from segmentation.services.sale_facts import places
from segmentation.services.score_facts import Facts
from tenancy.scope import current_clinic_id

AGE_BANDS = (25, 35, 45, 55)  # years; a band ends before the next begins
DAY_BANDS = (2, 4, 8)  # purchase days on the tested day
MOST_MOVED = 0.30  # beyond it a person looks before anybody else does
MOST_DAYS_APART = 7
MOST_GROWN = 0.20  # of the customers scored; after a large import everything moves, rightly
_TRAITS = """
SELECT id, coalesce(home_branch_id, -1), coalesce(extract(year FROM birth_on)::integer, -1)
FROM customers_customer WHERE clinic_id = %s AND id = ANY(%s)
"""


def card_of(facts: Facts, churn: ChurnPrediction) -> dict[str, Any] | None:
    """Plain JSON; None where no day could be tested. Branches go by their id."""
    if churn.trial is None or churn.tested_day is None:
        return None
    customer_id = facts.customer_id[churn.trial.rows]
    tested_on = date.fromisoformat(str(np.datetime64(churn.tested_day, "D")))
    branch, age = _traits(customer_id, tested_on)
    card = report_card(
        churn.trial,
        {
            "branch": branch,
            "age": _banded(age, AGE_BANDS),
            "days": _banded(_days_until(facts, churn.tested_day)[churn.trial.rows], DAY_BANDS),
        },
    )
    return _plain(card) if card else None


def _traits(customer_id: np.ndarray, on: date) -> tuple[np.ndarray, np.ndarray]:
    """(branch id or −1, age in years or −1) of each, also of who is gone by now."""
    with connection.cursor() as cursor:
        cursor.execute(_TRAITS, [current_clinic_id(), customer_id.tolist()])
        found = {key: (branch, born) for key, branch, born in cursor.fetchall()}
    rows = [found.get(key, (-1, -1)) for key in customer_id.tolist()]
    branch, born = np.array(rows, np.int64).reshape(-1, 2).T
    return branch, np.where(born < 0, -1, on.year - born)


def _days_until(facts: Facts, day: int) -> np.ndarray:
    bought = facts.purchases
    early = bought.customer_row[(bought.day <= day) & (bought.net_minor > 0)]
    return np.bincount(early, minlength=facts.n_customers)


def _banded(values: np.ndarray, starts: tuple[int, ...]) -> np.ndarray:
    """0 below the first start, 1 from it on, …; −1 stays −1."""
    return np.where(values < 0, -1, np.searchsorted(starts, values, "right"))


def _plain(card: Card) -> dict[str, Any]:
    return {
        "n": card.n,
        "base_rate": round(card.base_rate, 4),
        "calibration_error": round(card.calibration_error, 4),
        "bins": [[one.n, round(one.said, 4), round(one.away, 4)] for one in card.bins],
        "groups": {name: list(map(_plain_group, found)) for name, found in card.groups.items()},
    }


def _plain_group(group: Group) -> list[Any]:
    auc = None if group.auc is None else round(group.auc, 4)
    return [
        group.key, group.n, auc, round(group.brier, 4), round(float(group.said), 4),
        round(float(group.away), 4),
    ]  # fmt: skip


def moved_since(
    before: ScoreRun, made: ScoreRun, earlier: EarlierScores, facts: Facts, said: np.ndarray
) -> float | None:
    """Share of customers who changed more than one decile of risk since the run before.

    earlier: the scores of that run. None where the two cannot be compared: other rules, long ago,
    too few customers or many new.
    """
    if before.rules != made.rules or not 0 <= (made.as_of - before.as_of).days <= MOST_DAYS_APART:
        return None
    was = np.append(earlier.churn_probability, np.nan)  # the last stands for who was not scored
    was = was[places(earlier.customer_id, facts.customer_id)]
    n_before = np.count_nonzero(~np.isnan(earlier.churn_probability))
    scored = ~np.isnan(said)
    if np.count_nonzero(scored) > (1 + MOST_GROWN) * n_before:
        return None
    both = scored & ~np.isnan(was)
    return share_moved(was[both], said[both]) if both.any() else None
