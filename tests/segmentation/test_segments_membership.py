"""Who is in a segment, kept: entered and left, why, and nothing written that did not change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from segmentation.models import Segment, SegmentMembership, SegmentRefresh
from segmentation.services import touched
from segmentation.services.membership import refresh_all, refresh_segment
from segmentation.services.segments import change_segment, delete_segment
from tests.factories.customers import CustomerFactory, SaleFactory, TagFactory

NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
Cause = SegmentRefresh.Cause


def aged(low: int) -> dict:
    condition = {"attribute": "age", "operator": "at_least", "value": low}
    return {"match": "all", "conditions": [condition]}


def look(segment, at=NOW, cause=Cause.NIGHT, **more):
    return refresh_segment(segment.pk, cause=cause, at=at, **more)


def inside(segment) -> list[str]:
    ids = SegmentMembership.objects.filter(segment=segment, left_at__isnull=True)
    return sorted(
        Customer.objects.filter(pk__in=ids.values("customer")).values_list("name", flat=True)
    )


@pytest.fixture
def grown_ups(clinic):
    return Segment.objects.create(name="Grown up", rule=aged(30))


def born(name: str, year: int):
    return CustomerFactory(name=name, birth_on=f"{year}-01-01")


def test_first_look_writes_everybody_and_the_next_only_the_difference(grown_ups):
    anna, _berta = born("Anna", 1980), born("Berta", 1990)
    born("Child", 2015)
    first = look(grown_ups)
    assert (first.n_entered, first.n_left, first.n_members) == (2, 0, 2)

    Customer.objects.filter(pk=anna.pk).update(birth_on="2020-01-01")
    born("Clara", 1970)
    second = look(grown_ups, NOW + timedelta(days=1))

    assert (second.n_entered, second.n_left, second.n_members) == (1, 1, 2)
    assert inside(grown_ups) == ["Berta", "Clara"]
    left = SegmentMembership.objects.get(customer=anna)
    assert (left.entered_by_id, left.left_by_id, left.left_at) == (first.pk, second.pk, second.at)
    third = look(grown_ups, NOW + timedelta(days=2))
    assert (third.n_entered, third.n_left) == (0, 0)
    assert SegmentMembership.objects.count() == 3


def test_somebody_who_comes_back_has_two_stays(grown_ups):
    anna = born("Anna", 1980)
    for days, year in ((0, 1980), (1, 2020), (2, 1980)):
        Customer.objects.filter(pk=anna.pk).update(birth_on=f"{year}-01-01")
        look(grown_ups, NOW + timedelta(days=days))

    stays = SegmentMembership.objects.filter(customer=anna).order_by("pk")
    assert [stay.left_at is None for stay in stays] == [False, True]


def test_a_look_says_by_which_version_of_the_rule_and_why(grown_ups, manager):
    born("Anna", 1980)
    look(grown_ups)
    change_segment(segment=grown_ups, name="Older", rule=aged(60), by=manager)
    changed = look(grown_ups, cause=Cause.RULE)

    assert (changed.rule_version, changed.cause, changed.n_left) == (2, "rule", 1)
    change_segment(segment=grown_ups, name="Oldest", rule=aged(60), by=manager)
    grown_ups.refresh_from_db()
    assert grown_ups.rule_version == 2  # a new name is no new rule


def test_a_few_customers_are_looked_at_alone(grown_ups):
    anna, berta = born("Anna", 1980), born("Berta", 1980)
    look(grown_ups)
    Customer.objects.filter(pk__in=[anna.pk, berta.pk]).update(birth_on="2020-01-01")
    some = look(grown_ups, customer_ids=[anna.pk], cause=Cause.EVENTS)

    assert (some.n_left, some.n_members, inside(grown_ups)) == (1, 1, ["Berta"])
    n_kept = SegmentRefresh.objects.count()
    assert look(grown_ups, customer_ids=[anna.pk], cause=Cause.EVENTS) is None
    assert SegmentRefresh.objects.count() == n_kept
    grown_ups.refresh_from_db()
    assert grown_ups.n_members == 1


def test_sets_inside_a_rule_are_of_those_customers_only(clinic):
    """Or one sale would make the database group the sales of the whole clinic."""
    bought = {"event": "purchase", "count": {"operator": "at_least", "value": 2}}
    tagged = {"attribute": "tags", "operator": "has_none", "value": [TagFactory().pk]}
    scored = {"attribute": "m", "operator": "at_least", "value": 3}
    tier = {"attribute": "points", "operator": "at_least", "value": 3}
    rule = {"match": "any", "conditions": [bought, tagged, scored, tier]}
    segment = Segment.objects.create(name="S", rule=rule)
    look(segment)
    customer = CustomerFactory()
    with CaptureQueriesContext(connection) as captured:
        look(segment, customer_ids=[customer.pk])
    (statement,) = [q["sql"] for q in captured if q["sql"].startswith("\nWITH wanted")]

    assert statement.count(f"IN ({customer.pk})") == 5
    assert inside(segment) == [customer.name]


def test_merged_and_erased_customers_leave(grown_ups):
    anna, berta = born("Anna", 1980), born("Berta", 1980)
    look(grown_ups)
    Customer.objects.filter(pk=anna.pk).update(merged_into=berta)
    assert look(grown_ups).n_left == 1
    assert inside(grown_ups) == ["Berta"]


def test_a_rule_that_cannot_be_used_keeps_its_members_and_says_why(grown_ups):
    born("Anna", 1980)
    look(grown_ups)
    rule = {"match": "all", "conditions": [{"attribute": "gone"}]}
    Segment.objects.filter(pk=grown_ups.pk).update(rule=rule)

    assert look(grown_ups) is None
    grown_ups.refresh_from_db()
    assert "There is no attribute “gone”." in grown_ups.refusal
    assert inside(grown_ups) == ["Anna"]
    assert look(Segment(pk=grown_ups.pk + 99)) is None


def test_a_rule_that_takes_too_long_is_stopped(grown_ups, monkeypatch):
    monkeypatch.setattr("segmentation.limits.MOST_COST", 0.0)
    born("Anna", 1980)

    assert look(grown_ups) is None
    grown_ups.refresh_from_db()
    assert "would have to read too much" in grown_ups.refusal
    assert not SegmentRefresh.objects.exists()


def test_value_and_risk_of_the_members_are_kept(grown_ups):
    SaleFactory(customer=born("Anna", 1980), net_minor=10_000)
    SaleFactory(customer=born("Child", 2020), net_minor=99_000)

    assert (look(grown_ups).net_minor, SegmentRefresh.objects.get().churn_rate) == (10_000, None)


def test_a_segment_sees_only_its_own_clinic(grown_ups, other_clinic, in_clinic):
    born("Ours", 1980)
    with in_clinic(other_clinic):
        born("Theirs", 1980)
        assert refresh_segment(grown_ups.pk, cause=Cause.NIGHT, at=NOW) is None
    assert look(grown_ups).n_members == 1


def test_deleting_a_segment_takes_its_history_along(grown_ups, manager):
    born("Anna", 1980)
    look(grown_ups)
    delete_segment(segment=grown_ups, by=manager)

    assert (SegmentMembership.objects.count(), SegmentRefresh.objects.count()) == (0, 0)


def test_changes_are_followed_and_each_is_seen_once(clinic):
    bought = {"match": "all", "conditions": [{"event": "purchase"}]}
    buyers = Segment.objects.create(name="Buyers", rule=bought)
    anna = born("Anna", 1980)
    assert touched.is_waiting(at=NOW)
    touched.refresh_touched(at=NOW)
    assert inside(buyers) == []
    assert SegmentRefresh.objects.count() == 1
    assert not touched.is_waiting(at=NOW)

    SaleFactory(customer=anna, net_minor=10_000)
    assert touched.is_waiting(at=NOW)
    assert touched.refresh_touched(at=NOW) == 1
    assert inside(buyers) == ["Anna"]
    assert not touched.is_waiting(at=NOW)
    assert SegmentRefresh.objects.first().cause == "events"


def test_many_changes_are_one_look_at_everybody(grown_ups, monkeypatch):
    monkeypatch.setattr(touched, "MOST_TOUCHED", 1)
    born("Anna", 1980)
    born("Berta", 1980)
    touched.refresh_touched(at=NOW)

    assert inside(grown_ups) == ["Anna", "Berta"]
    assert not touched.is_waiting(at=NOW)


def test_all_segments_are_refreshed_and_one_bad_one_stops_none(grown_ups):
    Segment.objects.create(name="A bad one", rule={"conditions": 3})
    born("Anna", 1980)

    assert refresh_all(cause=Cause.NIGHT) == 1
    assert inside(grown_ups) == ["Anna"]
