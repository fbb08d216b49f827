"""A campaign in a generated clinic, whose true effect is known: the interval has to hold it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from analytics.measure.rates import verdict
from analytics.queries.results import results_of
from analytics.services.read_outs import measure
from campaigns.models import Enrolment
from clinic_crm.simulator import LONDON, generate, respond, return_probability
from customers.models import Customer, Sale
from tests.factories.campaigns import RunningCampaignFactory

OFFER, DAYS = "discount_10", 30


@pytest.fixture(scope="module")
def world():
    return generate(LONDON, seed=20_260, until=date(2026, 10, 31))


@dataclass(frozen=True)
class Experiment:
    """500 treated and 300 held out of one world, one future, and the true uplift."""

    treated: np.ndarray
    holdout: np.ndarray
    treated_returns: dict[int, date]
    holdout_returns: dict[int, date]
    true_uplift: float


def experiment(world, seed: int) -> Experiment:
    on = world.until - timedelta(days=DAYS)
    _persons, rows = np.unique(world.truth.person, return_index=True)  # nobody twice
    rows = np.random.default_rng(seed).permutation(rows)[:800]
    treated, holdout = rows[:500], rows[500:]
    with_offer, without = (
        return_probability(world, customer_rows=rows, offer=offer, on=on, days=DAYS).mean()
        for offer in (OFFER, None)
    )
    return Experiment(
        treated,
        holdout,
        buyers(world, treated, OFFER, on, seed),
        buyers(world, holdout, None, on, seed),
        float(with_offer - without),
    )


def test_the_measured_interval_holds_the_true_uplift(clinic, world):
    drawn = experiment(world, seed=7)
    campaign = RunningCampaignFactory(
        holdout_rate=0.375,
        no_holdout_reason="",
        launched_on=world.until - timedelta(days=DAYS),
        outcome_window_days=DAYS,
    )
    enrol(campaign, drawn.treated, "treated", drawn.treated_returns)
    enrol(campaign, drawn.holdout, "holdout", drawn.holdout_returns)

    read_out = measure(campaign, world.until)
    (result,) = results_of([campaign], on=world.until)

    assert read_out.n_treated_returned == len(drawn.treated_returns)
    assert read_out.n_holdout_returned == len(drawn.holdout_returns)
    assert drawn.true_uplift > 0
    assert result.verdict.low < drawn.true_uplift < result.verdict.high


def test_of_forty_futures_nineteen_in_twenty_hold_the_truth(world):
    n_held = 0
    for seed in range(40):
        drawn = experiment(world, seed)
        seen = verdict(
            n_treated_returns=len(drawn.treated_returns),
            n_treated=len(drawn.treated),
            n_holdout_returns=len(drawn.holdout_returns),
            n_holdout=len(drawn.holdout),
        )
        n_held += seen.low <= drawn.true_uplift <= seen.high

    assert n_held >= 35  # a true 95 % would hold fewer once in seventy such trials


def buyers(world, rows, offer, on, seed) -> dict[int, date]:
    """{customer row: day of return} drawn from the true probabilities."""
    answer = respond(world, customer_rows=rows, offer=offer, on=on, days=DAYS, seed=seed)
    return dict(zip(answer.customer.tolist(), answer.returned_on.astype(object), strict=True))


def enrol(campaign, rows, arm: str, bought_on: dict) -> None:
    people = Customer.objects.bulk_create(
        [Customer(name=f"Row {row}", known_since_on=campaign.launched_on) for row in rows]
    )
    Enrolment.objects.bulk_create(
        Enrolment(campaign=campaign, customer=person, arm=arm, enrolled_on=campaign.launched_on,
                  enrolled_at=datetime(2026, 10, 1, tzinfo=UTC))
        for person in people
    )  # fmt: skip
    Sale.objects.bulk_create(
        Sale(source="world", external_id=f"{arm}{row}", customer=person, currency="GBP",
             occurred_at=datetime(2026, 10, 15, tzinfo=UTC), occurred_on=bought_on[row],
             counts_on=bought_on[row], gross_minor=5_000, net_minor=5_000)
        for row, person in zip(rows.tolist(), people, strict=True) if row in bought_on
    )  # fmt: skip
