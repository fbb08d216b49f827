"""Buy-till-you-die models against what was published, and against customers whose truth is known.

published/cdnow_sample.csv: repeat purchases of 2,357 customers of CDNOW in 39 weeks, first used by
Fader, Hardie & Lee 2005; weeks and dollars.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from segmentation.scoring.lifetime import fitting, gamma_gamma
from segmentation.scoring.lifetime.family import BG_NBD, Parameters, Shape
from segmentation.scoring.lifetime.fitting import Prior, best_fit, fit
from segmentation.scoring.lifetime.gamma_gamma import expected_spend, fit_spend
from segmentation.scoring.lifetime.likelihood import Likelihood
from segmentation.scoring.lifetime.outlook import expected_purchases, p_active, p_alive
from segmentation.scoring.lifetime.repeats import Repeats

OFF = np.array([3.0, -3.0, 4.0, -4.0])  # far from any top
CDNOW = Path(__file__).parent / "published" / "cdnow_sample.csv"


@pytest.fixture(scope="module")
def cdnow():
    return np.genfromtxt(CDNOW, delimiter=",", names=True)


@pytest.fixture(scope="module")
def cdnow_repeats(cdnow):
    nothing = np.zeros(len(cdnow))
    return Repeats(cdnow["repeats"], cdnow["last_week"], cdnow["age_weeks"], nothing)


def bought(
    shape: Shape, parameters: Parameters, *, n_customers: int, horizon: float, seed: int
) -> tuple[Repeats, np.ndarray, np.ndarray]:
    """Customers who behave as the model says: (what was seen, purchases to come, still there)."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(parameters.r, 1 / parameters.alpha, n_customers)
    fickle = rng.beta(parameters.a, parameters.b, n_customers)
    age = rng.uniform(50, 730, n_customers)
    n_repeats, last, log_gaps, later, clock = np.zeros((5, n_customers))
    still_there = np.zeros(n_customers, bool)
    going = np.ones(n_customers, bool)
    if shape.lost_at_first:
        going = rng.random(n_customers) >= fickle
    while going.any():
        rows = np.flatnonzero(going)
        gap = rng.gamma(shape.regularity, 1 / rate[rows])
        clock[rows] += gap
        seen = clock[rows] <= age[rows]
        n_repeats[rows[seen]] += 1
        last[rows[seen]] = clock[rows[seen]]
        log_gaps[rows[seen]] += np.log(gap[seen])
        still_there[rows[~seen]] = True
        in_horizon = ~seen & (clock[rows] <= age[rows] + horizon)
        later[rows[in_horizon]] += 1
        lost = rng.random(len(rows)) < fickle[rows]
        going[rows[lost | (clock[rows] > age[rows] + horizon)]] = False
    return Repeats(n_repeats, last, age, log_gaps), later, still_there


def looks_right(likelihood, at: np.ndarray) -> None:
    """Slope and bend against differences of the value and of the slope."""
    step = 1e-5
    ahead, behind = ([likelihood(at + way * step * move) for move in np.eye(len(at))]
                     for way in (1, -1))  # fmt: skip
    look = likelihood(at)
    pairs = list(zip(ahead, behind, strict=True))
    slope = [(one.value - other.value) / (2 * step) for one, other in pairs]
    bend = [(one.slope - other.slope) / (2 * step) for one, other in pairs]
    assert_allclose(look.slope, slope, rtol=1e-5)
    assert_allclose(look.bend, bend, rtol=1e-5, atol=1e-6 * np.abs(look.bend).max())


class TestPublished:
    def test_bg_nbd_has_the_parameters_of_fader_hardie_and_lee(self, cdnow_repeats):
        found = fit(cdnow_repeats, BG_NBD)
        assert_allclose(found.parameters.as_array(), [0.243, 4.414, 0.793, 2.426], atol=0.0006)
        assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
        assert found.is_held

    def test_the_worked_example(self, cdnow_repeats):
        """Two repeats, the last in week 30.43 of 38.86, over the next 39 weeks."""
        published = replace(
            fit(cdnow_repeats, BG_NBD), parameters=Parameters(0.243, 4.414, 0.793, 2.426)
        )
        somebody = Repeats([2], [30.43], [38.86], [0])
        assert_allclose(expected_purchases(somebody, published, 39), [1.226], atol=0.0005)

    def test_gamma_gamma_has_the_published_parameters(self, cdnow):
        again = cdnow[cdnow["repeats"] > 0]
        found = fit_spend(again["repeats"], again["mean_spend"])
        assert found.n_customers == 946
        assert_allclose([found.p, found.q, found.v], [6.25, 3.74, 15.44], rtol=0.002)


