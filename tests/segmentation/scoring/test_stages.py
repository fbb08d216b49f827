import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.scoring.purchases import order_history
from segmentation.scoring.stages import STAGES, StageRules, judge_stages, stages_of

from .clinics import AS_OF, purchases


def stage(n_days, recency, interval, n_recent=0, rules=None) -> str:
    (code,) = judge_stages(
        n_days=np.array([n_days]),
        recency_days=np.array([recency]),
        n_days_recent=np.array([n_recent]),
        expected_interval_days=np.array([interval], float),
        rules=rules or StageRules(),
    )
    return STAGES[code]


@pytest.mark.parametrize(
    ("n_days", "recency", "interval", "n_recent", "expected"),
    [
        (0, 0, float("nan"), 0, "potential"),
        (1, 0, 100, 1, "new"),
        (1, 90, 100, 1, "new"),
        (1, 90, 10, 1, "new"),  # nine intervals, yet a first visit of this quarter
        (1, 91, 100, 1, "active"),
        (1, 150, 100, 1, "active"),
        (1, 151, 100, 1, "dormant"),
        (1, 100, 30, 1, "dormant"),  # beyond three intervals, but not yet 180 days
        (1, 301, 100, 1, "churned"),
        (2, 5, 100, 2, "active"),
        (2, 150, 100, 2, "active"),
        (2, 300, 100, 2, "dormant"),
        (2, 301, 100, 2, "churned"),
        (9, 179, 30, 9, "dormant"),
        (9, 180, 30, 9, "churned"),
        (4, 150, 100, 4, "loyal"),
        (4, 150, 100, 3, "active"),
        (4, 151, 100, 4, "dormant"),
        (1, 400, 400, 0, "active"),
    ],
)
def test_stage_at_its_bounds(n_days, recency, interval, n_recent, expected):
    assert stage(n_days, recency, interval, n_recent) == expected


@given(
    st.integers(0, 50),
    st.integers(0, 5000),
    st.floats(0.5, 4000),
    st.integers(0, 50),
    st.builds(
        lambda new, low, more, days, n: StageRules(new, low, low + more, days, n),
        st.integers(0, 400),
        st.floats(0.1, 4),
        st.floats(0, 4),
        st.integers(0, 800),
        st.integers(0, 9),
    ),
)
def test_everyone_has_exactly_one_stage_and_it_is_true(n_days, recency, interval, n_recent, rules):
    n_recent = min(n_recent, n_days)
    within = recency / interval <= rules.active_intervals
    beyond = recency / interval > rules.churned_intervals
    is_new = n_days == 1 and recency <= rules.new_days
    often = n_recent >= rules.loyal_purchase_days
    gone = beyond and recency >= rules.churned_days
    says = {  # each stage by itself, without the order of the others
        "potential": n_days == 0,
        "new": is_new,
        "loyal": n_days > 0 and not is_new and within and often,
        "active": n_days > 0 and not is_new and within and not often,
        "churned": n_days > 0 and not is_new and gone,
        "dormant": n_days > 0 and not is_new and not within and not gone,
    }

    assert [name for name, holds in says.items() if holds] == [
        stage(n_days, recency, interval, n_recent, rules)
    ]


def test_loyal_counts_the_last_365_days():
    inside = [(0, day, 1) for day in (0, 100, 200, 364)]
    outside = [(1, day, 1) for day in (0, 100, 200, 365)]
    history = order_history(purchases(inside + outside), n_customers=2, as_of=AS_OF)

    codes = stages_of(history, np.array([100.0, 100.0]), StageRules())

    assert [STAGES[code] for code in codes] == ["loyal", "active"]


@pytest.mark.parametrize(
    "wrong", [{"new_days": -1}, {"active_intervals": 4.0}, {"churned_days": float("nan")}]
)
def test_impossible_rules_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must not be below"):
        StageRules(**wrong)
