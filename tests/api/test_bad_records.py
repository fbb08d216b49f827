"""Records that contradict themselves, each other, or another clinic's: a clear answer each."""

import pytest

from customers import api_examples as examples
from customers.models import Appointment, Customer, Sale, Visit
from tests.conftest import BookingClient

CUSTOMERS, APPOINTMENTS, SALES = "/api/v1/customers/", "/api/v1/appointments/", "/api/v1/sales/"
BOOKING = {"source": "booking", "external_id": "A-5512"}
REFUND = {"source": "booking", "external_id": "R-1", "refund_of": "S-90210",
          "occurred_at": "2026-05-25T10:00:00+08:00"}  # fmt: skip


@pytest.fixture
def client(api) -> BookingClient:
    client = api()
    assert client.post(CUSTOMERS, examples.CUSTOMER).status_code == 201
    return client


def refusal(answer) -> tuple[int, str, str]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["pointer"], error["code"]


def test_two_clinics_with_the_same_phone_and_the_same_id_do_not_meet(
    client, other_clinic, in_clinic
):
    from tenancy.services.keys import create_api_key

    with in_clinic(other_clinic):
        text, _key = create_api_key(name="south", scopes=None)
    south = BookingClient(HTTP_AUTHORIZATION=f"Bearer {text}")
    theirs = south.post(CUSTOMERS, {**examples.CUSTOMER, "name": "李雷"})
    ours = client.post(CUSTOMERS, {**examples.CUSTOMER, "city": "上海"})

    assert (theirs.status_code, ours.json()["state"]) == (201, "updated")
    named = f"{CUSTOMERS}booking/C-1007/"
    assert (client.get(named).json()["name"], south.get(named).json()["name"]) == ("王小明", "李雷")
    assert client.get(named).json()["phones"] == south.get(named).json()["phones"]
    assert south.get(f"{CUSTOMERS}{ours.json()['id']}/").status_code == 404
    assert [row["name"] for row in south.get(CUSTOMERS).json()["results"]] == ["李雷"]


def test_one_phone_of_two_people_makes_no_one_person(client):
    client.post(CUSTOMERS, {**examples.CUSTOMER, "external_id": "C-2", "name": "王大明"})

    assert sorted(Customer.objects.values_list("name", flat=True)) == ["王大明", "王小明"]


def test_an_appointment_that_ends_before_it_starts_is_refused_also_when_only_one_end_moves(client):
    client.post(APPOINTMENTS, examples.APPOINTMENT)

    moved = client.post(APPOINTMENTS, {**BOOKING, "starts_at": "2026-05-20T15:00:00+08:00"})

    assert refusal(moved) == (400, "#/ends_at", "ends_before_start")
    assert Appointment.objects.get().starts_at.isoformat() == "2026-05-20T06:00:00+00:00"


@pytest.mark.parametrize(("minutes", "code"), [(-1, "min_value"), (1441, "max_value")])
def test_nobody_waits_less_than_no_time_or_more_than_a_day(client, minutes, code):
    answer = client.post(APPOINTMENTS, {**examples.APPOINTMENT, "waiting_minutes": minutes})

    assert refusal(answer) == (400, "#/waiting_minutes", code)


def test_how_long_somebody_waited_comes_back(client):
    client.post(APPOINTMENTS, {**examples.APPOINTMENT, "waiting_minutes": 25})

    assert client.get(f"{APPOINTMENTS}booking/A-5512/").json()["waiting_minutes"] == 25


def test_what_became_of_an_appointment_may_be_corrected_and_the_visit_follows(client):
    client.post(APPOINTMENTS, examples.APPOINTMENT)
    visits = []
    for status in ("confirmed", "attended", "no_show", "attended", "cancelled", "booked"):
        answer = client.post(APPOINTMENTS, {**BOOKING, "status": status})
        assert answer.json()["state"] == "updated"
        visits.append(Visit.objects.count())

    assert visits == [0, 1, 0, 1, 0, 0]
    assert Customer.objects.get().last_visit_on is None


def test_nobody_has_come_to_an_appointment_that_lies_ahead(client):
    ahead = {**examples.APPOINTMENT, "starts_at": "2199-01-01T10:00:00Z", "ends_at": None}

    answer = client.post(APPOINTMENTS, {**ahead, "status": "attended"})

    assert refusal(answer) == (400, "#/starts_at", "in_future")


def test_a_refund_larger_than_its_sale_is_refused_with_what_is_left(client):
    client.post(SALES, examples.SALE)

    answer = client.post(SALES, {**REFUND, "net_minor": -128001})

    assert refusal(answer) == (400, "#/net_minor", "more_than_left")
    assert "128000" in answer.json()["errors"][0]["detail"]
    assert Sale.objects.count() == 1


def test_a_sale_cannot_shrink_below_what_was_refunded(client):
    client.post(SALES, examples.SALE)
    client.post(SALES, {**REFUND, "net_minor": -100000})
    smaller = {"gross_minor": 50000, "discount_minor": 0, "net_minor": 50000,
               "lines": [{"net_minor": 50000}]}  # fmt: skip

    answer = client.post(SALES, {**examples.SALE, **smaller})

    assert refusal(answer) == (400, "#/net_minor", "below_refunds")


def test_a_sale_in_another_currency_is_refused(client):
    answer = client.post(SALES, {**examples.SALE, "currency": "USD"})

    assert refusal(answer) == (400, "#/currency", "other_currency")
    assert "CNY" in answer.json()["errors"][0]["detail"]
