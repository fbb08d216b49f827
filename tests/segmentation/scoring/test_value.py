"""Value to come, layers and due treatments, by hand and on made-up clinics."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from segmentation.scoring.due import TreatmentDays, next_due
from segmentation.scoring.layers import LAYERS, LayerRules, layers_of
from segmentation.scoring.outlook import ValueRules, foretell, lifetime_of, repeats_of
from segmentation.scoring.purchases import order_history
from segmentation.scoring.stages import ACTIVE, CHURNED, POTENTIAL

from .clinics import AS_OF, purchases, simulated

NAN = np.nan


def layer_names(worth, stage=None, churn=None, **rules):
    n = len(worth)
    found = layers_of(
        np.array(worth, float),
        np.array([ACTIVE] * n if stage is None else stage),
        np.array([0.1] * n if churn is None else churn),
        LayerRules(**rules),
    )
    return [LAYERS[code] for code in found]


class TestLayers:
    def test_a_fifth_is_high_and_the_next_fifth_may_become_so(self):
        assert layer_names([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) == (
            ["high"] * 2 + ["potential_high"] * 2 + ["regular"] * 6
        )

    def test_equal_worth_gets_equal_layers_in_any_order(self):
        assert layer_names([5, 5, 5, 5, 5]) == ["high"] * 5
        assert layer_names([1, 9, 1, 9, 1]) == ["regular", "high", "regular", "high", "regular"]

    def test_leaving_and_left_win_over_worth(self):
        found = layer_names([10, 9, 1], [CHURNED, ACTIVE, ACTIVE], [0.9, 0.5, 0.49])
        assert found == ["lost", "at_risk", "regular"]

    def test_who_never_bought_is_regular_and_does_not_count(self):
        assert layer_names([NAN, 3], [POTENTIAL, ACTIVE], [NAN, 0.1]) == ["regular", "high"]

    def test_nobody_is_high_who_cost_more_than_was_earned(self):
        assert layer_names([-1, -2]) == ["regular", "regular"]

    def test_shares_beyond_one_are_refused(self):
        with pytest.raises(ValueError, match="high_share"):
            LayerRules(high_share=1.5)


def treated(*rows, course: int = 1) -> TreatmentDays:
    """Rows of (customer, treatment, catalogue interval, days)."""
    lines = [(c, t, day, interval, course) for c, t, interval, days in rows for day in days]
    return TreatmentDays.of(*np.array(lines, np.int64).reshape(-1, 5).T)


def regulars(n: int, treatment: int, interval: int, gap: int, start: int = 1) -> list[tuple]:
    """Customers who come every `gap` days for something of that catalogue interval."""
    return [
        (c, treatment, interval, range(c % 7, 1_000 + c % 7, gap)) for c in range(start, start + n)
    ]


class TestTreatmentDays:
    def test_days_count_once_and_lines_all(self):
        rows = treated((1, 7, 40, [20, 10, 10]), (0, 7, 40, [5]), (1, 3, 80, [10]))
        assert rows.customer_row.tolist() == [0, 1, 1]
        assert rows.treatment.tolist() == [7, 3, 7]
        assert (rows.n_days.tolist(), rows.n_lines.tolist()) == ([1, 1, 2], [1, 1, 3])
        assert (rows.day.tolist(), rows.last_day.tolist()) == ([5, 10, 10, 20], [5, 10, 20])

    def test_only_keeps_the_days_of_the_customers_kept(self):
        rows = treated((0, 7, 40, [5, 6]), (1, 7, 40, [8, 9]), (2, 7, 40, [1]))
        kept = rows.only(np.array([False, True, True]))
        assert kept.customer_row.tolist() == [1, 2]
        assert kept.day.tolist() == [8, 9, 1]

    def test_mean_catalogue_interval_counts_lines(self):
        rows = treated((0, 1, 40, [10, 10, 10]), (0, 2, 80, [90]))
        assert_allclose(rows.catalogue_days(2), [50, NAN])


class TestNextDue:
    def test_one_visit_leans_on_the_catalogue(self):
        found = next_due(treated((0, 3, 105, [100])), n_customers=2, as_of=150)
        assert found.day.tolist() == [205, 0]
        assert found.treatment.tolist() == [3, -1]
        assert found.first_day[0] < 205 < found.last_day[0]

    def test_many_own_gaps_outweigh_the_catalogue(self):
        found = next_due(treated((0, 3, 105, range(0, 1_001, 50))), n_customers=1, as_of=1_010)
        assert 1_047 <= found.day[0] <= 1_056
        one = next_due(treated((0, 3, 105, [1_000])), n_customers=1, as_of=1_010)
        assert found.log_sd[0] < one.log_sd[0]

    def test_a_newcomer_is_expected_as_the_clinic_s_others_come(self):
        rows = treated((0, 3, 105, [900]), *regulars(60, 3, 105, gap=140))
        assert next_due(rows, n_customers=61, as_of=950).day[0] == pytest.approx(1_040, abs=3)

    def test_after_a_course_comes_the_rest_that_others_took(self):
        others = [
            (c, 3, 40, [0, 40, 80, 240, 280, 320, 480]) for c in range(2, 60)
        ]  # three sessions, then 160 days
        rows = treated((0, 3, 40, [500, 540]), (1, 3, 40, [500, 540, 580]), *others, course=3)
        due = next_due(rows, n_customers=60, as_of=600).day
        assert due[0] == pytest.approx(580, abs=3)
        assert due[1] == pytest.approx(740, abs=8)

    def test_one_long_pause_is_no_habit(self):
        rows = treated((0, 3, 100, [0, 100, 200, 300, 1_300]), *regulars(40, 3, 100, gap=100))
        assert next_due(rows, n_customers=41, as_of=1_310).day[0] == pytest.approx(1_400, abs=10)

    def test_four_times_in_five_the_next_gap_lies_within_the_bounds(self):
        chance = np.random.default_rng(8)
        n, interval = 800, 90
        own = np.exp(chance.normal(0, 0.2, n))[:, None]
        gaps = np.maximum(interval * own * np.exp(chance.normal(0, 0.25, (n, 9))), 1)
        days = np.rint(np.cumsum(gaps, axis=1)).astype(int)
        rows = treated(*((c, 3, interval, days[c, :8].tolist()) for c in range(n)))
        found = next_due(rows, n_customers=n, as_of=int(days[:, 7].min()))
        truth = days[:, 8]
        inside = (truth >= found.first_day) & (truth <= found.last_day)
        assert inside.mean() == pytest.approx(0.8, abs=0.04)
        fixed = np.abs(truth - days[:, 7] - interval).mean()
        assert np.abs(truth - found.day).mean() < 0.9 * fixed

    def test_the_earliest_is_next_unless_it_was_given_up(self):
        laser, filler = (0, 1, 42, [700]), (0, 2, 270, [600])
        assert next_due(treated(laser, filler), n_customers=1, as_of=720).treatment[0] == 1
        assert next_due(treated(laser, filler), n_customers=1, as_of=790).treatment[0] == 2

    def test_of_what_was_given_up_the_latest_speaks(self):
        rows = treated((0, 1, 42, [10]), (0, 2, 42, [90]))
        found = next_due(rows, n_customers=1, as_of=900)
        assert (found.treatment[0], found.day[0]) == (2, 132)

    def test_nobody_treated_is_due_for_nothing(self):
        found = next_due(TreatmentDays.none(), n_customers=2, as_of=9)
        assert found.treatment.tolist() == [-1, -1]


class TestOutlook:
    def test_repeats_are_counted_from_the_first_purchase_day(self):
        history = order_history(
            purchases([(0, 100, 5), (0, 70, 5), (0, 10, 5), (2, 20, 1)]), n_customers=3, as_of=AS_OF
        )
        rows, repeats = repeats_of(history)
        assert rows.tolist() == [0, 2]
        assert repeats.n_repeats.tolist() == [2, 0]
        assert repeats.last.tolist() == [90, 0]
        assert repeats.age.tolist() == [100, 20]
        assert_allclose(repeats.log_gap_sum, [np.log(30) + np.log(60), 0])

    def test_a_clinic_where_nobody_came_again_says_nothing(self):
        history = order_history(purchases([(0, 10, 5), (1, 40, 7)]), n_customers=3, as_of=AS_OF)
        found = foretell(history, lifetime_of(history), horizon_days=180, margin_rate=0.6)
        assert found.fit is None
        assert np.isnan(found.p_alive).all()
        assert np.isnan(found.clv_minor).all()
        assert not np.isnan(found.expected_spend_minor[:2]).any()

    def test_value_is_margin_and_later_money_is_less(self):
        history = order_history(simulated(400), n_customers=400, as_of=900)
        full = foretell(history, lifetime_of(history), horizon_days=180, margin_rate=1.0)
        half = foretell(history, lifetime_of(history), horizon_days=180, margin_rate=0.5)
        known = full.clv_minor > 1_000
        assert_allclose(half.clv_minor[known] / full.clv_minor[known], 0.5, atol=0.001)
        dear = foretell(
            history,
            lifetime_of(history),
            horizon_days=180,
            margin_rate=1.0,
            rules=ValueRules(discount_rate=0.21),
        )
        assert_allclose(
            dear.clv_minor[known] / full.clv_minor[known], (1.1 / 1.21) ** 0.5, rtol=1e-3
        )

    def test_the_active_are_among_the_alive(self):
        history = order_history(simulated(400), n_customers=400, as_of=900)
        lifetime = lifetime_of(history)
        found = foretell(history, lifetime, horizon_days=180, margin_rate=1.0)
        active = lifetime.p_active(180)
        assert (active <= found.p_alive[lifetime.rows] + 1e-6).all()
        assert (found.expected_purchases[lifetime.rows] >= active - 1e-5).all()

    def test_rules_that_mean_nothing_are_refused(self):
        with pytest.raises(ValueError, match="mean nothing"):
            ValueRules(clv_days=0)
