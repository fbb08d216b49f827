"""Coupons that are given by themselves, once a person and occasion."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.models import CustomerEvent
from customers.services.merging import merge_customers
from customers.services.timeline import record_event
from loyalty.models import Coupon, EarnRule, Offer, Tier
from loyalty.queries.coupons import wallet_of
from loyalty.refusals import FieldRefused
from loyalty.services.activities import approve, claim
from loyalty.services.coupons import save_offer
from loyalty.services.nights import close_once
from loyalty.services.occasions import give_for_occasions
from loyalty.services.tiers import judge
from segmentation.models import Segment
from tests.factories.customers import NOON, CustomerFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme
from tests.factories.rewards import JAN_1, MAY_1, OfferFactory, member_with

DAY = timedelta(days=1)
BORN = date(1990, 5, 8)


@pytest.fixture
def programme(clinic):
    return make_programme()


def give(on: date = MAY_1) -> int:
    return give_for_occasions(on=on, at=NOON + (on - MAY_1))


def birthday_offer(**more) -> Offer:
    return OfferFactory(occasion="birthday", valid_days=30, **more)


def test_a_birthday_coupon_comes_a_week_before_and_once_a_year(programme):
    anna, _other = CustomerFactory(birth_on=BORN), CustomerFactory(birth_on=date(1990, 6, 8))
    offer = birthday_offer(days_before=7)

    assert [give(MAY_1 - DAY), give(), give(), give(MAY_1 + DAY)] == [0, 1, 0, 0]
    made = wallet_of(anna, on=MAY_1).get()
    assert (made.offer, made.cause, made.reason) == (offer, "birthday", "For your birthday.")
    assert (made.starts_on, made.ends_on) == (MAY_1, date(2026, 5, 30))
    assert CustomerEvent.objects.filter(customer=anna, kind="coupon.issued").count() == 1
    assert give(date(2027, 5, 1)) == 1


def test_a_night_without_workers_loses_no_birthday_and_a_week_does(programme):
    CustomerFactory(birth_on=date(1990, 4, 29))
    CustomerFactory(birth_on=date(1990, 4, 24))
    birthday_offer()

    assert give() == 1


def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(programme):
    CustomerFactory(birth_on=date(1992, 2, 29))
    birthday_offer()

    assert (give(date(2026, 2, 28)), give(date(2028, 2, 28)), give(date(2028, 2, 29))) == (1, 0, 1)


def test_a_birthday_may_be_for_one_tier_and_for_a_segment(programme):
    gold = Tier.objects.get(name="Gold")
    anna = AccountFactory(customer__birth_on=MAY_1.replace(year=1990), tier=gold).customer
    CustomerFactory(birth_on=MAY_1.replace(year=1990))
    birthday_offer(occasion_tier=gold)
    young = {"attribute": "age", "operator": "at_most", "value": 20}
    segment = Segment.objects.create(name="Young", rule={"match": "all", "conditions": [young]})
    birthday_offer(segment=segment)

    assert give() == 1
    assert Coupon.objects.get().customer == anna


def test_reaching_a_tier_brings_its_coupon_once_however_often_it_is_reached(programme):
    customer = CustomerFactory()
    SaleFactory(customer=customer, net_minor=600_000, on=MAY_1)
    OfferFactory(occasion="tier", occasion_tier=Tier.objects.get(name="Jade"))
    OfferFactory(occasion="tier", occasion_tier=Tier.objects.get(name="Gold"))
    AccountFactory(customer=customer)
    judge(MAY_1)

    assert [give(), give()] == [1, 0]
    made = Coupon.objects.get()
    assert (made.cause, made.reason) == ("tier", "Welcome to Jade.")


def test_the_first_rung_and_a_fall_bring_nothing(programme):
    customer = CustomerFactory()
    AccountFactory(customer=customer)
    OfferFactory(occasion="tier")
    judge(MAY_1)

    assert give() == 0  # Pearl is where everybody begins


def test_an_answered_survey_brings_a_coupon_each_answer_once(programme):
    anna = member_with(10)
    OfferFactory(occasion="survey")
    record_event(kind="feedback.given", customer=anna, occurred_at=NOON, source_key="s:1", at=NOON)
    rule = EarnRule.objects.create(
        programme=programme, kind="fixed", activity="survey", points=5, effective_on=JAN_1
    )
    claim(account=anna.accounts.get(), activity=rule.activity, key="answer-7", on=MAY_1)

    assert [give(), give()] == [2, 0]


def test_a_claim_that_waits_brings_nothing_before_it_is_approved(programme, owner):
    anna = member_with(10)
    OfferFactory(occasion="survey")
    EarnRule.objects.create(
        programme=programme, kind="fixed", activity="review", points=5, effective_on=JAN_1
    )
    made = claim(
        account=anna.accounts.get(), activity="review", key="r", on=MAY_1, proof="https://a.example"
    )
    approve(claim_id=made.pk, by=owner, at=NOON)

    assert give() == 0  # a review is no survey


@pytest.mark.parametrize("why", ["stopped", "over", "not begun", "erased", "merged"])
def test_what_is_over_or_gone_gets_nothing(programme, why):
    anna = CustomerFactory(birth_on=MAY_1.replace(year=1990))
    birthday_offer(
        is_active=why != "stopped",
        starts_on=MAY_1 + DAY if why == "not begun" else JAN_1,
        ends_on=MAY_1 - DAY if why == "over" else None,
    )
    if why == "erased":
        type(anna).objects.filter(pk=anna.pk).update(erased_at=NOON)
    if why == "merged":
        survivor = CustomerFactory(birth_on=BORN)
        merge_customers(survivor_id=survivor.pk, merged_id=anna.pk, at=NOON, by=None)

    assert give() == 0


def test_the_night_gives_what_is_due(clinic, programme, time_machine):
    time_machine.move_to("2026-05-01T04:00:00+00:00", tick=False)
    CustomerFactory(birth_on=MAY_1.replace(year=1990))
    birthday_offer()

    assert close_once(at=NOON)
    assert Coupon.objects.get().cause == "birthday"


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"code": "SUMMER", "valid_days": 9}, "occasion"),
        ({"valid_days": None}, "valid_days"),
        ({"valid_days": 9, "days_before": 61}, "days_before"),
    ],
)
def test_an_odd_occasion_is_refused_at_its_field(programme, owner, odd, field):
    terms = {"name": "Cake", "amount_minor": 100, "starts_on": JAN_1, "occasion": "birthday"}

    with pytest.raises(FieldRefused) as refusal:
        save_offer(terms=terms | odd, by=owner)

    assert refusal.value.field == field


def test_one_word_for_everybody_is_never_given_by_itself(clinic):
    with pytest.raises(IntegrityError, match="has_own_codes"), transaction.atomic():
        OfferFactory(occasion="survey", code="SUMMER")


def test_the_form_says_when_it_is_given(programme, client_as):
    browser = client_as("owner")
    said = {"name": "Cake", "kind": "amount", "amount": "50", "starts_on": "2026-01-01",
            "stacking": "alone", "refund_rule": "share", "occasion": "birthday",
            "days_before": "7", "valid_days": "30", "is_active": "on"}  # fmt: skip

    response = browser.post("/loyalty/offers/new/", said)

    assert (response.status_code, Offer.objects.get().days_before) == (302, 7)
    page = browser.get(response.url).text
    assert "For the birthday" in page and "7 days before" in page
