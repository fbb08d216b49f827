"""The proof of the read-outs, in small; and that it would find intervals that are too narrow."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.measure import money
from clinic_crm.campaign_proof import figures
from clinic_crm.campaign_proof.futures import pools


def test_a_lift_is_known_because_the_pool_is():
    known = pools(3)

    assert {pool.audience for pool in known} == {
        "everybody", "away for 90 to 365 days", "away for a year and more",
    }  # fmt: skip
    for pool in known:
        assert pool.size == len(pool.untreated.returned)
        assert pool.treated.returned.mean() > pool.untreated.returned.mean()
        assert (pool.treated.net_minor[pool.treated.returned == 0] == 0).all()


def test_two_hundred_campaigns_hold_the_truth():
    ((_title, held), *_rest) = list(figures.figures_of(11, 200))

    for figure in held[:3]:
        assert 0.91 <= figure.value <= 0.99, figure


def test_intervals_that_are_too_narrow_are_found(monkeypatch):
    monkeypatch.setattr(money, "is_too_skewed", lambda *sides: False)  # as if Welch always held
    narrow = figures.difference_of_means
    monkeypatch.setattr(figures, "difference_of_means", lambda a, b: narrow(a, b, confidence=0.80))

    with pytest.raises(CommandError, match="missed their limit"):
        call_command("prove", "campaigns", campaigns=200, stdout=StringIO())
