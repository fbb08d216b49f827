"""Reading customers back: one by its id, all by pages."""

from datetime import UTC, datetime, timedelta

import pytest

from customers import api_examples as examples
from customers.models import Customer, CustomerTag, Identity
from tests.factories.customers import (
    ConsentFactory,
    ContactPointFactory,
    IdentityFactory,
    TagFactory,
)
from tests.factories.tenancy import BranchFactory

ROUTE = "/api/v1/customers/"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def known(n: int) -> list[Customer]:
    """n customers with everything a page prints."""
    found = []
    for number in range(n):
        identity = IdentityFactory(external_id=f"C{Identity.objects.count()}")
        ContactPointFactory(customer=identity.customer)
        ConsentFactory(customer=identity.customer)
        CustomerTag.objects.create(customer=identity.customer, tag=TagFactory())
        Customer.objects.filter(pk=identity.customer_id).update(
            home_branch=BranchFactory(), updated_at=NOON + timedelta(minutes=number)
        )
        found.append(identity.customer)
    return found


@pytest.mark.parametrize("n", [1, 3])
def test_list_costs_the_same_for_any_number(api, n, django_assert_num_queries):
    known(n)
    client = api()
    client.get(ROUTE)  # remembers the use of the key

    with django_assert_num_queries(18):
        answer = client.get(ROUTE)

    assert len(answer.json()["results"]) == n


def test_customer_is_read_by_the_sources_id(api):
    api().post(ROUTE, examples.CUSTOMER)

    found = api("customers.read").get(f"{ROUTE}booking/C-1007/").json()

    assert found["name"] == "王小明"
    assert found["phones"] == ["+8613800138000"]
    assert found["identities"] == [{"source": "booking", "external_id": "C-1007"}]
    assert found["tags"] == ["laser"]
    assert found["consents"][0]["given_at"] == "2026-05-01T06:30:00+00:00"


def test_pages_reach_everybody_once(api):
    everybody = known(5)
    client, seen, cursor, more = api(), [], None, []

    for _page in range(3):
        answer = client.get(ROUTE, {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["id"] for row in answer["results"]]
        cursor = answer["next_cursor"]
        more.append(answer["has_more"])

    assert seen == sorted(customer.pk for customer in everybody)
    assert more == [True, True, False]


def test_the_last_cursor_goes_on_later(api):
    known(1)
    client = api()
    cursor = client.get(ROUTE).json()["next_cursor"]
    nothing = client.get(ROUTE, {"cursor": cursor}).json()

    [newcomer] = known(1)
    later = client.get(ROUTE, {"cursor": nothing["next_cursor"]}).json()

    assert nothing["results"] == []
    assert [row["id"] for row in later["results"]] == [newcomer.pk]


def test_an_offset_no_zone_has_is_understood(api):
    answer = api().get(ROUTE, {"updated_since": "2175-06-01T16:08:19+22:55"})

    assert answer.status_code == 200


def test_list_is_narrowed_by_source_and_id(api):
    first, _second = known(2)
    IdentityFactory(source="till")

    by_source = api().get(ROUTE, {"source": "booking"}).json()["results"]
    by_id = api().get(ROUTE, {"source": "booking", "external_id": "C0"}).json()["results"]

    assert len(by_source) == 2
    assert [row["id"] for row in by_id] == [first.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "%%%"}, "cursor"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"cursor": "MjAyNi0wNS0wMXwx"}, "cursor"),
        ({"cursor": "MS4xLjE"}, "cursor"),  # 1.1.1: of another database
        ({"updated_since": "2026-05-01T20:01:00"}, "updated_since"),
        ({"updated_since": "yesterday"}, "updated_since"),
        ({"updated_since": "0124-08-10T08:51:34+19:45"}, "updated_since"),
        ({"updated_since": "9999-12-31T23:59:59-12:00"}, "updated_since"),
        ({"update_since": "2026-05-01T20:01:00Z"}, "update_since"),
        ({"limit": "0"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"source": "a\x00b"}, "source"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(api, query, field):
    answer = api().get(ROUTE, query)

    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["booking/C-0/", "%00/%00/", "booking/%ED%A0%80/"])
def test_an_unknown_customer_is_not_found(api, path):
    answer = api().get(ROUTE + path)

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:problem-type:clinic-crm:not_found"
