"""Reception: found, clicked, confirmed, undone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.codes import shown
from loyalty.models import Account, Coupon, CouponUse, Redemption
from loyalty.queries.picks import pick_for
from loyalty.services.coupons import issue_coupon
from loyalty.services.referrals import code_of
from segmentation.models import CustomerScore, ScoreRun
from tenancy.models import Branch
from tests.factories.customers import (
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)
from tests.factories.loyalty import make_programme
from tests.factories.rewards import MAY_1, OfferFactory, RewardFactory, member_with

HX = {"HX-Request": "true"}


@pytest.fixture
def anna(clinic):
    from customers.services import search_tokens

    make_programme()
    made = member_with(250, name="Anna Berg")
    search_tokens.rebuild([made.pk])
    return made


@pytest.fixture
def desk(anna, client_as):
    return client_as("staff")


def give(anna, **terms) -> Coupon:
    offer = OfferFactory(**terms)
    return issue_coupon(
        customer=anna, offer=offer, cause="desk", key=f"k{offer.pk}", at=timezone.now()
    )


def text_of(response) -> str:
    return response.content.decode()


def test_a_name_finds_the_customer_and_a_code_leads_straight_there(anna, desk):
    found = text_of(desk.get("/loyalty/desk/?q=anna", headers=HX))
    assert f"/loyalty/desk/{anna.pk}/" in found

    coupon = give(anna, name="Fifty")
    assert "Fifty" in text_of(desk.get(f"/loyalty/desk/?q={shown(coupon.code)}", headers=HX))
    friends = code_of(anna).code
    straight = desk.get(f"/loyalty/desk/?q=https://crm.example/m/r/north/{friends}/")
    assert straight.headers["Location"] == f"/loyalty/desk/{anna.pk}/"


def test_a_slip_in_a_code_is_told(anna, desk):
    coupon = give(anna)

    page = text_of(desk.get(f"/loyalty/desk/?q={coupon.code[:-1]}", headers=HX))

    assert "slip" in page or "Nothing found" in page


def test_two_clicks_redeem_and_one_undoes(anna, desk):
    reward = RewardFactory(name="Mask", stock=1)
    page = text_of(desk.get(f"/loyalty/desk/{anna.pk}/"))
    assert f'data-dialog-open="reward-{reward.pk}"' in page

    address = f"/loyalty/desk/{anna.pk}/rewards/{reward.pk}/"
    for _twice in range(2):  # a nervous finger
        done = desk.post(address, {"key": "abc"}, follow=True)

    assert "Done: Mask for 100 points." in text_of(done)
    assert Account.objects.get().balance == 150
    redemption = Redemption.objects.get()
    assert f"/loyalty/desk/redemptions/{redemption.pk}/undo/" in text_of(done)

    desk.post(f"/loyalty/desk/redemptions/{redemption.pk}/undo/")
    assert Account.objects.get().balance == 250


def test_what_ran_out_meanwhile_says_so(anna, desk):
    reward = RewardFactory(stock=0)

    page = desk.post(f"/loyalty/desk/{anna.pk}/rewards/{reward.pk}/", {"key": "a"}, follow=True)

    assert "has just run out" in text_of(page)


def test_a_coupon_is_used_once_and_a_second_till_is_told(anna, desk):
    coupon = give(anna)
    for key in ("one", "two"):
        page = desk.post(
            f"/loyalty/desk/{anna.pk}/coupon/", {"code": coupon.code.lower(), "key": key},
            follow=True,
        )  # fmt: skip

    assert "used already" in text_of(page)
    assert CouponUse.objects.count() == 1


def test_a_branchs_desk_knows_only_its_own_customers(anna, client_as, staff):
    here, there = (Branch.objects.create(code=name, name=name) for name in "AB")
    anna.home_branch = there
    anna.save()
    staff.branch = here
    staff.save()
    desk, reward, coupon = client_as(staff), RewardFactory(), give(anna)

    assert desk.get(f"/loyalty/desk/{anna.pk}/").status_code == 404
    assert (
        desk.post(f"/loyalty/desk/{anna.pk}/rewards/{reward.pk}/", {"key": "a"}).status_code == 404
    )
    assert desk.post(f"/loyalty/desk/{anna.pk}/page/").status_code == 404
    assert "Anna" not in text_of(desk.get(f"/loyalty/desk/?q={coupon.code}", headers=HX))
    assert "Anna" not in text_of(desk.get("/loyalty/desk/?q=anna", headers=HX))


def test_an_analyst_has_no_desk(anna, client_as):
    assert client_as("analyst").get("/loyalty/desk/").status_code == 403


def test_a_friends_code_is_noted_at_the_desk(anna, desk):
    ben = CustomerFactory(name="Ben")

    desk.post(f"/loyalty/desk/{ben.pk}/referrer/", {"code": code_of(anna).code})

    ben.refresh_from_db()
    assert ben.referrer == anna


def test_the_members_page_is_handed_over_as_a_qr(anna, desk):
    page = text_of(desk.post(f"/loyalty/desk/{anna.pk}/page/"))

    assert '<svg class="qr"' in page and "/m/l/" not in page


def scored(customer, **figures) -> None:
    run = ScoreRun.objects.create(
        as_of=MAY_1,
        is_current=True,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        rules={},
        report={},
    )
    CustomerScore.objects.create(
        run=run, customer=customer, stage="active", stage_since_on=MAY_1, **figures
    )


def test_a_pick_follows_what_is_due_then_taste_then_value(anna):
    botox = TreatmentFactory(code="BTX", name="Botulinum", category="injection")
    due = OfferFactory(name="Due", is_pick=True, treatment=botox)
    taste = OfferFactory(name="Taste", is_pick=True, category="laser")
    anything = OfferFactory(name="Anything", is_pick=True)
    OfferFactory(name="Not to be picked")
    scored(anna, next_due_treatment=botox, next_due_on=MAY_1 + timedelta(days=10), layer="high")
    laser = TreatmentFactory(category="laser")
    for _n in range(2):
        SaleFactory(customer=anna).lines.create(line_no=1, treatment=laser, net_minor=10_000)

    def pick():
        return pick_for(anna, on=MAY_1)

    assert (pick().offer, pick().reason) == (due, "Botulinum is due again around 11 May.")
    for offer, reason in (
        (taste, "Because you have chosen laser again and again."),
        (anything, "A thank-you to the guests who trust us most."),
    ):
        issue_coupon(customer=anna, offer=pick().offer, cause="pick", key=str(pick().offer.pk),
                     at=timezone.now())  # fmt: skip
        assert (pick().offer, pick().reason) == (offer, reason)
