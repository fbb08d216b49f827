"""Some customers scored again alone, among what the whole clinic taught: nothing may change."""

import json
from dataclasses import fields

import numpy as np
from hypothesis import given

from segmentation.scoring.churn import ChurnRules
from segmentation.scoring.churn_features import stayed_away
from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.logistic import area_under_curve, brier_score
from segmentation.scoring.population import Population, from_json, to_json
from segmentation.scoring.purchases import PurchaseDays, order_history
from segmentation.scoring.score import GoodsCost, ScoreRules, Scores, score
from segmentation.scoring.signals import COMPLAINT, DISCOUNT, MISSED, SURVEY, TREATMENT, Signals

from .clinics import AS_OF, purchases, simulated, small_clinics

N = 900
END = 1460  # the simulated clinic has been open for four years


def clinic() -> dict:
    """Purchases, treatments that wear off, costs and signals of N customers."""
    chance = np.random.default_rng(3)
    bought = simulated(N)
    known = bought.day <= END
    row, day = bought.customer_row[known], bought.day[known]
    treatment = chance.integers(1, 6, len(row))
    days = np.array([0, 42, 105, 180, 270, 365])[treatment]
    rows = {
        SURVEY: (row, day + 1, chance.integers(1, 6, len(row))),
        COMPLAINT: (row[::9], day[::9], np.ones(len(row[::9]))),
        MISSED: (row[::5], day[::5] - 3, np.ones(len(row[::5]))),
        DISCOUNT: (row[::3], day[::3], chance.random(len(row[::3]))),
        TREATMENT: (row, day, days),
    }
    return {
        "purchases": bought,
        "treatments": TreatmentDays.of(row, treatment, day, days, 1 + 2 * (treatment == 1)),
        "goods": GoodsCost(chance.integers(0, 500, N), 0.7),
        "signals": Signals.of(rows, n_customers=N),
    }


def part(whole: dict, wanted: np.ndarray) -> dict:
    """The same facts of some customers alone."""
    place = np.cumsum(wanted) - 1
    bought = whole["purchases"]
    kept = wanted[bought.customer_row]
    treatments = whole["treatments"].only(wanted)
    return {
        "purchases": PurchaseDays(
            place[bought.customer_row[kept]], bought.day[kept], bought.net_minor[kept]
        ),
        "treatments": TreatmentDays(
            **{
                field.name: getattr(treatments, field.name)
                for field in fields(TreatmentDays)
                if field.name != "customer_row"
            },
            customer_row=place[treatments.customer_row],
        ),
        "goods": GoodsCost(whole["goods"].last_year_minor[wanted], 1.0),
        "signals": whole["signals"].only(wanted),
    }


def kept(scores: Scores) -> Population | None:
    """As a run keeps it: through JSON."""
    return from_json(json.loads(json.dumps(to_json(scores.population), allow_nan=False)))


def assert_same(alone: Scores, among: Scores, wanted: np.ndarray) -> None:
    for field in fields(Scores):
        found, expected = getattr(alone, field.name), getattr(among, field.name)
        if not isinstance(found, np.ndarray):
            continue
        expected = expected[wanted]
        if found.dtype.kind == "f":
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=2e-6, err_msg=field.name)
        else:
            np.testing.assert_array_equal(found, expected, err_msg=field.name)


def test_some_customers_alone_get_the_scores_they_had_among_all():
    whole = clinic()
    among = score(n_customers=N, as_of=END, **whole)
    wanted = np.random.default_rng(5).random(N) < 0.02

    alone = score(
        n_customers=int(wanted.sum()), as_of=END, population=kept(among), **part(whole, wanted)
    )

    assert_same(alone, among, wanted)
    seen = wanted[among.churn.seen.rows]
    np.testing.assert_allclose(
        alone.churn.reasons.points, among.churn.reasons.points[seen], atol=2e-4
    )
    assert alone.churn_model == among.churn_model
    assert (alone.next_due_treatment >= 0).any()
    assert (alone.churn_probability > 0.3).any()


