from datetime import timedelta

import pytest
from django.utils.translation import gettext, override

from customers.models import Customer, DuplicatePair, Sale
from customers.services.merging import merge_customers
from loyalty.codes import shown
from loyalty.exceptions import RuleRefused
from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry, Programme, Referral, ReferralCode
from loyalty.queries.referrals import brought_by, promoters, tree_of
from loyalty.refusals import CodeMistyped, CodeUnknown, FieldRefused, ReferralRefused
from loyalty.services.referrals import attach, code_of, owner_of, save_terms, settle_referrals
from loyalty.services.rules import Asked, add_rule, stop_rule
from tests.factories.customers import (
    NOON,
    ContactPointFactory,
    CustomerEventFactory,
    CustomerFactory,
    SaleFactory,
)
from tests.factories.loyalty import make_programme
from tests.factories.rewards import JAN_1, MAY_1

SAID = {"is_active": True, "points_referrer": 500, "points_friend": 200, "min_paid_minor": 0}


@pytest.fixture
def anna(clinic):
    make_programme()
    save_terms(said=SAID, by=None, today=JAN_1)
    return CustomerFactory(name="Anna")


@pytest.fixture
def friend(anna):
    return CustomerFactory(name="Ben", referrer=anna)


def points(customer) -> int:
    account = Account.objects.filter(customer=customer).first()
    return account.balance if account else 0


def decide() -> int:
    return settle_referrals(at=NOON)


def test_the_first_paid_visit_rewards_both_once(anna, friend):
    assert decide() == 0  # has not come yet
    SaleFactory(customer=friend)

    assert (decide(), decide()) == (1, 0)

    assert (points(anna), points(friend)) == (500, 200)
    referral = Referral.objects.get()
    assert (referral.state, referral.paid_on, referral.sale.customer) == (
        "rewarded", MAY_1, friend,
    )  # fmt: skip
    SaleFactory(customer=friend, on=MAY_1 + timedelta(days=9))
    assert decide() == 0
    assert violations() == []


def test_the_ledger_says_why_in_the_readers_language(anna, friend):
    SaleFactory(customer=friend)
    with override("zh-hans"):
        decide()
    said = LedgerEntry.objects.get(account__customer=anna)
    with override("zh-hans"):
        assert said.said == gettext("Brought a friend") != "Brought a friend"
    with override("en"):
        assert said.said == "Brought a friend"


def test_a_visit_for_nothing_is_not_paid(anna, friend):
    SaleFactory(customer=friend, net_minor=0)

    assert decide() == 0


def test_a_first_paid_visit_before_the_terms_brings_nothing(anna, friend):
    SaleFactory(customer=friend, on=JAN_1 - timedelta(days=1))
    SaleFactory(customer=friend, on=MAY_1)

    assert decide() == 0


def test_below_the_minimum_it_is_refused_and_says_so(anna, friend):
    save_terms(said=SAID | {"min_paid_minor": 10_001}, by=None, today=JAN_1)
    SaleFactory(customer=friend, net_minor=10_000)

    assert decide() == 1

    assert (Referral.objects.get().refusal, points(anna)) == ("too_small", 0)


def test_a_friend_who_may_be_the_same_person_waits_until_it_is_settled(anna, friend):
    SaleFactory(customer=friend)
    DuplicatePair.objects.create(
        first=anna, second=friend, score=0.7, decision="review", found_at=NOON
    )
    assert (decide(), points(anna)) == (1, 0)
    assert Referral.objects.get().refusal == "same_person"
    assert decide() == 0

    DuplicatePair.objects.update(state="different", decided_at=NOON)
    assert (decide(), points(anna)) == (1, 500)


def test_one_name_at_one_phone_is_taken_for_one_person(anna):
    again = CustomerFactory(name="Anna", referrer=anna)
    for customer in (anna, again):
        ContactPointFactory(customer=customer, kind="phone", value="+8613800134321")
    SaleFactory(customer=again)

    decide()

    assert (Referral.objects.get().refusal, points(anna)) == ("same_person", 0)


def test_a_circle_in_old_data_brings_nothing(anna, friend):
    Customer.objects.filter(pk=anna.pk).update(referrer=friend)
    SaleFactory(customer=friend)

    decide()

    assert {one.refusal for one in Referral.objects.all()} == {"circle"}
    assert points(anna) == points(friend) == 0


def test_merged_into_the_referrer_what_was_given_is_taken_back(anna, friend, owner):
    SaleFactory(customer=friend)
    decide()
    merge_customers(survivor_id=anna.pk, merged_id=friend.pk, by=owner, at=NOON)

    decide()

    assert (Referral.objects.get().state, Referral.objects.get().refusal) == (
        "taken_back", "merged",
    )  # fmt: skip
    assert points(anna) == 0
    assert violations() == []


