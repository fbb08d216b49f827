"""Pages of rewards, offers and friends: what they show, refuse and cost."""

from datetime import timedelta

import pytest

from loyalty.models import Coupon, Offer, OfferHoldback, ReferralTerms, Reward
from loyalty.offer_effect import Arm, effect_of, newcombe
from loyalty.queries.offers import compare
from loyalty.services.coupon_uses import Till, use
from loyalty.services.coupons import issue_coupon
from segmentation.models import Segment
from tests.factories.customers import NOON, CustomerFactory, SaleFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import MAY_1, OfferFactory, RewardFactory

REWARD = {"name": "Mask", "points": "100", "starts_on": "2026-01-01", "is_active": "on"}
OFFER = {
    "name": "Fifty", "kind": "amount", "amount": "50", "min_spend": "300",
    "starts_on": "2026-01-01", "stacking": "alone", "refund_rule": "share",
    "max_uses_per_person": "1", "is_active": "on",
}  # fmt: skip


@pytest.fixture
def owner_browser(clinic, client_as):
    make_programme()
    return client_as("owner")


def text_of(response) -> str:
    return response.content.decode()


def test_a_reward_is_put_in_and_changed_in_major_units(owner_browser):
    owner_browser.post("/loyalty/rewards/new/", REWARD | {"money": "12.50", "stock": "5"})

    reward = Reward.objects.get()
    assert (reward.points, reward.money_minor, reward.stock) == (100, 1_250, 5)
    assert "12.50" in text_of(owner_browser.get(f"/loyalty/rewards/{reward.pk}/"))
    owner_browser.post(f"/loyalty/rewards/{reward.pk}/", REWARD | {"points": "120"})
    assert Reward.objects.get().points == 120


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("points", "0", "at least one point"),
        ("points", "-3", "at least one point"),
        ("points", "1.5", "whole number"),
        ("money", "1.234", "more decimals"),
        ("stock", "-1", "cannot be below zero"),
        ("ends_on", "2025-12-31", "before the first"),
    ],
)
def test_an_odd_reward_is_refused_at_its_field(owner_browser, field, value, says):
    answer = owner_browser.post("/loyalty/rewards/new/", REWARD | {field: value})

    assert (answer.status_code, Reward.objects.count()) == (422, 0)
    assert says in text_of(answer)


def test_an_offer_is_made_given_to_a_segment_and_printed(owner_browser):
    CustomerFactory.create_batch(20)
    everybody = Segment.objects.create(name="All", rule={"match": "all", "conditions": []})

    made = owner_browser.post("/loyalty/offers/new/", OFFER)

    offer = Offer.objects.get()
    assert (offer.amount_minor, offer.min_spend_minor) == (5_000, 30_000)
    assert made.headers["Location"] == f"/loyalty/offers/{offer.pk}/"
    owner_browser.post(
        f"/loyalty/offers/{offer.pk}/issue/", {"segment": everybody.pk, "holdback_percent": "50"}
    )
    assert Coupon.objects.count() + OfferHoldback.objects.count() == 20
    printed = owner_browser.post(f"/loyalty/offers/{offer.pk}/print/", {"n": "3", "key": "k"})
    assert len(text_of(printed).split()) == 3


def test_an_odd_offer_is_refused_at_its_field(owner_browser):
    answer = owner_browser.post("/loyalty/offers/new/", OFFER | {"amount": "0"})

    assert (answer.status_code, Offer.objects.count()) == (422, 0)
    assert "above zero" in text_of(answer)


def test_terms_for_friends_are_set(owner_browser):
    owner_browser.post(
        "/loyalty/referrals/terms/",
        {"is_active": "on", "points_referrer": "300", "points_friend": "100", "min_paid": "99"},
    )

    terms = ReferralTerms.objects.get()
    assert (terms.points_referrer, terms.points_friend, terms.min_paid_minor) == (300, 100, 9_900)


def test_a_manager_gives_offers_and_may_not_change_them(clinic, client_as):
    make_programme()
    offer, browser = OfferFactory(), client_as("manager")

    assert browser.get(f"/loyalty/offers/{offer.pk}/").status_code == 200
    assert browser.get(f"/loyalty/offers/{offer.pk}/edit/").status_code == 403
    assert browser.get("/loyalty/rewards/new/").status_code == 403


@pytest.mark.parametrize("item_count", [1, 3])
@pytest.mark.parametrize(
    ("page", "n_queries"), [("rewards", 15), ("offers", 18), ("referrals", 17)]
)
def test_lists_ask_the_same_number_of_questions(
    owner_browser, page, n_queries, item_count, django_assert_num_queries
):
    for _n in range(item_count):
        RewardFactory()
        offer, customer = OfferFactory(), CustomerFactory(referrer=CustomerFactory())
        issue_coupon(customer=customer, offer=offer, cause="desk", key=f"{offer.pk}", at=NOON)
    owner_browser.get("/loyalty/rewards/")  # the session is known now

    with django_assert_num_queries(n_queries):
        assert owner_browser.get(f"/loyalty/{page}/").status_code == 200


def test_an_offer_is_compared_with_those_held_back(clinic):
    offer = OfferFactory(cost_minor=100)
    given, held = CustomerFactory.create_batch(4), CustomerFactory.create_batch(2)
    for customer in given:
        issue_coupon(customer=customer, offer=offer, cause="desk", key=f"{customer.pk}", at=NOON)
    for customer in held:
        OfferHoldback.objects.create(offer=offer, customer=customer, held_at=NOON)
    for customer in given[:3]:
        sale = SaleFactory(customer=customer, net_minor=10_000, on=MAY_1 + timedelta(days=3))
        sale.lines.create(line_no=1, net_minor=10_000, cost_minor=4_000)
    SaleFactory(customer=held[0], net_minor=8_000, on=MAY_1)
    SaleFactory(customer=held[1], net_minor=8_000, on=MAY_1 + timedelta(days=30))  # too late
    SaleFactory(customer=given[3], net_minor=8_000, on=MAY_1 - timedelta(days=1))  # too early
    coupon = Coupon.objects.get(customer=given[0])
    use(coupon.code, Till(NOON, given[0]), key="u")

    [line] = compare([offer])

    assert (line.n_given, line.n_used, line.used_rate) == (4, 1, 0.25)
    assert line.given == Arm(4, 3, 3, 30_000, 12_000)
    assert line.held == Arm(2, 1, 1, 8_000, 0)
    assert line.effect.extra_visits == 1.0  # 3 − 1 × 4/2
    assert line.effect.extra_margin_minor == 18_000 - 16_000 - 100
    assert not line.effect.can_tell


def test_newcombes_interval_is_the_published_one():
    """Newcombe 1998, table II, case (a): 56/70 − 48/80."""
    low, high = newcombe(56, 70, 48, 80)

    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_nothing_is_compared_with_nobody():
    assert effect_of(Arm(10, 5), Arm(), offer_cost_minor=0) is None
