"""Tills and the clinic's own app."""

import pytest
from django.utils import timezone

from customers.models import Consent
from loyalty.models import Account, CouponUse, Redemption
from loyalty.services.coupons import issue_coupon
from tests.conftest import BrowserClient
from tests.factories.customers import CustomerFactory, IdentityFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import OfferFactory, RewardFactory, member_with

ANNA = {"source": "booking", "external_id": "C1"}
MEMBER = "/api/v1/members/booking/C1/"


@pytest.fixture
def anna(clinic):
    make_programme()
    made = member_with(250, name="Anna Berg")
    IdentityFactory(customer=made, external_id="C1")
    return made


def coupon_of(anna, **terms) -> str:
    offer = OfferFactory(**terms)
    return issue_coupon(
        customer=anna, offer=offer, cause="desk", key=f"{offer.pk}", at=timezone.now()
    ).code


def test_a_reward_is_redeemed_once_a_reference_and_undone(anna, api):
    till, reward = api(), RewardFactory(stock=1)
    body = ANNA | {"reference": "app-1", "is_handed_over": False}

    first = till.post(f"/api/v1/rewards/{reward.pk}/redeem/", body)
    again = till.post(f"/api/v1/rewards/{reward.pk}/redeem/", body)

    assert (first.status_code, first.json()) == (201, again.json())
    assert Account.objects.get().balance == 150
    code = first.json()["code"]
    assert till.post(f"/api/v1/redemptions/{code}/hand-over/").json()["state"] == "handed_over"
    assert till.post(f"/api/v1/redemptions/{code}/hand-over/").status_code == 409
    assert till.post(f"/api/v1/redemptions/{code}/undo/").json()["state"] == "undone"
    assert Account.objects.get().balance == 250


def test_an_idempotency_key_replays_the_first_answer(anna, api):
    till, reward = api(), RewardFactory()
    body = ANNA | {"reference": "app-1"}

    answers = [
        till.post(f"/api/v1/rewards/{reward.pk}/redeem/", body, headers={"Idempotency-Key": "k"})
        for _n in range(2)
    ]

    assert answers[1].headers["Idempotent-Replay"] == "true"
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "code"), [({"stock": 0}, "out_of_stock"), ({"points": 999}, "insufficient_points")]
)
def test_refusals_say_why(anna, api, terms, code):
    reward = RewardFactory(**terms)

    answer = api().post(f"/api/v1/rewards/{reward.pk}/redeem/", ANNA | {"reference": "a"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, code)
    assert Account.objects.get().balance == 250


def test_codes_are_checked_together_with_reasons(anna, api):
    fifty = coupon_of(anna, stacking="together")
    high = coupon_of(anna, stacking="together", min_spend_minor=999_999)

    items = [{"gross_minor": 60_000}, {"gross_minor": 40_000}]
    body = ANNA | {"codes": [fifty, high], "items": items}
    answer = api().post("/api/v1/coupons/check/", body).json()

    assert answer["discount_minor"] == 5_000
    assert answer["applied"] == [
        {"code": fifty, "discount_minor": 5_000, "by_item": [3_000, 2_000]}
    ]
    assert [(one["code"], one["why"], one["missing_minor"]) for one in answer["refused"]] == [
        (high, "below_minimum", 899_999)
    ]


def test_a_coupon_is_set_aside_settled_or_let_go(anna, api):
    till, code = api(), coupon_of(anna)
    body = ANNA | {"code": code, "is_final": False, "items": [{"gross_minor": 20_000}]}

    held = till.post("/api/v1/coupons/use/", body | {"reference": "cart-1"}).json()
    other = till.post("/api/v1/coupons/use/", body | {"reference": "cart-2"})
    assert (held["state"], other.status_code) == ("reserved", 409)
    assert till.post(f"/api/v1/coupons/uses/{held['id']}/release/").json()["state"] == "released"
    held = till.post("/api/v1/coupons/use/", body | {"reference": "cart-3"}).json()
    assert till.post(f"/api/v1/coupons/uses/{held['id']}/settle/").json()["state"] == "used"
    assert CouponUse.objects.filter(state="used").count() == 1


def test_a_slip_in_a_code_is_told(anna, api):
    code = coupon_of(anna)

    answer = api().post("/api/v1/coupons/use/", ANNA | {"code": code[:-1], "reference": "cart-1"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "code_mistyped")


def test_a_member_reads_their_own_facts_and_nobody_elses(anna, api):
    coupon_of(anna)
    other = CustomerFactory(name="Ben")
    coupon_of(other, name="Bens own")

    facts = api().get(MEMBER).json()

    assert (facts["balance"], facts["spendable"], len(facts["coupons"])) == (250, 250, 1)
    assert "Bens own" not in str(facts)
    assert api().get("/api/v1/members/booking/nobody/").status_code == 404


def test_the_app_gets_a_link_that_opens_the_page_once(anna, api):
    url = api().post(f"{MEMBER}link/").json()["url"]
    path = "/m/" + url.split("/m/")[1]

    assert BrowserClient().post(path).status_code == 302
    assert BrowserClient().post(path).status_code == 404


def test_a_consent_said_in_the_app_keeps_its_proof(anna, api):
    said = {"purpose": "marketing", "channel": "email", "is_given": True, "proof": "tap 7"}

    assert api().post(f"{MEMBER}consents/", said).json()["is_given"] is True
    assert Consent.objects.get().proof == "tap 7"
    assert api().post(f"{MEMBER}consents/", said | {"is_given": False}).json()["is_given"] is False


@pytest.mark.parametrize(
    "body", [{}, {"codes": []}, {"codes": ["x"], "items": [{"gross_minor": -1}]}, {"codes": [1]}]
)
def test_odd_bodies_are_refused(anna, api, body):
    assert api().post("/api/v1/coupons/check/", body).status_code == 400


def test_a_key_without_the_scope_redeems_nothing(anna, api):
    reward = RewardFactory()

    answer = api("customers.read").post(
        f"/api/v1/rewards/{reward.pk}/redeem/", ANNA | {"reference": "a"}
    )

    assert answer.status_code == 403
