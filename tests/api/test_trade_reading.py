"""Reading appointments, sales and the catalogue back."""

import pytest

from customers import api_examples as examples
from tests.factories.customers import (
    AppointmentFactory,
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)
from tests.factories.tenancy import BranchFactory

APPOINTMENTS, SALES = "/api/v1/appointments/", "/api/v1/sales/"
TREATMENTS = "/api/v1/treatments/"


def appointments(n: int) -> None:
    for _number in range(n):
        AppointmentFactory(treatment=TreatmentFactory(), branch=BranchFactory())


def sales(n: int) -> None:
    for _number in range(n):
        sale = SaleFactory(branch=BranchFactory())
        for line_no in (1, 2):
            sale.lines.create(line_no=line_no, net_minor=5, treatment=TreatmentFactory())


def treatments(n: int) -> None:
    for _number in range(n):
        TreatmentFactory()


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("route", "make", "n_queries"),
    [(APPOINTMENTS, appointments, 13), (SALES, sales, 14), (TREATMENTS, treatments, 13),
     ("/api/v1/deletions/", treatments, 12)],
)  # fmt: skip
def test_a_list_costs_the_same_for_any_number(
    api, django_assert_num_queries, route, make, n_queries, n
):
    make(n)
    client = api()
    client.get(route)  # remembers the use of the key

    with django_assert_num_queries(n_queries):
        client.get(route)


def ids(answer) -> list[str]:
    return [row["external_id"] for row in answer.json()["results"]]


def test_an_appointment_comes_back_as_it_was_sent(api):
    client = api()
    TreatmentFactory(code="BTX", name="Botulinum toxin")
    client.post("/api/v1/customers/", examples.CUSTOMER)
    client.post(APPOINTMENTS, {**examples.APPOINTMENT, "treatment": "BTX"})

    found = client.get(f"{APPOINTMENTS}booking/A-5512/").json()

    assert (found["treatment"], found["status"]) == ("BTX", "booked")
    assert found["starts_at"] == "2026-05-20T06:00:00+00:00"


def test_a_sale_comes_back_with_its_lines_and_a_refund_with_its_sale(api):
    client = api()
    client.post("/api/v1/customers/", examples.CUSTOMER)
    client.post(SALES, examples.SALE)
    client.post(SALES, {"source": "booking", "external_id": "R-1", "refund_of": "S-90210",
                        "occurred_at": "2026-05-25T10:00:00+08:00", "net_minor": -5})  # fmt: skip

    sale = client.get(f"{SALES}booking/S-90210/").json()
    refund = client.get(f"{SALES}booking/R-1/").json()

    assert [(line["item_code"], line["net_minor"]) for line in sale["lines"]] == [
        ("BTX", 98000), ("SPF50", 30000)
    ]  # fmt: skip
    assert (sale["occurred_on"], sale["net_minor"], sale["refund_of"]) == (
        "2026-05-20", 128000, None
    )  # fmt: skip
    assert (refund["kind"], refund["refund_of"]) == ("refund", "S-90210")


def test_appointments_are_narrowed_by_customer_status_and_local_day(api):
    wanted = CustomerFactory()
    # 1 May in Shanghai begins on 30 April, 16:00 UTC.
    for external_id, starts_at, customer, status in (
        ("day before", "2026-04-30T15:59:59Z", wanted, "booked"),
        ("first minute", "2026-04-30T16:00:00Z", wanted, "booked"),
        ("last minute", "2026-05-01T15:59:59Z", wanted, "booked"),
        ("another's", "2026-05-01T01:00:00Z", CustomerFactory(), "booked"),
        ("cancelled", "2026-05-01T01:00:00Z", wanted, "cancelled"),
    ):
        AppointmentFactory(
            external_id=external_id, starts_at=starts_at, customer=customer, status=status
        )

    found = api().get(
        APPOINTMENTS,
        {"customer": wanted.pk, "status": "booked", "from_on": "2026-05-01",
         "until_on": "2026-05-01"},
    )  # fmt: skip

    assert ids(found) == ["first minute", "last minute"]


def test_sales_are_narrowed_by_kind_source_and_day(api):
    SaleFactory(external_id="in", occurred_on="2026-05-01")
    SaleFactory(external_id="out", occurred_on="2026-05-02")
    SaleFactory(external_id="till", occurred_on="2026-05-01", source="till")

    found = api().get(SALES, {"source": "booking", "kind": "sale", "until_on": "2026-05-01"})

    assert ids(found) == ["in"]


def test_a_treatment_is_read_by_its_code(api):
    TreatmentFactory(code="BTX", interval_days=120)

    found = api().get(f"{TREATMENTS}code/BTX/").json()

    assert (found["interval_days"], found["is_active"]) == (120, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"customer": "9" * 30}, "customer"),
        ({"customer": "x"}, "customer"),
        ({"status": "late"}, "status"),
        ({"from_on": "9999-12-31"}, "from_on"),
        ({"until_on": "0001-01-01"}, "until_on"),
        ({"from_on": "2026-02-29"}, "from_on"),
        ({"from_on": "2026-05-02", "until_on": "2026-05-01"}, "until_on"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(api, query, field):
    answer = api().get(APPOINTMENTS, query)

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["attr"], error["pointer"]) == (field, None)


@pytest.mark.parametrize("path", ["7/", f"{2**70}/", "nobody/knows/"])
def test_what_is_not_there_is_a_404(api, path):
    assert api().get(APPOINTMENTS + path).status_code == 404
