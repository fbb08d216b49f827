from collections import Counter

import pytest

from clinic_crm.demo.member_life import live
from clinic_crm.demo.offers import GIVEN_DAYS_AGO, make_offers
from loyalty.invariants import violations
from loyalty.models import (
    ActivityClaim,
    Benefit,
    Coupon,
    CouponUse,
    Offer,
    OfferHoldback,
    Redemption,
    Reward,
)
from loyalty.queries.offers import compare
from loyalty.services.accrual import accrue_pending
from segmentation.models import Segment
from tests.factories.customers import NOON, CustomerFactory, SaleFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import MAY_1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_demo_clinic_has_rewards_and_an_offer_to_compare(clinic, language):
    make_programme()
    Segment.objects.create(name="All", rule={"match": "all", "conditions": []})
    for customer in CustomerFactory.create_batch(40):
        SaleFactory(customer=customer, net_minor=120_000, on=MAY_1.replace(month=4))
    assert GIVEN_DAYS_AGO == 40  # the sales above lie in the month after

    for _twice in range(2):
        make_offers(language=language, today=MAY_1, at=NOON)

    assert (Reward.objects.count(), Offer.objects.count()) == (3, 3)
    given = Coupon.objects.filter(cause="segment")
    assert given.count() + OfferHoldback.objects.count() == 40
    assert CouponUse.objects.count() == given.count()
    [line] = [one for one in compare(list(Offer.objects.all())) if one.n_given]
    assert (line.used_rate, line.effect is not None) == (1.0, True)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_members_of_a_demo_clinic_fetch_rewards_and_do_things_for_points(clinic, owner, language):
    make_programme()
    for customer in CustomerFactory.create_batch(30):
        SaleFactory(customer=customer, net_minor=1_500_000, on=MAY_1.replace(month=1))
    accrue_pending()
    make_offers(language=language, today=MAY_1, at=NOON)

    for _twice in range(2):
        live(language=language, today=MAY_1, at=NOON)

    rights = Benefit.objects.order_by("pk").values_list("tier__name", "kind")
    assert list(rights) == [
        ("Jade", "birthday"), ("Gold", "birthday"), ("Gold", "discount"), ("Gold", "priority"),
    ]  # fmt: skip
    states = Counter(Redemption.objects.values_list("state", flat=True))
    assert states == {"handed_over": 21, "claimed": 3}
    assert Counter(ActivityClaim.objects.values_list("state", flat=True)) == {
        "approved": 2, "refused": 1, "waiting": 2,
    }  # fmt: skip
    assert violations() == []
