from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.stacking import (
    Item,
    Left,
    Terms,
    apply_all,
    best_combination,
    discount_back,
    objection,
)

BASKET = (Item(60_000, "BTX", "injection"), Item(40_000, "HF", "filler"))


def amount(key: str, off: int, at_least: int = 0, **more) -> Terms:
    return Terms(key, hash(key) % 10_000, "amount", off, min_spend_minor=at_least, **more)


def percent(key: str, rate: str, **more) -> Terms:
    return Terms(key, hash(key) % 10_000, "percent", off_rate=Fraction(rate), **more)


def test_below_the_threshold_the_answer_says_what_is_missing():
    assert objection(amount("a", 10_000, 120_000), BASKET) == Left("a", "below_minimum", 20_000)
    assert objection(amount("a", 10_000, 100_000), BASKET) is None


def test_a_threshold_looks_only_at_the_items_it_is_for():
    terms = amount("a", 5_000, 50_000, category="filler")

    assert objection(terms, BASKET) == Left("a", "below_minimum", 10_000)
    assert objection(amount("a", 1, treatment="LASER"), BASKET) == Left("a", "out_of_scope")


def test_for_every_full_step_the_amount_comes_off_once():
    steps = amount("a", 5_000, 30_000, is_per_step=True)

    (applied,) = apply_all([steps], BASKET)

    assert applied.discount_minor == 15_000  # three full 300 in 1,000
    assert applied.by_item == (9_000, 6_000)


def test_amounts_come_off_before_shares_of_the_rest():
    combination = best_combination([percent("b", "1/10"), amount("a", 20_000)], BASKET)

    assert [(one.key, one.discount_minor) for one in combination.applied] == [
        ("a", 20_000), ("b", 8_000),
    ]  # fmt: skip


def test_a_share_ends_at_its_most():
    (applied,) = apply_all([percent("b", "1/2", most_off_minor=12_000)], BASKET)

    assert applied.discount_minor == 12_000


def test_one_that_stands_alone_wins_when_it_takes_more_and_says_why_the_others_stay():
    alone = amount("alone", 30_000, is_alone=True)
    combination = best_combination([alone, amount("a", 10_000), percent("b", "1/10")], BASKET)

    assert [one.key for one in combination.applied] == ["alone"]
    assert {one.key: one.why for one in combination.left} == {
        "a": "stands_alone", "b": "stands_alone",
    }  # fmt: skip


def test_of_one_offer_a_basket_takes_one():
    first, second = (Terms(key, 7, "amount", 5_000) for key in "ab")

    combination = best_combination([first, second], BASKET)

    assert combination.discount_minor == 5_000
    assert combination.left == (Left("b", "same_offer"),)


def test_a_discount_never_exceeds_its_items():
    (applied,) = apply_all([amount("a", 99_999, treatment="HF")], BASKET)

    assert applied.by_item == (0, 40_000)


items = st.lists(
    st.builds(
        Item,
        st.integers(0, 500_000),
        st.sampled_from(["BTX", "HF", "LASER"]),
        st.sampled_from(["injection", "filler"]),
    ),
    min_size=1,
    max_size=4,
)
terms = st.builds(
    Terms,
    key=st.uuids().map(str),
    offer=st.integers(1, 10_000),
    kind=st.sampled_from(["amount", "percent", "gift"]),
    amount_minor=st.integers(1, 100_000),
    off_rate=st.fractions(0, 1, max_denominator=20),
    most_off_minor=st.none() | st.integers(1, 80_000),
    min_spend_minor=st.integers(1, 300_000),
    is_per_step=st.booleans(),
    treatment=st.sampled_from(["", "", "BTX"]),
    category=st.sampled_from(["", "", "filler"]),
    is_alone=st.booleans(),
)


@settings(max_examples=300)
@given(st.lists(terms, max_size=5, unique_by=lambda one: one.offer), items)
def test_no_lawful_choice_takes_more_off(coupons, basket):
    found = best_combination(coupons, basket)
    lawful = [
        chosen
        for n in range(len(coupons) + 1)
        for chosen in combinations(coupons, n)
        if not any(objection(one, basket) for one in chosen)
        and (len(chosen) < 2 or not any(one.is_alone for one in chosen))
    ]
    best = max(sum(one.discount_minor for one in apply_all(chosen, basket)) for chosen in lawful)

    assert best - found.discount_minor <= len(coupons) * len(basket)  # whole cents of rounding
    assert {one.key for one in (*found.applied, *found.left)} == {one.key for one in coupons}


@given(st.lists(terms, max_size=5), items)
def test_discounts_of_items_add_up_and_leave_nothing_below_zero(coupons, basket):
    applied = apply_all(coupons, basket)

    for one in applied:
        assert sum(one.by_item) == one.discount_minor
    for n, item in enumerate(basket):
        assert 0 <= sum(one.by_item[n] for one in applied) <= item.gross_minor


def back(kept: int, *, keeps_threshold: bool, off: int = 10_000, least: int = 80_000) -> int:
    return discount_back(
        amount("a", off, least),
        discount_minor=off,
        gross_minor=100_000,
        kept_minor=kept,
        keeps_threshold=keeps_threshold,
    )


def test_a_returned_item_takes_its_share_of_the_discount_with_it():
    assert back(60_000, keeps_threshold=False) == 4_000
    assert back(0, keeps_threshold=False) == 10_000
    assert back(100_000, keeps_threshold=False) == 0


def test_by_the_threshold_rule_the_discount_is_lost_below_it():
    assert back(85_000, keeps_threshold=True) == 0
    assert back(60_000, keeps_threshold=True) == 10_000


@given(st.integers(1, 10**6), st.data())
def test_returning_in_steps_gives_back_what_returning_at_once_does(gross, data):
    off = data.draw(st.integers(0, gross))
    kept = data.draw(st.integers(0, gross))
    given_back = discount_back(
        amount("a", max(off, 1)), discount_minor=off, gross_minor=gross, kept_minor=kept,
        keeps_threshold=False,
    )  # fmt: skip

    assert 0 <= given_back <= off
    assert off - given_back <= kept or off > gross  # what is kept still costs nothing below zero
