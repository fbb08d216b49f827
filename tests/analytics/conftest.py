"""A campaign launched on 1 May with a window of 30 days, and ways to fill it."""

from datetime import date

import pytest

from tests.factories.campaigns import EnrolmentFactory, RunningCampaignFactory
from tests.factories.customers import CustomerFactory, SaleFactory

LAUNCHED_ON = date(2026, 5, 1)


@pytest.fixture
def campaign(clinic):
    return RunningCampaignFactory(name="Spring recall", holdout_rate=0.5, no_holdout_reason="")


@pytest.fixture
def enrol(campaign):
    """enrol("treated", date(2026, 5, 3)): a customer in that arm who bought on these days."""

    def make(arm: str, *bought_on: date, net_minor: int = 10_000, **customer):
        enrolment = EnrolmentFactory(
            campaign=campaign, arm=arm, customer=CustomerFactory(**customer)
        )
        for day in bought_on:
            SaleFactory(customer=enrolment.customer, on=day, net_minor=net_minor)
        return enrolment

    return make


@pytest.fixture
def enrol_many(enrol):
    """enrol_many("holdout", 50, n_returned=5)"""

    def make(arm: str, n: int, *, n_returned: int) -> None:
        for number in range(n):
            enrol(arm, *([date(2026, 5, 2)] if number < n_returned else []))

    return make
