"""Nobody brings themselves, whichever door it comes in by."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer
from customers.services.intake import CustomerRecord, upsert_customers

AT = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


def bring(*pairs, door="api"):
    records = [CustomerRecord(key, name=key, referrer_external_id=by) for key, by in pairs]
    return upsert_customers(source="booking", records=records, at=AT, door=door)


def referrers() -> dict[str, str | None]:
    return dict(Customer.objects.values_list("name", "referrer__name"))


@pytest.fixture
def chain(clinic):
    """A brought B, B brought C."""
    bring(("A", None), ("B", "A"), ("C", "B"))
    assert referrers() == {"A": None, "B": "A", "C": "B"}


def test_the_api_refuses_a_circle_over_friends(chain):
    [outcome] = bring(("A", "C"))

    assert (outcome.state, outcome.code) == ("refused", "referrer_circle")
    assert outcome.field == "referrer_external_id"
    assert referrers()["A"] is None


def test_a_circle_within_one_batch_is_seen(clinic):
    bring(("A", None), ("B", None))

    outcomes = bring(("A", "B"), ("B", "A"))

    assert [outcome.code for outcome in outcomes] == ["referrer_circle"] * 2
    assert referrers() == {"A": None, "B": None}


def test_a_file_leaves_the_referrer_out_and_says_so(chain):
    [outcome] = bring(("A", "C"), door="file")

    assert outcome.code == "referrer_circle"
    assert outcome.state != "refused"
    assert referrers()["A"] is None


def test_turning_a_chain_around_in_one_batch_is_no_circle(chain):
    outcomes = bring(("C", ""), ("B", "C"), ("A", "B"))

    assert [outcome.state for outcome in outcomes] == ["updated"] * 3
    assert referrers() == {"A": "B", "B": "C", "C": None}


def test_an_old_circle_does_not_hang_the_search(chain):
    a, c = Customer.objects.get(name="A"), Customer.objects.get(name="C")
    Customer.objects.filter(pk=a.pk).update(referrer=c)

    [outcome] = bring(("D", "A"))

    assert outcome.state == "created"
