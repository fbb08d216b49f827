from datetime import date

import pytest

from loyalty.models import Account, Joining, Programme
from loyalty.services.accrual import accrue_pending
from loyalty.services.tiers import judge
from tests.factories.customers import IdentityFactory, SaleFactory
from tests.factories.loyalty import make_programme

MAY_1 = date(2026, 5, 1)


@pytest.fixture
def identity(clinic, time_machine):
    time_machine.move_to("2026-05-01T04:00:00+00:00", tick=False)
    make_programme(expires_after=365)
    identity = IdentityFactory(source="booking", external_id="C-7")
    SaleFactory(customer=identity.customer, net_minor=650_000, on=MAY_1)
    accrue_pending()
    judge(MAY_1)
    return identity


def test_a_booking_system_reads_points_tier_and_progress(identity, api, django_assert_num_queries):
    client = api("customers.read")
    with django_assert_num_queries(14):
        response = client.get("/api/v1/loyalty/booking/C-7/")

    assert response.json() == {
        "source": "booking",
        "external_id": "C-7",
        "balance": 6_500,
        "spendable": 6_500,
        "pending": 0,
        "held": 0,
        "currency": "CNY",
        "tier": {"name": "Jade", "since_on": "2026-05-01"},
        "next_expiry": {"expires_on": "2027-05-01", "points": 6_500},
        "progress": {
            "spend_minor": 650_000,
            "window_days": 365,
            "next_tier": {"name": "Gold", "min_spend_minor": 2_000_000, "missing_minor": 1_350_000},
        },
    }


def test_a_customer_without_account_has_no_points(clinic, api):
    IdentityFactory(source="booking", external_id="C-8")

    answer = api().get("/api/v1/loyalty/booking/C-8/").json()

    assert (answer["balance"], answer["tier"], answer["progress"]) == (0, None, None)


@pytest.mark.parametrize("external_id", ["nobody", "%00", "x" * 500])
def test_an_unknown_customer_is_not_found(identity, api, external_id):
    assert api().get(f"/api/v1/loyalty/booking/{external_id}/").status_code == 404


def test_another_clinics_customer_is_not_found(identity, api, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        IdentityFactory(source="booking", external_id="theirs")

    assert api().get("/api/v1/loyalty/booking/theirs/").status_code == 404


def test_the_key_needs_the_scope(identity, api):
    assert api("sales.write").get("/api/v1/loyalty/booking/C-7/").status_code == 403
    assert Account.objects.count() == 1


def test_joining_by_the_api_happens_once_and_says_how(identity, api):
    programme = Programme.objects.get()
    programme.join_code = "desk-code"
    programme.save()
    newcomer = IdentityFactory(source="booking", external_id="C-8")
    client, address = api("loyalty.write"), "/api/v1/loyalty/members/"
    body = {"source": "booking", "external_id": "C-8", "join_code": "desk-code"}
    for key in ("a", "b"):
        answer = client.post(address, body, HTTP_IDEMPOTENCY_KEY=key)
        assert answer.status_code == 201, answer.text
    assert (answer.json()["programme"], Joining.objects.get().through) == ("Member points", "qr")
    assert Joining.objects.get().account.customer == newcomer.customer
    unknown = body | {"join_code": "other"}
    answer = client.post(address, unknown, HTTP_IDEMPOTENCY_KEY="c")
    assert answer.status_code == 404
