from datetime import UTC, date, datetime

import pytest

from customers.models import CustomerEvent
from customers.queries.event_words import details_of
from loyalty.models import Account
from loyalty.services.accrual import accrue_pending
from loyalty.services.redemption import redeem
from loyalty.services.reminders import remind_of_expiry
from tests.factories.customers import SaleFactory
from tests.factories.loyalty import make_programme

NOW = datetime(2027, 4, 1, 19, 0, tzinfo=UTC)


@pytest.fixture
def account(clinic) -> Account:
    """Two lots of 100 that both end on 1 May 2027."""
    make_programme(expires_after=365)
    sale = SaleFactory(net_minor=10_000, on=date(2026, 5, 1))
    SaleFactory(net_minor=10_000, on=date(2026, 5, 1), customer=sale.customer)
    accrue_pending()
    return Account.objects.get()


def remind(on: date) -> int:
    return remind_of_expiry(on=on, at=NOW)


def test_each_threshold_is_told_once(account):
    told = [remind(date(2027, 3, 31)), remind(date(2027, 4, 1)), remind(date(2027, 4, 2))]
    told += [remind(date(2027, 4, 23)), remind(date(2027, 4, 24)), remind(date(2027, 4, 30))]

    assert told == [0, 1, 0, 0, 1, 0]
    events = CustomerEvent.objects.filter(kind="points.expiring").order_by("pk")
    assert [event.payload for event in events] == [
        {"points": 200, "expires_on": "2027-05-01", "days_before": 30},
        {"points": 200, "expires_on": "2027-05-01", "days_before": 7},
    ]


def test_who_was_not_told_in_time_hears_only_the_nearest(account):
    assert remind(date(2027, 4, 28)) == 1
    assert CustomerEvent.objects.get(kind="points.expiring").payload["days_before"] == 7


def test_who_spent_them_hears_nothing(account):
    redeem(account=account, points=200, on=date(2026, 6, 1), idempotency_key="a")
    assert remind(date(2027, 4, 5)) == 0


def test_the_story_says_how_many_and_when():
    told = {"points": 200, "expires_on": "2027-05-01", "days_before": 7}
    assert details_of(told, {}, sees_health=False) == ["200 points end on May 1, 2027"]
