"""Campaigns meet the true response: what `respond` yields is what the truth says."""

from datetime import date, timedelta

import numpy as np
import pytest

from clinic_crm.simulator import respond, return_probability

ON = date(2025, 10, 10)
OFFERS = [None, "reminder", "discount_10", "discount_20", "gift"]


def one_row_a_person(world) -> np.ndarray:
    return np.unique(world.truth.person, return_index=True)[1]


def error_of_sum(chances: np.ndarray) -> float:
    """Standard error of the number of returns, each with its own chance."""
    return float(np.sqrt((chances * (1 - chances)).sum()))


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("seed", [None, 11])
def test_number_of_returns_is_the_true_one(large, offer, seed):
    rows = one_row_a_person(large)
    chances = return_probability(large, customer_rows=rows, offer=offer, on=ON)
    returned = respond(large, customer_rows=rows, offer=offer, on=ON, seed=seed)

    assert abs(len(returned.customer) - chances.sum()) < 3.5 * error_of_sum(chances)


def test_chances_are_calibrated_in_every_decile(large):
    rows = one_row_a_person(large)
    chances = return_probability(large, customer_rows=rows, offer=None, on=ON)
    returned = np.isin(rows, respond(large, customer_rows=rows, offer=None, on=ON).customer)
    for low in np.arange(0, 1, 0.1):
        inside = (chances > low) & (chances <= low + 0.1)
        error = error_of_sum(chances[inside])
        assert abs(returned[inside].sum() - chances[inside].sum()) < 4 * error


def test_lift_between_treated_and_holdout_is_the_true_one(large):
    rows = one_row_a_person(large)
    treated, holdout = rows[::2], rows[1::2]
    p_treated = return_probability(large, customer_rows=treated, offer="discount_10", on=ON)
    p_holdout = return_probability(large, customer_rows=holdout, offer=None, on=ON)
    n_treated = len(
        respond(large, customer_rows=treated, offer="discount_10", on=ON, seed=4).customer
    )
    n_holdout = len(respond(large, customer_rows=holdout, offer=None, on=ON, seed=4).customer)

    true_lift = p_treated.mean() - p_holdout.mean()
    error = np.hypot(error_of_sum(p_treated) / len(treated), error_of_sum(p_holdout) / len(holdout))
    assert true_lift > 0.02
    assert abs(n_treated / len(treated) - n_holdout / len(holdout) - true_lift) < 3.5 * error


def test_holdout_without_a_seed_repeats_the_history(world):
    rows = np.arange(len(world.customers))
    returned = respond(world, customer_rows=rows, offer=None, on=ON, days=30)
    person = world.truth.person
    day = world.sales.occurred_at.astype("datetime64[D]")
    in_window = (day > np.datetime64(ON)) & (day <= np.datetime64(ON) + 30)
    known = world.customers.created_on[one_row_a_person(world)] <= np.datetime64(ON)
    first_day = {}
    for who, when in zip(person[world.sales.customer[in_window]], day[in_window], strict=True):
        if known[who]:
            first_day[who] = min(when, first_day.get(who, when))

    assert dict(zip(person[returned.customer], returned.returned_on, strict=True)) == first_day
    assert (returned.superseded_sales == np.flatnonzero(in_window)).all()


def test_truth_as_of_the_last_day_is_what_return_probability_says(world):
    rows = np.arange(len(world.customers))
    for offer in OFFERS:
        again = return_probability(world, customer_rows=rows, offer=offer, on=world.until)
        assert np.array_equal(again, world.truth.p_return_30d[offer or ""])


def test_who_has_left_returns_only_for_an_offer_that_meets_the_cause(large):
    truth = large.truth.customers
    rows = np.flatnonzero(~np.isnat(truth.left_on) & (truth.left_on <= np.datetime64(ON)))
    untreated = return_probability(large, customer_rows=rows, offer=None, on=ON)
    cheaper = return_probability(large, customer_rows=rows, offer="discount_10", on=ON)
    cause = truth.leave_cause[rows]

    assert not untreated.any()
    assert len(respond(large, customer_rows=rows, offer=None, on=ON, seed=1).customer) == 0
    assert cheaper[cause == "price"].mean() > 3 * cheaper[cause == "bad_visit"].mean() > 0
    assert not cheaper[cause == "moved_away"].any()


