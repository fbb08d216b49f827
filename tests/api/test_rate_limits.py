"""A key that asks too often is told when to come back; others are not in it, nor a lost cache."""

import pytest
import time_machine
from django.core.cache import cache
from redis.exceptions import ConnectionError as CacheIsAway

ROUTE = "/api/v1/customers/"


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    settings.API_RATE_PER_MINUTE = 3
    with time_machine.travel("2026-05-01T12:00:20Z", tick=False):
        yield


def rate(answer) -> list[str]:
    return [answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]


def test_every_answer_tells_what_is_left(api):
    client = api("customers.read")

    answers = [client.get(ROUTE), client.get(ROUTE, {"limit": "0"}), client.get(ROUTE)]

    assert [answer.status_code for answer in answers] == [200, 400, 200]
    assert [rate(answer) for answer in answers] == [
        ["3", "2", "40"], ["3", "1", "40"], ["3", "0", "40"]
    ]  # fmt: skip


def test_beyond_the_limit_is_a_429_that_says_when_to_come_back(api):
    client = api()
    for _time in range(3):
        client.get(ROUTE)

    refused = client.get(ROUTE)

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "40"
    assert rate(refused) == ["3", "0", "40"]
    assert refused.json()["errors"][0]["code"] == "throttled"


def test_the_next_minute_begins_anew(api):
    client = api()
    for _time in range(4):
        client.get(ROUTE)

    with time_machine.travel("2026-05-01T12:01:00Z", tick=False):
        assert client.get(ROUTE).status_code == 200


def test_each_key_has_its_own_limit(api):
    busy, idle = api(), api()
    for _time in range(4):
        busy.get(ROUTE)

    assert idle.get(ROUTE).status_code == 200


def test_the_count_stands_in_the_cache_all_workers_share(api):
    client = api()
    client.get(ROUTE)
    [name] = [f"api-rate:{client.key.prefix}:{1777636800 // 60}"]

    assert cache.get(name) == 1


def test_without_the_cache_nobody_is_turned_back(api, monkeypatch):
    def away(*_arguments, **_named):
        raise CacheIsAway

    monkeypatch.setattr("tenancy.rate_limits.cache.incr", away)
    client = api()

    answers = [client.get(ROUTE) for _time in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit-Limit" not in answers[0].headers
