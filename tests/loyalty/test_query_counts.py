"""Pages of points, tiers and rewards ask ten questions at most, however much there is to show.

Counted is what reads or writes, the frame (person, memberships, branches; key; session) included.
Not counted: savepoints, and binding a transaction to its clinic.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from loyalty.models import Account, EarnRule
from loyalty.services.accrual import accrue_pending
from loyalty.services.activities import claim
from loyalty.services.coupons import issue_coupon
from loyalty.services.enrolment import add_programme
from loyalty.services.holds import place_hold
from loyalty.services.member_links import make_link
from loyalty.services.programme import Rung, Terms
from loyalty.services.redemption import redeem
from loyalty.services.referrals import code_of, save_terms
from loyalty.services.rewards import Exchange, exchange
from loyalty.services.tiers import judge
from segmentation.models import Segment
from tests.conftest import BrowserClient
from tests.factories.customers import CustomerFactory, IdentityFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme
from tests.factories.rewards import OfferFactory, RewardFactory

MAY_1 = date(2026, 5, 1)
MOST = 10
WITHOUT = ("SAVEPOINT", "RELEASE", "SELECT set_config", "CLOSE")
STAFF = (
    "/loyalty/", "/loyalty/accounts/{account}/", "/loyalty/rewards/", "/loyalty/offers/",
    "/loyalty/referrals/", "/loyalty/ledger/", "/loyalty/liability/", "/loyalty/adjustments/",
    "/loyalty/desk/", "/loyalty/desk/{customer}/", "/loyalty/desk/{customer}/pick/",
    "/loyalty/desk/{customer}/activity/", "/loyalty/design/rules/",
    "/loyalty/design/ladder/", "/loyalty/design/benefits/", "/loyalty/design/tiers/",
    "/loyalty/design/candidates/", "/loyalty/design/claims/", "/loyalty/design/programmes/",
    "/loyalty/design/programmes/{programme}/close/",
)  # fmt: skip
MEMBER = ("/m/", "/m/history/", "/m/consents/", "/m/activities/", "/m/profile/")
API = ("/api/v1/loyalty/crm/m-0/", "/api/v1/members/crm/m-0/", "/api/v1/points/crm/m-0/",
       "/api/v1/rewards/",
       "/api/v1/members/crm/m-0/activities/")  # fmt: skip


@contextmanager
def at_most(most: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as asked:
        yield
    told = [one["sql"] for one in asked.captured_queries if not one["sql"].startswith(WITHOUT)]
    assert len(told) <= most, "\n".join(sql[:160] for sql in told)


def anybody(name: str) -> Segment:
    grown_up = {"attribute": "age", "operator": "at_least", "value": 1}
    rule = {"match": "all", "conditions": [grown_up]}
    return Segment.objects.create(name=name, rule=rule)


def member(number: int) -> Customer:
    named = IdentityFactory(
        source="crm", external_id=f"m-{number}", customer__birth_on=date(1990, 1, 1)
    )
    return named.customer


@pytest.fixture
def world(clinic, owner, time_machine):
    """Makes a clinic in which the first member and every list has `n` of everything."""
    time_machine.move_to("2026-05-01T04:00:00+00:00", tick=False)

    def make(n: int) -> Account:
        programme, now = make_programme(), timezone.now()
        said = {"points_referrer": 1, "points_friend": 1, "min_paid_minor": 0, "is_active": True}
        save_terms(said=said, by=owner, today=MAY_1)
        people = [member(i) for i in range(n)]
        for number in range(n):
            circle = add_programme(
                terms=Terms(f"Circle {number}", Decimal(1), Decimal(1)), ladder=[Rung("Moon", 0)],
                starts_on=MAY_1, today=MAY_1, segment=None, by=owner,
            )  # fmt: skip
            AccountFactory(programme=circle, customer=people[0])
            RewardFactory(programme=circle)
            RewardFactory(segment=anybody(f"Anybody {number}"))
            OfferFactory(is_pick=True, segment=anybody(f"Picked {number}"), category="skin")
        for person in people:
            SaleFactory.create_batch(n, customer=person, net_minor=500_000, on=MAY_1)
            CustomerFactory(referrer=person)
            code_of(person)
        accrue_pending()
        judge(MAY_1)
        account = Account.objects.get(customer=people[0], programme=programme)
        rule = EarnRule.objects.create(
            programme=programme, kind="fixed", activity="review", points=5, effective_on=MAY_1
        )
        for number in range(n):
            redeem(account=account, points=1, on=MAY_1, idempotency_key=f"r{number}")
            place_hold(account=account, points=1, at=now, on=MAY_1, idempotency_key=f"h{number}")
            issue_coupon(customer=people[0], offer=OfferFactory(), cause="desk",
                         key=f"k{number}", at=now)  # fmt: skip
            for is_fetched in (True, False):
                asked = Exchange(people[0], f"x{number}{is_fetched}", now,
                                 is_handed_over=is_fetched)  # fmt: skip
                exchange(reward=RewardFactory(points=1), asked=asked)
            claim(account=account, activity=rule.activity, key=f"c{number}", on=MAY_1, proof="here")
        return account

    return make


@pytest.mark.parametrize("item_count", [1, 3])
def test_every_page_of_loyalty_asks_ten_questions_at_most(world, client_as, item_count):
    account, browser = world(item_count), client_as("owner")

    for page in STAFF:
        address = page.format(account=account.pk, customer=account.customer_id,
                              programme=account.programme_id)  # fmt: skip
        with at_most(MOST):
            assert browser.get(address).status_code == 200, address


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_members_own_pages_ask_ten_questions_at_most(world, item_count):
    account, phone = world(item_count), BrowserClient()
    phone.post(urlsplit(make_link(customer=account.customer, at=timezone.now())).path)

    for page in MEMBER:
        with at_most(MOST):
            assert phone.get(page).status_code == 200, page


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_api_of_points_asks_ten_questions_at_most(world, api, item_count):
    world(item_count)
    client = api("customers.read")

    for address in API:
        with at_most(MOST):
            assert client.get(address).status_code == 200, address