class TestLikelihood:
    @pytest.mark.parametrize(
        "shape", [BG_NBD, Shape(1), Shape(2, lost_at_first=False), Shape(4)], ids=str
    )
    def test_slope_and_bend_are_those_of_the_value(self, cdnow_repeats, shape):
        looks_right(Likelihood(cdnow_repeats, shape), np.array([-0.3, 1.2, 0.1, 0.4]))

    def test_slope_and_bend_of_spend_are_those_of_the_value(self, cdnow):
        again = cdnow[cdnow["repeats"] > 0]
        likelihood = gamma_gamma.Likelihood(again["repeats"], again["mean_spend"] / 35)
        looks_right(likelihood, np.array([1.2, 0.6, -0.4]))

    def test_weeks_or_days_make_no_difference(self, cdnow_repeats):
        weeks, days = fit(cdnow_repeats, Shape(2)), fit(cdnow_repeats.scaled(1 / 7), Shape(2))
        scale = np.array([1, 7, 1, 1])
        assert_allclose(days.parameters.as_array(), weeks.parameters.as_array() * scale, rtol=1e-4)
        assert_allclose(
            p_active(cdnow_repeats.scaled(1 / 7), days, 70),
            p_active(cdnow_repeats, weeks, 10),
            rtol=1e-4,
            atol=1e-9,
        )

    def test_every_outcome_together_is_certain(self):
        """Nobody can do anything but buy again or not: P(active) reaches P(alive) in the end."""
        one, shape = Repeats([3], [80], [100], [9]), Shape(2)
        seen, _later, _there = bought(
            shape, Parameters(1, 20, 0.5, 3), n_customers=500, horizon=1, seed=1
        )
        found = fit(seen, shape)
        assert p_active(one, found, 1e9) == pytest.approx(p_alive(one, found), rel=1e-3)


@pytest.mark.parametrize(
    ("shape", "truth"),
    [
        (BG_NBD, Parameters(0.8, 30, 0.7, 2)),
        (Shape(1), Parameters(0.8, 30, 0.7, 2)),
        (Shape(3), Parameters(1.2, 20, 0.6, 2.5)),
    ],
    ids=lambda value: str(value) if isinstance(value, Shape) else "",
)
class TestKnownTruth:
    def test_parameters_are_found_within_their_errors(self, shape, truth):
        seen, _later, _there = bought(shape, truth, n_customers=6_000, horizon=180, seed=3)
        found = fit(seen, shape)
        off = np.log(found.parameters.as_array()) - np.log(truth.as_array())
        assert (np.abs(off / found.standard_errors) < 3).all()

    def test_what_is_foretold_comes_true_group_by_group(self, shape, truth):
        seen, later, there = bought(shape, truth, n_customers=30_000, horizon=180, seed=4)
        found = fit(seen, shape)
        expected = expected_purchases(seen, found, 180)
        for group in np.array_split(np.argsort(expected), 4):
            assert later[group].mean() == pytest.approx(expected[group].mean(), rel=0.1, abs=0.02)
            active = p_active(seen, found, 180)[group].mean()
            assert (later[group] > 0).mean() == pytest.approx(active, rel=0.08, abs=0.01)
            alive = p_alive(seen, found)[group].mean()
            assert there[group].mean() == pytest.approx(alive, rel=0.08, abs=0.015)

    def test_the_true_member_of_the_family_is_preferred(self, shape, truth):
        seen, _later, _there = bought(shape, truth, n_customers=4_000, horizon=180, seed=5)
        best, tried = best_fit(seen, [BG_NBD, *map(Shape, (1, 2, 3, 4))])
        assert best.shape == shape
        assert len(tried) >= 3


class TestEdges:
    def test_one_time_customers_of_bg_nbd_are_all_alive(self, cdnow_repeats):
        found = fit(cdnow_repeats, BG_NBD)
        once = cdnow_repeats.n_repeats == 0
        assert (p_alive(cdnow_repeats, found)[once] == 1).all()
        assert (p_alive(cdnow_repeats, fit(cdnow_repeats, Shape(1)))[once] < 1).all()

    def test_a_clinic_where_nobody_came_again_is_refused(self):
        with pytest.raises(ValueError, match="Nobody came again"):
            fit(Repeats([0, 0], [0, 0], [10, 20], [0, 0]), BG_NBD)

    @pytest.mark.parametrize(
        "row", [(-1, 0, 5, 0), (1, 9, 5, 0), (0, 3, 5, 0), (2, 0, 5, 0), (1, np.nan, 5, 0)]
    )
    def test_impossible_customers_are_refused_by_row(self, row):
        with pytest.raises(ValueError, match="Row 1"):
            Repeats(*([0, value] for value in row))

    def test_clockwork_customers_do_not_hold_the_parameters(self):
        """Everybody every 30 days, nobody ever lost: a runs to zero, and the fit says so."""
        n = np.full(300, 10)
        seen = Repeats(n, n * 30, n * 30 + 5, n * np.log(30))
        found = fit(seen, BG_NBD)
        assert not found.is_held
        held = fit(seen, BG_NBD, prior=Prior())
        assert held.is_held
        assert np.isfinite(expected_purchases(seen, held, 90)).all()

    def test_extreme_customers_get_finite_answers(self, cdnow_repeats):
        for shape in (BG_NBD, Shape(5)):
            found = fit(cdnow_repeats, shape)
            extreme = Repeats([0, 5_000, 1], [0, 39, 1e-6], [0, 39, 1e5], [0, -9e3, -14])
            for answer in (
                p_alive(extreme, found),
                p_active(extreme, found, 20),
                expected_purchases(extreme, found, 20),
            ):
                assert np.isfinite(answer).all()
                assert (answer >= 0).all()

    def test_spend_of_a_stranger_is_the_mean_and_of_a_regular_the_own(self, cdnow):
        again = cdnow[cdnow["repeats"] > 0]
        found = fit_spend(again["repeats"], again["mean_spend"])
        answer = expected_spend(np.array([0, 1_000]), np.array([np.nan, 80.0]), found)
        assert_allclose(answer, [found.mean, 80], rtol=0.01)

    def test_spend_needs_amounts_above_zero(self):
        with pytest.raises(ValueError, match="above zero"):
            fit_spend(np.array([1, 2]), np.array([5.0, 0.0]))


