"""1,000 records in one bulk of the API against 1,000 requests of one record each, in one run.

    ./dev bench api_bulk

Both sides are whole requests through every middleware, by turns, with fresh records each time; no
network is between. Told: records a second. Limited: the bulk's share of the time of the singles.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import count

from django.conf import settings
from django.test import Client

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report, medians_by_turns
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic
from tenancy.services.keys import create_api_key

N_RECORDS = 1_000
N_ROUNDS = 2
MOST_SHARE = 0.2
Item = dict[str, object]


def customer(number: int) -> Item:
    return {
        "external_id": f"C{number}", "name": f"王小{number}", "city": "上海", "tags": ["laser"],
        "phones": [f"138{number:08}"], "emails": [f"c{number}@mail.example"],
    }  # fmt: skip


def appointment(number: int) -> Item:
    return {
        "external_id": f"A{number}", "customer_external_id": f"C{number % 500}",
        "starts_at": "2026-05-20T14:00:00+08:00", "status": "attended",
    }  # fmt: skip


def sale(number: int) -> Item:
    return {
        "external_id": f"S{number}", "customer_external_id": f"C{number % 500}",
        "occurred_at": "2026-05-20T15:10:00+08:00", "net_minor": 128000,
        "lines": [{"item_code": "BTX", "net_minor": 98000}, {"item_code": "X", "net_minor": 30000}],
    }  # fmt: skip


def client_of(slug: str) -> Client:
    clinic = create_clinic(
        slug=slug, name=slug, timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    with clinic_scope(clinic.pk):
        text, _key = create_api_key(name="bench", scopes=None)
    return Client(HTTP_AUTHORIZATION=f"Bearer {text}")


def sides(
    client: Client, route: str, make: Callable[[int], Item], numbers: Iterator[int]
) -> dict[str, Callable[[], object]]:
    """The same number of fresh records, in one request and in as many."""

    def in_bulk() -> None:
        items = [make(next(numbers)) for _number in range(N_RECORDS)]
        answer = client.post(
            f"{route}bulk/", {"source": "b", "items": items}, content_type="application/json"
        )
        assert answer.status_code == 200, answer.content[:500]

    def one_by_one() -> None:
        for _number in range(N_RECORDS):
            body = {"source": "b", **make(next(numbers))}
            answer = client.post(route, body, content_type="application/json")
            assert answer.status_code == 201, answer.content[:500]

    return {"bulk": in_bulk, "singles": one_by_one}


def main() -> int:
    settings.API_RATE_PER_MINUTE = 1_000_000  # the limit is not what is measured
    report, client = Report(), client_of("bulk")
    for noun, make in (("customers", customer), ("appointments", appointment), ("sales", sale)):
        works = sides(client, f"/api/v1/{noun}/", make, count())
        seconds = medians_by_turns(works, n_rounds=N_ROUNDS, n_warm_up=0)
        for side, taken in seconds.items():
            report.told(f"api_bulk.{noun}.{side}_per_second", N_RECORDS / taken)
        report.limited(f"api_bulk.{noun}.share", seconds["bulk"] / seconds["singles"], MOST_SHARE)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