def test_without_what_the_clinic_taught_they_would_get_others():
    whole = clinic()
    among = score(n_customers=N, as_of=END, **whole)
    wanted = np.random.default_rng(5).random(N) < 0.02

    alone = score(n_customers=int(wanted.sum()), as_of=END, **part(whole, wanted))

    for name in ("r", "churn_probability", "next_due_day", "clv_minor", "expected_interval_days"):
        assert (getattr(alone, name) != getattr(among, name)[wanted]).any(), name


@given(small_clinics())
def test_the_smallest_clinics_keep_what_they_taught(clinic):
    n_customers, bought = clinic
    among = score(bought, n_customers=n_customers, as_of=AS_OF)

    again = score(bought, n_customers=n_customers, as_of=AS_OF, population=kept(among))

    assert_same(again, among, np.ones(n_customers, bool))


def test_a_day_later_everybody_else_has_waited_a_day_longer():
    """Who bought today leads, and nobody falls because the night's cuts are a day old."""
    rows = [(customer, 10 * customer, 100) for customer in range(10)]
    among = score(purchases(rows), n_customers=10, as_of=AS_OF)

    later = score(
        purchases([*rows, (9, -1, 500)]), n_customers=10, as_of=AS_OF + 1, population=kept(among)
    )

    assert later.r[:9].tolist() == among.r[:9].tolist()
    assert (among.r[9], later.r[9]) == (1, 5)
    assert (later.f[9], later.m[9]) == (5, 5)


def test_a_treatment_nobody_had_before_keeps_to_the_catalogue():
    among = score(purchases([(0, 10, 1), (0, 60, 1)]), n_customers=1, as_of=AS_OF)
    new = TreatmentDays.of(*(np.array([value]) for value in (0, 9, AS_OF, 90, 1)))

    found = score(
        purchases([(0, 0, 1)]),
        n_customers=1,
        as_of=AS_OF,
        treatments=new,
        population=kept(among),
    )

    assert (found.next_due_day[0] - found.last_purchase_day[0]).astype(int) == 90


def test_what_another_version_taught_is_not_believed():
    stored = to_json(score(simulated(50), n_customers=50, as_of=AS_OF).population)
    del stored["churn"]["weights"]["tenure"]

    assert from_json(stored) is None
    assert from_json({}) is None


def test_a_lesson_six_days_old_ranks_and_fits_as_well_as_one_of_today():
    bought, day, n = simulated(6_000), END - 180, 6_000
    facts = {"n_customers": n, "rules": ScoreRules(churn=ChurnRules(horizon_days=180))}
    lesson = score(bought, as_of=day - 6, **facts).population
    history = order_history(bought, n_customers=n, as_of=END)
    rows = np.flatnonzero(history.n_days_until(day) > 0)
    away = stayed_away(history, rows, day, 180)

    fresh = score(bought, as_of=day, **facts)
    taught = score(bought, as_of=day, taught=lesson, **facts)

    said = [found.churn_probability[rows] for found in (fresh, taught)]
    areas = [area_under_curve(one, away) for one in said]
    briers = [brier_score(one, away) for one in said]
    assert areas[0] > 0.75
    assert abs(areas[1] - areas[0]) < 0.002
    assert abs(briers[1] - briers[0]) < 0.002
    assert (fresh.r == taught.r).all()  # what is counted is of the day itself
    assert (fresh.stage == taught.stage).all()
    assert taught.population.fit == lesson.fit


def test_what_a_clinic_taught_today_says_the_same_today():
    whole = clinic()
    fresh = score(**whole, n_customers=N, as_of=END)

    again = score(**whole, n_customers=N, as_of=END, taught=kept(fresh))

    for field in fields(Scores):
        if isinstance(said := getattr(fresh, field.name), np.ndarray):
            np.testing.assert_array_equal(getattr(again, field.name), said, err_msg=field.name)