def test_offers_shift_the_log_odds_by_what_people_like(large):
    """Gift and discount differ only in what they appeal to: 1.8 × price − 1.4 × gifts."""
    rows = one_row_a_person(large)
    truth = large.truth.customers.take(rows)
    cheaper = return_probability(large, customer_rows=rows, offer="discount_10", on=ON)
    gift = return_probability(large, customer_rows=rows, offer="gift", on=ON)
    alone = return_probability(large, customer_rows=rows, offer=None, on=ON)
    could = (alone > 0.01) & (alone < 0.99)
    log_odds = np.log(cheaper / (1 - cheaper), where=could, out=np.zeros(len(rows)))
    log_odds -= np.log(gift / (1 - gift), where=could, out=np.zeros(len(rows)))

    expected = 1.8 * truth.price_sensitivity - 1.4 * truth.gift_liking
    assert could.sum() > 1_000
    assert np.allclose(log_odds[could], expected[could], atol=1e-6)


def test_some_people_are_better_left_alone(large):
    rows = one_row_a_person(large)
    alone = return_probability(large, customer_rows=rows, offer=None, on=ON)
    reminded = return_probability(large, customer_rows=rows, offer="reminder", on=ON)
    averse = large.truth.customers.is_contact_averse[rows]
    could = (alone > 0.01) & (alone < 0.99)

    assert (reminded < alone)[could & averse].mean() > 0.5
    assert not (reminded < alone)[could & ~averse].any()


def test_a_longer_window_contains_the_shorter_one(world):
    rows = np.arange(len(world.customers))
    short = respond(world, customer_rows=rows, offer="gift", on=ON, days=14, seed=9)
    long = respond(world, customer_rows=rows, offer="gift", on=ON, days=60, seed=9)
    n_short = len(short.customer)

    assert n_short < len(long.customer)
    assert set(long.customer[:n_short].tolist()) == set(short.customer.tolist())
    assert (short.returned_on > np.datetime64(ON)).all()
    assert (long.returned_on <= np.datetime64(ON) + 60).all()


def test_sales_of_the_response_carry_the_offer(world):
    rows = np.arange(len(world.customers))
    cheaper = respond(world, customer_rows=rows, offer="discount_10", on=world.until, seed=1)
    gift = respond(world, customer_rows=rows, offer="gift", on=world.until, seed=1)

    rate = cheaper.sales.discount_minor / cheaper.sales.gross_minor
    assert np.allclose(rate, 0.1, atol=0.02)
    by_sale = np.bincount(cheaper.sale_lines.sale, weights=cheaper.sale_lines.net_minor)
    assert (by_sale == cheaper.sales.net_minor).all()
    free = gift.sale_lines.net_minor == 0
    assert np.array_equal(gift.sale_lines.sale[free], np.arange(len(gift.sales)))
    assert len(np.unique(gift.sales.external_id)) == len(gift.sales)
    assert not np.isin(gift.sales.external_id, world.sales.external_id).any()


def test_a_person_present_twice_answers_once(world):
    person = world.truth.person
    rows = np.flatnonzero(np.bincount(person)[person] == 2)
    returned = respond(world, customer_rows=rows, offer="gift", on=ON, days=120, seed=2)

    assert len(returned.customer) > 3
    assert len(np.unique(person[returned.customer])) == len(returned.customer)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offer": "free lunch"}, "no offer 'free lunch'; this clinic has reminder"),
        ({"customer_rows": np.array([-1])}, "customer_rows must lie in"),
        ({"customer_rows": np.array([10**6])}, "customer_rows must lie in"),
        ({"on": date(2026, 1, 1)}, "on must be a day of the history"),
        ({"days": 0}, "days must lie in"),
        ({"days": 401}, "days must lie in"),
    ],
)
def test_questions_outside_the_world_are_refused(shanghai, change, message):
    question = {"customer_rows": np.array([0]), "offer": None, "on": ON, "days": 30, **change}
    with pytest.raises(ValueError, match=message):
        respond(shanghai, **question)


def test_nobody_asked_nobody_returns(shanghai):
    empty = np.array([], dtype=int)
    on = ON + timedelta(days=1)
    assert len(respond(shanghai, customer_rows=empty, offer="gift", on=on).customer) == 0
