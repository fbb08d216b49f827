"""A share of all customers whom no recall reaches, and what it changes."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from campaigns.exceptions import CampaignRefused
from campaigns.models import ClinicHoldout
from campaigns.queries.clinic_holdouts import (
    current_clinic_holdout,
    is_in_clinic_holdout,
    outside_clinic_holdout,
)
from campaigns.services import claiming, expansion
from campaigns.services.audience import audience_of
from campaigns.services.clinic_holdouts import (
    end_clinic_holdout,
    end_due,
    start_clinic_holdout,
)
from customers.models import Customer
from tenancy.models import AuditEntry
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tenancy import MembershipFactory

TODAY = date(2026, 5, 1)


@pytest.fixture
def owner(clinic):
    return MembershipFactory(role="owner")


@pytest.fixture
def people(clinic):
    return [CustomerFactory().pk for _ in range(60)]


def test_sql_and_python_hold_out_the_same_customers(owner, people):
    holdout = start_clinic_holdout(rate=0.25, on=TODAY, days=90, by=owner)
    held = is_in_clinic_holdout(np.array(people), holdout)

    reached = set(outside_clinic_holdout(Customer.objects.all()).values_list("pk", flat=True))

    within = Customer.objects.filter(pk__in=outside_clinic_holdout(Customer.objects.all()))

    assert 0 < held.sum() < 60
    assert set(within.values_list("pk", flat=True)) == reached
    assert reached == set(np.array(people)[~held].tolist())


@pytest.mark.parametrize(("purpose", "reaches_all"), [("marketing", False), ("service", True)])
def test_recalls_leave_them_out_and_service_does_not(owner, people, purpose, reaches_all):
    campaign = CampaignFactory(segment=None, purpose=purpose)
    start_clinic_holdout(rate=0.25, on=TODAY, days=90, by=owner)

    assert (audience_of(campaign).count() == 60) == reaches_all


def test_it_ends_after_its_last_day_or_by_hand(owner, people):
    holdout = start_clinic_holdout(rate=0.1, on=TODAY, days=90, by=owner)
    assert holdout.last_on == date(2026, 7, 29)

    assert end_due(on=date(2026, 7, 29)) == 0
    assert end_due(on=date(2026, 7, 30)) == 1
    assert current_clinic_holdout() is None

    start_clinic_holdout(rate=0.1, on=date(2026, 8, 1), days=90, by=owner)
    end_clinic_holdout(on=date(2026, 8, 9), by=owner)
    end_clinic_holdout(on=date(2026, 8, 9), by=owner)
    assert [one.ended_on for one in ClinicHoldout.objects.all()] == [
        date(2026, 8, 9), date(2026, 7, 30),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action__startswith="clinic_holdout").count() == 3
    assert outside_clinic_holdout(Customer.objects.all()).count() == 60


@pytest.mark.parametrize(("rate", "days"), [(0, 90), (0.31, 90), (0.1, 27), (0.1, 367)])
def test_senseless_holdouts_are_refused(owner, rate, days):
    with pytest.raises(CampaignRefused):
        start_clinic_holdout(rate=rate, on=TODAY, days=days, by=owner)


def test_two_at_once_are_refused(owner):
    start_clinic_holdout(rate=0.1, on=TODAY, days=90, by=owner)

    with pytest.raises(CampaignRefused, match="End it first"):
        start_clinic_holdout(rate=0.1, on=TODAY + timedelta(days=1), days=90, by=owner)


def test_a_holdout_begun_after_the_launch_stops_what_still_waits(clinic, owner, reachable):
    for n in range(40):
        reachable(f"Customer {n}")
    campaign = CampaignFactory(state="launching", holdout_rate=0, no_holdout_reason="test")
    noon = datetime(2026, 5, 1, 12, 0, tzinfo=clinic.zone)
    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=noon)
    holdout = start_clinic_holdout(rate=0.25, on=TODAY, days=90, by=owner)

    chunk = claiming.claim(campaign_id=campaign.pk, at=noon)

    people = campaign.messages.order_by("customer_id")
    ids = np.array(people.values_list("customer_id", flat=True))
    held = is_in_clinic_holdout(ids, holdout)
    assert 0 < held.sum() < 40
    assert len(chunk.claimed) == 40 - held.sum()
    left_out = people.filter(state="skipped", skip_reason="clinic_holdout")
    assert list(left_out.values_list("customer_id", flat=True)) == ids[held].tolist()
