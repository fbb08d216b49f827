"""Segments that refer to segments and lists: what they mean, no circles, no pulling rugs."""

import pytest

from segmentation.compiling import MOST_WITH_SEGMENTS
from segmentation.models import CustomerList, CustomerListEntry, Segment
from segmentation.queries import customers_matching
from segmentation.rules import RuleRefused
from segmentation.services.segments import change_segment, create_segment, delete_segment
from tenancy.exceptions import DomainError
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import CustomerFactory


def rule(*parts: dict, match: str = "all", **more) -> dict:
    return {"match": match, "conditions": list(parts)} | more


def aged(low: int) -> dict:
    return {"attribute": "age", "operator": "at_least", "value": low}


def refers(*segments, operator: str = "is") -> dict:
    return {"attribute": "segment", "operator": operator, "value": [one.pk for one in segments]}


def made(name: str, *parts: dict, **more) -> Segment:
    return create_segment(name=name, rule=rule(*parts, **more), by=None)


def changed(segment: Segment, *parts: dict) -> Segment:
    return change_segment(segment=segment, name=segment.name, rule=rule(*parts), by=None)


def names(*parts: dict, **more) -> list[str]:
    found = customers_matching(rule(*parts, **more))
    return sorted(found.values_list("name", flat=True))


@pytest.fixture
def people(clinic):
    CustomerFactory(name="Old", birth_on="1940-01-01", city="Suzhou")
    CustomerFactory(name="Grown", birth_on="1980-01-01")
    CustomerFactory(name="Young", birth_on="2015-01-01", city="Suzhou")


def test_a_segment_in_a_segment_is_its_rule(people):
    grown, everybody = made("Grown", aged(18)), made("Everybody")
    suzhou = {"attribute": "city", "operator": "is", "value": ["Suzhou"]}

    assert names(refers(grown), suzhou) == ["Old"]
    assert names(refers(grown, operator="is_not")) == ["Young"]
    assert names(refers(grown), suzhou, match="any") == ["Grown", "Old", "Young"]
    assert names(refers(everybody), aged(130), match="any") == ["Grown", "Old", "Young"]
    assert names(refers(everybody, operator="is_not")) == []


def test_a_circle_is_refused_with_its_path(people):
    first = made("First", aged(18))
    second = made("Second", refers(first))
    third = made("Third", refers(second))

    with pytest.raises(RuleRefused, match="“First” → “Third” → “Second” → “First”"):
        changed(first, refers(third))
    with pytest.raises(RuleRefused, match="“First” → “First”"):
        changed(first, refers(first))
    first.refresh_from_db()
    assert first.rule["conditions"] == [aged(18)]


def test_a_circle_that_got_in_is_refused_when_asked(people):
    first = made("First", aged(18))
    second = made("Second", refers(first))
    Segment.objects.filter(pk=first.pk).update(rule=rule(refers(second)))

    with pytest.raises(RuleRefused, match="“First” → “Second” → “First”"):
        customers_matching(rule(refers(first)))


def test_a_tower_of_segments_is_refused_before_it_grows(people):
    """Each refers twice to the one below: two to the power of twenty conditions."""
    below = made("Floor 0", aged(18))
    for number in range(1, 20):
        below = made(f"Floor {number}", refers(below), refers(below))

    with pytest.raises(RuleRefused, match=f"more than {MOST_WITH_SEGMENTS} conditions"):
        customers_matching(rule(refers(below)))


def test_what_a_segment_uses_stays_and_keeps_its_rule(people):
    used = made("Used", aged(18))
    made("User", refers(used))

    with pytest.raises(DomainError, match="“Used” is used by the segment “User” and stays"):
        delete_segment(segment=used, by=None)
    with pytest.raises(DomainError, match="save the new rule under another name"):
        changed(used, aged(30))
    renamed = change_segment(segment=used, name="Still used", rule=rule(aged(18)), by=None)
    assert renamed.name == "Still used"


@pytest.mark.parametrize(("state", "may_change"), [("draft", False), ("finished", True)])
def test_campaigns_hold_on_to_their_segment(people, state, may_change):
    used = made("Used", aged(18))
    CampaignFactory(segment=used, state=state, name="May")

    with pytest.raises(DomainError, match="“Used” is used by the campaign “May” and stays"):
        delete_segment(segment=used, by=None)
    if may_change:
        assert changed(used, aged(30)).rule_version == 2
    else:
        with pytest.raises(DomainError, match="used by the campaign “May”"):
            changed(used, aged(30))


def test_lists(people):
    old = customers_matching(rule(aged(60))).get()
    fair = CustomerList.objects.create(name="Fair")
    CustomerListEntry.objects.create(customer_list=fair, customer=old)
    on_list = {"attribute": "list", "operator": "is", "value": [fair.pk]}

    assert names(on_list) == ["Old"]
    assert names(on_list | {"operator": "is_not"}) == ["Grown", "Young"]


def test_another_clinics_segment_cannot_be_referred_to(people, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        foreign = made("Theirs", aged(18))
    with pytest.raises(RuleRefused, match="One of these no longer exists"):
        made("Ours", refers(foreign))
    with pytest.raises(RuleRefused, match="no longer exists"):
        customers_matching(rule(refers(foreign)))
