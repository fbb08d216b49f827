from hashlib import md5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.arms import assign, positions

ids = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50)


def test_position_is_the_documented_rule():
    # first eight hexadecimal digits of md5('spring:41'); md5 of 'abc' is the RFC 1321 test vector
    assert md5(b"abc").hexdigest() == "900150983cd24fb0d6963f7d28e17f72"
    assert positions("spring", np.array([41]))[0] == int(md5(b"spring:41").hexdigest()[:8], 16)


def test_assignment_never_changes():
    held = assign("recall-7", np.arange(1, 21), 0.3)

    # worked out with md5sum in a shell: the first eight digits below 0.3 × 2^32 = 1288490188.8
    assert (np.flatnonzero(held) + 1).tolist() == [6, 7, 9, 12, 16, 17, 18, 19, 20]


@given(ids, st.text(max_size=10), st.randoms())
def test_assignment_does_not_depend_on_the_company_or_order(customer_ids, key, chance):
    alone = {i: bool(assign(key, np.array([i]), 0.4)[0]) for i in customer_ids}
    chance.shuffle(customer_ids)

    together = assign(key, np.array(customer_ids, np.int64), 0.4)

    assert together.tolist() == [alone[i] for i in customer_ids]


@given(ids, st.floats(0, 1), st.floats(0, 1))
def test_raising_the_rate_only_adds(customer_ids, one, other):
    low, high = sorted((one, other))
    customer_ids = np.array(customer_ids, np.int64)

    assert not (assign("k", customer_ids, low) & ~assign("k", customer_ids, high)).any()


def test_bounds_hold_nobody_and_everybody_out():
    everyone = np.arange(1000)

    assert not assign("k", everyone, 0).any()
    assert assign("k", everyone, 1).all()


def test_positions_are_uniform():
    n, bins = 100_000, 100
    counts = np.bincount(positions("recall-7", np.arange(n)) * bins // 2**32, minlength=bins)

    chi_square = ((counts - n / bins) ** 2 / (n / bins)).sum()

    assert 60 < chi_square < 149  # 99.9 % of chi-square with 99 degrees of freedom is below 148.2


def test_two_campaigns_split_independently():
    everyone = np.arange(100_000)
    both = assign("one", everyone, 0.2) & assign("two", everyone, 0.2)

    assert both.mean() == pytest.approx(0.04, abs=0.003)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_impossible_rate_is_refused(rate):
    with pytest.raises(ValueError, match="holdout_rate"):
        assign("k", np.array([1]), rate)


def test_ids_that_are_no_whole_numbers_are_refused():
    with pytest.raises(ValueError, match="customer_ids"):
        assign("k", np.array([1.5]), 0.5)
