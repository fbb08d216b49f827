"""What a clinic's past taught its models: learned once a week, and spoken with until it is again.

A clinic with a long past learns on one day of its week; the scores of the days after are made with
what it learned then, from what was known by the end of that day. So each day has one lesson,
whether it is scored in its night or years later, and re-scoring it gives the same bytes. Clinics
with a short past learn every night; where weeks add next to nothing to many years, the lesson lasts
for up to four. See docs/decisions/0016-learn-weekly.md.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Self
from zlib import crc32

import numpy as np
from django.db import transaction
from django.db.models import Count

from customers.models import Sale
from segmentation.models import ScoreRun
from segmentation.scoring.outlook import Outlook
from segmentation.scoring.population import Population, from_json
from segmentation.scoring.purchases import day_number
from segmentation.scoring.score import ScoreRules, Scores
from segmentation.services.sale_facts import SaleRows
from segmentation.services.score_card import card_of
from segmentation.services.score_facts import Facts

WEEK_DAYS = 7
LONGEST_DAYS = 4 * WEEK_DAYS
FEWEST_SALES = 5_000  # with fewer a week's sales say something new
MOST_NEW = 0.01  # of the sales learned from: beyond it another week's lesson is worth its time
MOST_CHANGED = 0.01  # of the sales learned from: beyond it, an import say, they are learned anew
TOLD = (
    "churn_model", "n_training", "auc", "brier", "tested", "n_tested", "tested_on", "lifetime",
    "card",
)  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """taught: what speaks, of a whole clinic. n_sales: recorded by `learned_on`.

    told: what the run's report says of it, by TOLD; plain JSON.
    """

    learned_on: date
    n_sales: int
    taught: Population
    told: dict[str, Any]

    @classmethod
    @transaction.atomic
    def of(cls, learned_on: date, n_sales: int, facts: Facts, scores: Scores) -> Self:
        """From scores that learned from their own facts."""
        return cls(learned_on, n_sales, scores.population, _told(facts, scores))

    def report(self) -> dict[str, Any]:
        known = {"learned_on": self.learned_on.isoformat(), "n_learned_from": self.n_sales}
        return known | self.told


def learning_day(sales: SaleRows, as_of: date) -> tuple[date, int]:
    """(the day whose end a score of `as_of` learns at, sales recorded by then).

    sales: recorded by `as_of`. It is the clinic's weekday, of the oldest of up to four weeks since
    which little was sold.
    """
    n_known = len(sales.day)
    begun = as_of - timedelta(days=(day_number(as_of) + own_number(sales)) % LONGEST_DAYS)
    sold = _sold_on(begun, as_of)
    n_days = (as_of - begun).days
    weekdays = [begun + timedelta(days=n) for n in range(0, n_days + 1, WEEK_DAYS)]
    for day in weekdays:
        n_new = sum(n for sold_on, n in sold.items() if sold_on > day)
        n_then = n_known - n_new
        is_enough = n_new <= MOST_NEW * n_then or day == weekdays[-1]
        if is_enough and n_then >= FEWEST_SALES:
            return day, n_then
    return as_of, n_known


def own_number(sales: SaleRows) -> int:
    """Made of a clinic's first day of sales alone: clinics learn on different days, so that every
    night has its share, but one past is learned from in one way, whatever the clinic's id."""
    days, amounts = sales.day[sales.is_sale], sales.net_minor[sales.is_sale]
    if not len(days):
        return 0
    first = days.min()
    return crc32(f"{first} {amounts[days == first].sum()}".encode())


def _sold_on(after: date, until: date) -> dict[date, int]:
    """Sales recorded on each of these days."""
    days = Sale.objects.filter(occurred_on__gt=after, occurred_on__lte=until).values("occurred_on")
    return dict(days.annotate(n=Count("pk")).values_list("occurred_on", "n"))


def kept_lesson(day: date, n_sales: int, rules: ScoreRules) -> Lesson | None:
    """Of that day and under those rules, from the newest run that has one; None where there is
    none, or so many sales of those days came or went since that it would be another."""
    spoken = (day, day + timedelta(days=LONGEST_DAYS - 1))
    made = ScoreRun.objects.filter(
        finished_at__isnull=False, as_of__range=spoken, rules=asdict(rules),
        report__learned_on=day.isoformat(),
    )  # fmt: skip
    run = made.order_by("-pk").first()
    if run is None or abs(run.report["n_learned_from"] - n_sales) > MOST_CHANGED * n_sales:
        return None
    taught = from_json(run.population)
    if taught is None:
        return None
    told = {name: run.report[name] for name in TOLD}
    return Lesson(day, run.report["n_learned_from"], taught, told)


def _told(facts: Facts, scores: Scores) -> dict[str, Any]:
    churn = scores.churn
    return {
        "churn_model": scores.churn_model,
        "n_training": churn.n_training,
        "auc": rounded(churn.auc),
        "brier": rounded(churn.brier),
        "tested": {
            name: {"auc": rounded(found.auc), "brier": rounded(found.brier)}
            for name, found in churn.tested.items()
        },
        "n_tested": churn.n_tested,
        "tested_on": _day_text(churn.tested_day),
        "lifetime": _lifetime(scores.outlook),
        "card": card_of(facts, churn),
    }


def _lifetime(outlook: Outlook) -> Mapping[str, Any] | None:
    """Which model spoke of p_alive, purchases and value to come; None where none could."""
    if outlook.fit is None:
        return None
    return {
        "model": str(outlook.fit.shape),
        "needed_prior": outlook.needed_prior,
        "parameters": {
            name: round(float(value), 6) for name, value in vars(outlook.fit.parameters).items()
        },
        "spend_model": outlook.spend.fit is not None,
    }


def rounded(value: float | None) -> float | None:
    """To four decimals, as reports tell it; None for what nobody knows."""
    return None if value is None or np.isnan(value) else round(float(value), 4)


def _day_text(day: int | None) -> str | None:
    return None if day is None else str(np.datetime64(day, "D"))
