"""Scores by the API: a page, one customer, a run, the report card."""

from datetime import date, timedelta

import pytest

from segmentation.models import CustomerScore
from segmentation.services.score_run import run
from tenancy.models import Job
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.factories.customers import IdentityFactory, SaleFactory

SCORES = "/api/v1/scores/"
AS_OF = date(2026, 5, 31)


def buyer(external_id: str, *days_ago: int):
    customer = IdentityFactory(source="booking", external_id=external_id).customer
    for n in days_ago:
        SaleFactory(customer=customer, on=AS_OF - timedelta(days=n), net_minor=10_000)
    return customer


@pytest.fixture
def client(api) -> BookingClient:
    return api()


@pytest.fixture
def scored(client):
    made = [buyer("C-1", 10, 100, 200), buyer("C-2", 400, 460), buyer("C-3")]
    run(as_of=AS_OF)
    return made


def test_pages_hold_everybody_once(client, scored):
    first = client.get(SCORES, {"limit": 2}).json()
    second = client.get(SCORES, {"limit": 2, "after": first["next_after"]}).json()

    assert [one["external_id"] for one in first["results"]] == ["C-1", "C-2"]
    assert [one["external_id"] for one in second["results"]] == ["C-3"]
    assert second["next_after"] is None


def test_one_customer_is_told_with_reasons(client, scored):
    told = client.get(f"{SCORES}of/booking/C-2/").json()

    kept = CustomerScore.objects.get(customer=scored[1])
    assert told["churn_probability"] == kept.churn_probability > 0.5
    assert told["as_of"] == "2026-05-31"
    assert {reason["kind"] for reason in told["reasons"]} >= {"wait"}
    assert told["id"] == scored[1].pk


@pytest.mark.parametrize(
    "path", ["of/booking/C-9/", "of/other/C-1/", "of/book%00ing/C-1/", "runs/9/"]
)
def test_what_is_not_there_is_not_found(client, scored, path):
    assert client.get(SCORES + path).status_code == 404


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"after": -1}, {"page": 2}])
def test_bad_pages_are_refused_by_name(client, scored, query):
    answer = client.get(SCORES, query)

    assert answer.status_code == 400
    assert next(iter(query)) in answer.content.decode()


def test_nothing_scored_yet(client):
    assert client.get(SCORES).json() == {"results": [], "next_after": None}
    assert client.get(f"{SCORES}report/").status_code == 404


def test_report_tells_how_good_it_is(client, scored):
    report = client.get(f"{SCORES}report/").json()

    assert (report["as_of"], report["n_customers"]) == ("2026-05-31", 3)
    assert "churn_model" in report["report"]


def test_a_run_is_asked_for_once_and_watched(client, scored):
    first, second = client.post(f"{SCORES}runs/"), client.post(f"{SCORES}runs/")

    assert first.status_code == second.status_code == 202
    assert first.json()["id"] == second.json()["id"] == Job.objects.get(kind="score").pk
    assert client.get(f"{SCORES}runs/{first.json()['id']}/").json()["state"] == "queued"


def test_a_key_without_the_scope_is_refused(clinic):
    text, _key = create_api_key(name="reader", scopes=["scores.read"])
    client = BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")

    assert client.get(SCORES).status_code == 200
    assert client.post(f"{SCORES}runs/").status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow_with_customers(client, n, django_assert_max_num_queries):
    for number in range(n):
        buyer(f"C-{number}", 10, 400)
    run(as_of=AS_OF)
    with django_assert_max_num_queries(14):
        assert len(client.get(SCORES).json()["results"]) == n