class TestManyCustomers:
    """Of many the top is found from a sample's, and customers are reckoned block by block."""

    N = 24_000

    @pytest.fixture(scope="class")
    def many(self) -> Repeats:
        truth = Parameters(1.2, 150.0, 0.6, 2.2)
        return bought(Shape(), truth, n_customers=self.N, horizon=1, seed=4)[0]

    def test_the_top_from_a_sample_is_the_top_of_all(self, many, monkeypatch):
        whole = fit(many, Shape())
        monkeypatch.setattr(fitting, "SAMPLE", 2_000)

        stepwise = fit(many, Shape())

        assert_allclose(stepwise.parameters.as_array(), whole.parameters.as_array(), rtol=1e-5)
        assert_allclose(stepwise.standard_errors, whole.standard_errors, rtol=0.2)

    def test_a_misleading_sample_does_not_mislead(self, many, monkeypatch):
        whole = fit(many, Shape())
        monkeypatch.setattr(fitting, "SAMPLE", 2_000)
        monkeypatch.setattr(fitting, "start_from_few", lambda _likely, at: at + OFF)

        stepwise = fit(many, Shape())

        assert_allclose(stepwise.parameters.as_array(), whole.parameters.as_array(), rtol=1e-4)

    @pytest.mark.parametrize("start", [(2, 2, 2, 2), (-3, 1, -3, 3), (0, -2, 3, -3)], ids=str)
    def test_every_way_up_ends_on_the_same_top(self, many, start):
        some = many.taken(slice(0, 3_000))
        usual = fit(some, BG_NBD)

        unit = np.array([0, np.log(some.age.mean()), 0, 0])
        other = fit(some, BG_NBD, start=np.array(start) + unit)

        assert_allclose(other.parameters.as_array(), usual.parameters.as_array(), rtol=1e-6)
        assert other.log_likelihood == pytest.approx(usual.log_likelihood, abs=1e-6)

    def test_few_looks_are_enough(self, many, monkeypatch):
        looks = []
        monkeypatch.setattr(
            fitting.Likelihood, "_counted",
            lambda self, p, usual=fitting.Likelihood._counted: looks.append(p) or usual(self, p),
        )  # fmt: skip

        fit(many.taken(slice(0, 5_000)), BG_NBD)

        assert len(looks) <= 8

    def test_the_same_customers_give_the_same_bytes(self, many):
        n_amounts, mean = many.n_repeats + 1, many.age + 1
        runs = [
            (fit(many, BG_NBD).parameters, fit_spend(n_amounts, mean),
             expected_purchases(many, fit(many, BG_NBD), 180).tobytes())
            for _time in range(2)
        ]  # fmt: skip
        assert runs[0] == runs[1]

    def test_spend_from_a_sample_is_that_of_all(self, monkeypatch):
        chance = np.random.default_rng(2)
        n_amounts = chance.integers(1, 20, self.N)
        mean = chance.gamma(6.0 * n_amounts) / chance.gamma(3.5, 1 / 1_500, self.N) / n_amounts
        whole = fit_spend(n_amounts, mean)
        monkeypatch.setattr(gamma_gamma, "SAMPLE", 2_000)

        stepwise = fit_spend(n_amounts, mean)

        found = [(one.p, one.q, one.v, one.log_likelihood) for one in (stepwise, whole)]
        assert_allclose(*found, rtol=1e-4)

    def test_blocks_say_what_all_at_once_say(self, many):
        found = fit(many, Shape())
        some = slice(self.N // 2, self.N // 2 + 100)

        for asked in (expected_purchases, p_active):
            together = asked(many, found, 180)
            assert_allclose(together[some], asked(many.taken(some), found, 180), rtol=1e-12)
        assert_allclose(p_alive(many, found)[some], p_alive(many.taken(some), found), rtol=1e-12)
