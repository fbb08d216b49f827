"""What a booking system sends arrives, once, and is answered with a receipt."""

import json

import pytest

from customers import api_examples as examples
from customers.models import (
    Appointment,
    Consent,
    Customer,
    CustomerEvent,
    Identity,
    Sale,
    SaleLine,
    Visit,
)
from tests.factories.customers import TreatmentFactory
from tests.factories.tenancy import BranchFactory

CUSTOMERS, APPOINTMENTS, SALES = "/api/v1/customers/", "/api/v1/appointments/", "/api/v1/sales/"


@pytest.fixture
def customer(api):
    """The example's customer, sent through the API."""
    assert api().post(CUSTOMERS, examples.CUSTOMER).status_code == 201
    return Customer.objects.get()


def test_customer_is_created_then_unchanged_then_updated(api):
    client = api("customers.write")

    created = client.post(CUSTOMERS, examples.CUSTOMER)
    again = client.post(CUSTOMERS, examples.CUSTOMER)
    changed = client.post(CUSTOMERS, {**examples.CUSTOMER, "city": "上海"})

    customer = Customer.objects.get()
    receipt = {"id": customer.pk, "source": "booking", "external_id": "C-1007", "remark": None}
    assert (created.status_code, created.json()) == (201, {**receipt, "state": "created"})
    assert (again.status_code, again.json()) == (200, {**receipt, "state": "unchanged"})
    assert (changed.status_code, changed.json()) == (200, {**receipt, "state": "updated"})
    assert (customer.name, customer.city) == ("王小明", "上海")
    assert customer.contact_points.get(kind="phone").value == "+8613800138000"


def test_null_and_left_out_fields_stay_as_they_are(api, customer):
    answer = api().post(
        CUSTOMERS,
        {"source": "booking", "external_id": "C-1007", "gender": None, "phones": None},
    )

    assert answer.json()["state"] == "unchanged"


def test_appointment_attended_makes_a_visit(api, customer):
    booked = api().post(APPOINTMENTS, examples.APPOINTMENT)
    attended = api().post(
        APPOINTMENTS,
        {**examples.APPOINTMENT, "status": "attended"},
    )

    assert (booked.status_code, attended.json()["state"]) == (201, "updated")
    assert Appointment.objects.get().status == "attended"
    assert str(Visit.objects.get().visited_on) == "2026-05-20"
    kinds = CustomerEvent.objects.filter(kind__startswith="appointment").order_by("kind")
    assert [event.kind for event in kinds] == ["appointment.attended", "appointment.booked"]


def test_an_offset_no_zone_has_is_understood(api, customer):
    answer = api().post(
        APPOINTMENTS,
        {**examples.APPOINTMENT, "starts_at": "2026-05-20T14:00:00+22:55", "ends_at": None},
    )

    assert answer.status_code == 201
    assert Appointment.objects.get().starts_at.isoformat() == "2026-05-19T15:05:00+00:00"


def test_sale_with_lines_and_its_refund(api, customer):
    TreatmentFactory(code="btx", name="Botulinum toxin")

    sold = api().post(SALES, examples.SALE)
    refunded = api().post(
        SALES,
        {
            "source": "booking",
            "external_id": "R-1",
            "refund_of": "S-90210",
            "occurred_at": "2026-05-25T10:00:00+08:00",
            "net_minor": -30000,
        },
    )

    assert (sold.status_code, refunded.status_code) == (201, 201)
    sale, refund = Sale.objects.get(kind="sale"), Sale.objects.get(kind="refund")
    assert (sale.net_minor, refund.net_minor, refund.refund_of) == (128000, -30000, sale)
    assert (str(refund.occurred_on), str(refund.counts_on)) == ("2026-05-25", "2026-05-20")
    assert [line.treatment_id is None for line in sale.lines.all()] == [False, True]
    customer.refresh_from_db()
    assert str(customer.last_visit_on) == "2026-05-20"


def test_branch_is_found_by_code_or_name(api, customer):
    branch = BranchFactory(code="jingan", name="静安")

    api().post(SALES, {**examples.SALE, "branch": "JingAn"})
    assert Sale.objects.get().branch == branch
    api().post(SALES, {**examples.SALE, "branch": "静安"})
    assert Sale.objects.get().branch == branch


