import pytest

from segmentation.scores_pages.lift import lift


def test_lift_and_its_interval_are_those_of_the_textbook():
    """Aspirin and myocardial infarction: A. Agresti (2007), An Introduction to Categorical Data
    Analysis, section 2.2.3: 189 of 11,034 against 104 of 11,037; ratio 1.82, 1.43 to 2.30."""
    found = lift(189, 11_034, 104, 11_037)

    assert (round(found.value, 2), round(found.low, 2), round(found.high, 2)) == (1.82, 1.43, 2.31)
    assert found.tells


def test_nobody_in_one_group_still_has_an_interval():
    found = lift(5, 50, 0, 50)

    assert found.low < 1 < found.value < found.high
    assert not found.tells


@pytest.mark.parametrize("counts", [(1, 0, 1, 5), (6, 5, 1, 5), (-1, 5, 1, 5)])
def test_counts_that_are_no_rate_are_refused(counts):
    with pytest.raises(ValueError, match="is no rate"):
        lift(*counts)