def test_two_records_of_one_friend_reward_once(anna, friend, owner):
    twin = CustomerFactory(name="Benjamin", referrer=anna)
    for customer in (friend, twin):
        SaleFactory(customer=customer)
    decide()
    assert points(anna) == 1_000
    merge_customers(survivor_id=friend.pk, merged_id=twin.pk, by=owner, at=NOON)

    decide()

    assert points(anna) == 500
    assert sorted(Referral.objects.values_list("state", flat=True)) == ["rewarded", "taken_back"]
    assert violations() == []


def test_a_refunded_first_visit_takes_the_points_back(anna, friend):
    sale = SaleFactory(customer=friend)
    decide()
    SaleFactory(customer=friend, kind="refund", refund_of=sale, net_minor=-10_000)
    assert Sale.objects.count() == 2

    decide()

    assert (Referral.objects.get().refusal, points(anna), points(friend)) == ("refunded", 0, 0)


def test_a_code_names_its_owner_also_after_a_merge(anna, owner):
    code = code_of(anna)
    assert code_of(anna) == code
    assert owner_of(f" {shown(code.code).lower()} ") == anna
    other = CustomerFactory()
    old = code_of(other).code
    merge_customers(survivor_id=anna.pk, merged_id=other.pk, by=owner, at=NOON)

    assert owner_of(old) == anna
    assert ReferralCode.objects.filter(customer=anna, is_primary=True).count() == 1


def test_a_code_notes_who_brought_a_newcomer(anna, staff):
    newcomer = CustomerFactory()

    attach(friend=newcomer, code=code_of(anna).code, by=staff, at=NOON)

    newcomer.refresh_from_db()
    assert newcomer.referrer == anna


@pytest.mark.parametrize("why", ["own_code", "has_paid", "has_referrer", "circle"])
def test_a_code_that_cannot_be_is_refused(anna, staff, why):
    friend = CustomerFactory()
    code = code_of(anna).code
    if why == "own_code":
        friend = anna
    elif why == "has_paid":
        SaleFactory(customer=friend)
    elif why == "has_referrer":
        friend = CustomerFactory(referrer=friend)
    else:
        Customer.objects.filter(pk=anna.pk).update(referrer=friend)

    with pytest.raises(ReferralRefused) as refusal:
        attach(friend=friend, code=code, by=staff, at=NOON)

    assert refusal.value.code == why


def test_a_slip_in_a_code_is_told(anna):
    with pytest.raises(CodeMistyped):
        owner_of(code_of(anna).code[:-1])
    with pytest.raises(CodeUnknown):
        owner_of("SUMMER618")


def test_promoters_and_tree_count_nobodys_revenue_twice(anna, friend):
    child = CustomerFactory(name="Cleo", referrer=friend)
    SaleFactory(customer=friend, net_minor=10_000)
    SaleFactory(customer=child, net_minor=7_000)
    happy = CustomerFactory(name="Dora")
    CustomerEventFactory(customer=happy, kind="feedback.given", payload={"csat": 5})
    decide()

    found = list(promoters())

    assert [(one.name, one.n_friends, one.n_rewarded, one.is_happy) for one in found] == [
        ("Anna", 1, 1, False), ("Ben", 1, 1, False), ("Dora", 0, 0, True),
    ]  # fmt: skip
    direct = sum(brought_by(one).friends_minor for one in found)
    assert direct == 17_000  # each friend's revenue once
    assert [(one.name, one.depth, one.state) for one in tree_of(anna.pk)] == [
        ("Ben", 1, "rewarded"), ("Cleo", 2, "rewarded"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"), [("points_referrer", -1), ("points_friend", 10**7), ("min_paid_minor", -1)]
)
def test_odd_terms_are_refused(clinic, field, value):
    with pytest.raises(FieldRefused) as refusal:
        save_terms(said=SAID | {field: value}, by=None, today=JAN_1)

    assert refusal.value.field == field


def referral_rule() -> Asked:
    return Asked(kind="fixed", effective_on=MAY_1, activity="referral", points=50)


def test_friends_are_not_rewarded_twice_by_a_rule_beside_the_terms(anna):
    programme = Programme.objects.get()

    with pytest.raises(RuleRefused) as refusal:
        add_rule(programme=programme, asked=referral_rule(), today=MAY_1, by=None)
    assert refusal.value.field == "activity"

    save_terms(said=SAID | {"is_active": False}, by=None, today=MAY_1)
    rule = add_rule(programme=programme, asked=referral_rule(), today=MAY_1, by=None)
    with pytest.raises(FieldRefused) as refusal:
        save_terms(said=SAID, by=None, today=MAY_1)
    assert refusal.value.field == "is_active"

    stop_rule(rule=rule, on=MAY_1, today=MAY_1, by=None)
    assert save_terms(said=SAID, by=None, today=MAY_1).is_active
