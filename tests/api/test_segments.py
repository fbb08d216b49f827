"""Segments by the API: the list, one with its sentence, a count, members by cursor."""

import pytest
from django.utils import timezone

from segmentation import segment_api
from segmentation.models import Segment, SegmentRefresh
from segmentation.services.membership import refresh_segment
from segmentation.services.segments import create_segment
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.factories.customers import CustomerFactory, IdentityFactory

SEGMENTS = "/api/v1/segments/"
BEIJING = {"match": "all", "conditions": [
    {"attribute": "city", "operator": "is", "value": ["Beijing"]}]}  # fmt: skip


@pytest.fixture
def client(api) -> BookingClient:
    return api()


def member(external_id: str, **fields):
    fields = {"city": "Beijing", "spent_minor": 10_000} | fields
    customer = CustomerFactory(**fields)
    return IdentityFactory(source="booking", external_id=external_id, customer=customer).customer


def refusal_code(answer) -> str:
    (error,) = answer.json()["errors"]
    return error["code"]


@pytest.fixture
def segment(client) -> Segment:
    for number in range(3):
        member(f"C-{number}")
    member("C-9", city="Shanghai")
    made = create_segment(name="Beijing", rule=BEIJING, by=None)
    refresh_segment(made.pk, cause=SegmentRefresh.Cause.ASKED, at=timezone.now())
    made.refresh_from_db()
    return made


def test_the_list_says_each_rule_in_words(client, segment):
    told = client.get(SEGMENTS).json()

    (one,) = told["results"]
    assert told["next_after"] is None
    assert (one["id"], one["name"], one["n_members"]) == (segment.pk, "Beijing", 3)
    assert one["sentence"] == "Customers whose city is “Beijing”"
    assert one["refusal"] == ""


def test_the_list_goes_on_behind_a_cursor(client, segment):
    other = create_segment(name="A second", rule=BEIJING, by=None)

    first = client.get(SEGMENTS, {"limit": 1}).json()
    second = client.get(SEGMENTS, {"limit": 1, "after": first["next_after"]}).json()

    assert [one["id"] for one in first["results"]] == [segment.pk]
    assert [one["id"] for one in second["results"]] == [other.pk]
    assert second["next_after"] is None


def test_one_segment_brings_its_rule(client, segment):
    told = client.get(f"{SEGMENTS}{segment.pk}/").json()

    assert told["rule"] == segment.rule
    assert told["rule_version"] == 1


def test_a_count_is_of_this_moment(client, segment):
    member("C-10", spent_minor=5_000)

    told = client.get(f"{SEGMENTS}{segment.pk}/count/").json()

    assert (told["n"], told["net_minor"]) == (4, 35_000)
    assert client.get(f"{SEGMENTS}{segment.pk}/").json()["n_members"] == 3


def test_members_are_those_of_the_last_look_each_once(client, segment):
    address = f"{SEGMENTS}{segment.pk}/members/"
    first = client.get(address, {"limit": 2}).json()
    second = client.get(address, {"limit": 2, "after": first["next_after"]}).json()

    assert [one["external_id"] for one in first["results"]] == ["C-0", "C-1"]
    assert [one["external_id"] for one in second["results"]] == ["C-2"]
    assert second["next_after"] is None
    assert first["results"][0]["source"] == "booking"
    assert first["results"][0]["entered_at"]


def test_who_left_is_no_member(client, segment):
    segment.memberships.update(left_at=timezone.now(), left_by=segment.refreshes.first())

    assert client.get(f"{SEGMENTS}{segment.pk}/members/").json()["results"] == []


def test_a_rule_that_cannot_be_read_is_shown_with_the_reason(client, segment):
    broken = {"format": 2, "match": "all", "conditions": [{"attribute": "gone"}]}
    Segment.objects.filter(pk=segment.pk).update(rule=broken)

    told = client.get(f"{SEGMENTS}{segment.pk}/").json()
    count = client.get(f"{SEGMENTS}{segment.pk}/count/")

    assert told["sentence"] == "" and "There is no attribute “gone”" in told["refusal"]
    assert (count.status_code, refusal_code(count)) == (409, "rule_refused")


def test_a_rule_that_costs_too_much_is_refused(client, segment, monkeypatch):
    monkeypatch.setattr("segmentation.limits.MOST_COST", 0)

    count = client.get(f"{SEGMENTS}{segment.pk}/count/")

    assert (count.status_code, refusal_code(count)) == (409, "rule_too_costly")


@pytest.mark.parametrize("path", ["{}/", "{}/count/", "{}/members/"])
@pytest.mark.parametrize("number", [999_999, 2**63])
def test_what_is_not_there_is_not_found(client, path, number):
    assert client.get(SEGMENTS + path.format(number)).status_code == 404


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"after": -1}, {"page": 2}])
def test_bad_pages_are_refused_by_name(client, segment, query):
    for address in (SEGMENTS, f"{SEGMENTS}{segment.pk}/members/"):
        answer = client.get(address, query)
        assert answer.status_code == 400
        assert next(iter(query)) in answer.content.decode()


def test_it_needs_a_scope_of_its_own(clinic):
    text, _key = create_api_key(name="scores", scopes=["scores.read"])
    client = BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")

    assert client.get(SEGMENTS).status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow(client, n, django_assert_max_num_queries):
    for number in range(n):
        member(f"C-{number}")
        made = create_segment(name=f"S{number}", rule=BEIJING, by=None)
    refresh_segment(made.pk, cause=SegmentRefresh.Cause.ASKED, at=timezone.now())

    with django_assert_max_num_queries(14):
        assert len(client.get(SEGMENTS).json()["results"]) == n
    with django_assert_max_num_queries(14):
        assert len(client.get(f"{SEGMENTS}{made.pk}/members/").json()["results"]) == n


def test_the_limits_are_told(client, segment):
    answer = client.get(SEGMENTS, {"limit": segment_api.MOST_SEGMENTS_A_PAGE + 1})

    assert answer.status_code == 400