@pytest.mark.parametrize(
    ("route", "body", "field", "code"),
    [
        (CUSTOMERS, {"name": ""}, "name", "blank"),
        (CUSTOMERS, {"home_branch": "nowhere"}, "home_branch", "unknown_branch"),
        (CUSTOMERS, {"consultant": "nobody"}, "consultant", "unknown_consultant"),
        (CUSTOMERS, {"phones": ["12"]}, "phones", "phone_invalid"),
        (CUSTOMERS, {"emails": ["no address"]}, "emails", "email_invalid"),
        (CUSTOMERS, {"birth_on": "2090-01-01"}, "birth_on", "in_future"),
        (CUSTOMERS, {"birth_on": "0001-01-01"}, "birth_on", "out_of_range"),
        (CUSTOMERS, {"birth_on": "1990/3/5"}, "birth_on", "invalid"),
        (CUSTOMERS, {"gender": "x"}, "gender", "invalid_choice"),
        (CUSTOMERS, {"nmae": "x"}, "nmae", "unknown_field"),
        (CUSTOMERS, {"external_id": " "}, "external_id", "blank"),
        (CUSTOMERS, {"external_id": 7}, "external_id", "invalid"),
        (CUSTOMERS, {"source": "a\u0007b"}, "source", "not_printable"),
        (CUSTOMERS, {"external_id": "a\u0007b"}, "external_id", "not_printable"),
        (CUSTOMERS, {"consents": [{"purpose": "marketing", "channel": "fax", "is_given": True}]},
         "consents.0.channel", "invalid_choice"),
        (CUSTOMERS, {"referrer_external_id": "C-1007"}, "referrer_external_id",
         "unknown_referrer"),
        (APPOINTMENTS, {"customer_external_id": "C-0"}, "customer_external_id",
         "unknown_customer"),
        (APPOINTMENTS, {"starts_at": "2026-05-20T14:00:00"}, "starts_at", "invalid"),
        (APPOINTMENTS, {"ends_at": "2026-05-20T14:00:00+08:00"}, "ends_at", "ends_before_start"),
        (APPOINTMENTS, {"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at", "out_of_range"),
        (APPOINTMENTS, {"starts_at": "2199-01-01T00:00:00Z", "ends_at": None,
                        "status": "attended"}, "starts_at", "in_future"),
        (APPOINTMENTS, {"treatment": "magic"}, "treatment", "unknown_treatment"),
        (APPOINTMENTS, {"waiting_minutes": True}, "waiting_minutes", "invalid"),
        (SALES, {"net_minor": "128000"}, "net_minor", "invalid"),
        (SALES, {"net_minor": 128000.0}, "net_minor", "invalid"),
        (SALES, {"net_minor": 1}, "net_minor", "net_is_not_gross_less_discount"),
        (SALES, {"net_minor": 10**16}, "net_minor", "max_value"),
        (SALES, {"lines": [{"net_minor": 5}]}, "lines", "lines_do_not_add_up"),
        (SALES, {"lines": [{"net_minor": 5, "colour": "red"}]}, "lines.0.colour",
         "unknown_field"),
        (SALES, {"currency": "USD"}, "currency", "other_currency"),
        (SALES, {"gross_minor": -150000, "net_minor": -128000, "discount_minor": -22000,
                 "lines": None, "kind": "sale"}, "net_minor", "negative_sale"),
        (SALES, {"kind": "refund"}, "net_minor", "positive_refund"),
        (SALES, {"refund_of": "S-0", "gross_minor": None, "discount_minor": None,
                 "net_minor": -5, "lines": None}, "refund_of", "unknown_sale"),
        (SALES, {"occurred_at": "2090-01-01T00:00:00Z"}, "occurred_at", "in_future"),
        (SALES, {"occurred_at": None}, "occurred_at", "required"),
        (SALES, {"customer_external_id": None}, "customer_external_id", "required"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_by_field(api, customer, route, body, field, code):
    example = {
        CUSTOMERS: examples.CUSTOMER,
        APPOINTMENTS: examples.APPOINTMENT,
        SALES: examples.SALE,
    }[route]
    before = Customer.objects.values_list("updated_at", flat=True).get()

    answer = api().post(route, {**example, **body})

    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem-type:clinic-crm:validation_error"
    [error] = answer.json()["errors"]
    assert (error["attr"], error["code"]) == (field, code)
    assert error["pointer"] == "#/" + field.replace(".", "/")
    assert error["detail"]
    assert (Sale.objects.count(), Appointment.objects.count()) == (0, 0)
    assert Customer.objects.values_list("updated_at", flat=True).get() == before


def test_refund_cannot_take_more_than_is_left(api, customer):
    refund = {"source": "booking", "refund_of": "S-90210",
              "occurred_at": "2026-05-25T10:00:00+08:00"}  # fmt: skip
    api().post(SALES, examples.SALE)
    api().post(SALES, {**refund, "external_id": "R-1", "net_minor": -100000})

    answer = api().post(SALES, {**refund, "external_id": "R-2", "net_minor": -28001})
    fits = api().post(SALES, {**refund, "external_id": "R-2", "net_minor": -28000})

    assert answer.json()["errors"][0]["code"] == "more_than_left"
    assert fits.status_code == 201


def test_a_repeated_yes_does_not_undo_a_withdrawal(api, customer):
    yes = {"purpose": "marketing", "channel": "email", "is_given": True}
    record = {"source": "booking", "external_id": "C-1007"}
    api().post(CUSTOMERS, {**record, "consents": [{**yes, "is_given": False}]})

    stale = api().post(CUSTOMERS, {**record, "consents": [yes]})

    assert stale.json()["state"] == "unchanged"
    assert stale.json()["remark"]["code"] == "withdrawn_since"
    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()


def test_ids_of_another_clinic_answer_like_unknown_ones(api, customer, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        from tests.factories.customers import IdentityFactory

        foreign = IdentityFactory(source="booking", external_id="THEIRS")
        BranchFactory(code="theirs", name="Theirs")
    client = api()

    def ask(word: str) -> list:
        sale = {**examples.SALE, "customer_external_id": word}
        answers = [
            client.post(SALES, sale),
            client.post(SALES, {**examples.SALE, "branch": word}),
            client.post(SALES, {**examples.SALE, "refund_of": word}),
            client.get(f"{CUSTOMERS}booking/{word}/"),
            client.get(CUSTOMERS, {"source": "booking", "external_id": word}),
        ]
        return [(a.status_code, json.dumps(a.json()).replace(word, "?")) for a in answers]

    assert ask("THEIRS") == ask("NOBODY")
    assert Identity.objects.filter(pk=foreign.pk).count() == 0


def test_sale_lines_are_replaced_not_added(api, customer):
    api().post(SALES, examples.SALE)

    api().post(SALES, {**examples.SALE, "lines": [{"net_minor": 128000, "item_code": "X"}]})

    assert [line.item_code for line in SaleLine.objects.all()] == ["X"]
