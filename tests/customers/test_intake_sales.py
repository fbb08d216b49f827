"""Sales, refunds and appointments coming in, and what follows from them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from customers.models import (
    Appointment,
    Customer,
    CustomerEvent,
    Sale,
    SaleLine,
    Visit,
)
from customers.services.intake import (
    AppointmentRecord,
    CustomerRecord,
    LineRecord,
    Newcomers,
    SaleRecord,
    upsert_appointments,
    upsert_customers,
    upsert_sales,
)
from tests.factories.customers import ContactPointFactory, TreatmentFactory
from tests.factories.tenancy import BranchFactory

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def buyers(clinic):
    records = [CustomerRecord(f"C{n}", name=f"Buyer {n}") for n in (1, 2)]
    outcomes = upsert_customers(source="till", records=records, at=AT - 100 * DAY)
    return [outcome.id for outcome in outcomes]


def sale(external_id="S1", **said) -> SaleRecord:
    base = {"customer_external_id": "C1", "occurred_at": AT - 10 * DAY}
    if "net_minor" not in said and "lines" not in said:
        base["net_minor"] = 10_000
    return SaleRecord(external_id, **{**base, **said})


def refund(external_id="R1", of="S1", net=-4_000, **said) -> SaleRecord:
    return SaleRecord(
        external_id, **{"refund_of": of, "net_minor": net, "occurred_at": AT - 2 * DAY, **said}
    )


def send(*records, at=AT, **options):
    return upsert_sales(source="till", records=records, at=at, **options)


def states(outcomes) -> list[str]:
    return [outcome.state for outcome in outcomes]


def codes(outcomes) -> list[str]:
    return [outcome.code for outcome in outcomes]


def last_visits() -> list[date | None]:
    return list(Customer.objects.order_by("pk").values_list("last_visit_on", flat=True))


def _versions() -> list:
    found = []
    with connection.cursor() as cursor:
        for model in (Sale, SaleLine, Visit, CustomerEvent, Customer):
            cursor.execute(f"SELECT ctid::text, xmax::text FROM {model._meta.db_table}")
            found.append(sorted(cursor.fetchall()))
    return found


def test_a_sale_makes_lines_a_visit_and_an_event(clinic, buyers):
    treatment = TreatmentFactory(code="BTX", name="Botox")
    lines = (LineRecord(8_000, "btx"), LineRecord(2_000, "CR", "Cream", Decimal("2.5"), 900))

    [outcome] = send(sale(lines=lines, discount_minor=500))

    made = Sale.objects.get(pk=outcome.id)
    assert (made.gross_minor, made.discount_minor, made.net_minor) == (10_500, 500, 10_000)
    assert (made.currency, made.kind) == ("CNY", "sale")
    assert [(x.line_no, x.treatment, x.item_name, x.quantity, x.cost_minor) for x in
            made.lines.all()] == [
        (1, treatment, "Botox", Decimal(1), None),
        (2, None, "Cream", Decimal("2.5"), 900),
    ]  # fmt: skip
    visit = Visit.objects.get()
    assert (visit.customer_id, visit.visited_on) == (buyers[0], date(2026, 5, 22))
    event = CustomerEvent.objects.get(kind="sale.recorded")
    assert (event.source_key, event.amount_minor) == (f"sale:{made.pk}", 10_000)
    assert event.payload["items"] == ["Botox", "Cream"]


def test_the_same_again_writes_no_row(clinic):
    records = [
        sale(lines=(LineRecord(9_000, "A", "A", Decimal("0.125")), LineRecord(1_000))),
        refund(),
        sale("S2", customer_external_id="C2"),
    ]
    send(*records)
    before = _versions()

    outcomes = send(*records, at=AT + DAY)

    assert states(outcomes) == ["unchanged"] * 3
    assert _versions() == before


def test_the_day_is_the_clinics(clinic):
    send(sale(occurred_at=datetime(2026, 5, 1, 16, 30, tzinfo=UTC)))

    assert Sale.objects.get().occurred_on == date(2026, 5, 2)


def test_a_later_version_supersedes(clinic, buyers):
    send(sale(lines=(LineRecord(10_000, "A"),)))

    outcomes = send(
        sale(customer_external_id="C2", occurred_at=AT - 20 * DAY,
             lines=(LineRecord(7_000, "B"), LineRecord(1, "C"))),
        at=AT + DAY,
    )  # fmt: skip

    made = Sale.objects.get()
    assert states(outcomes) == ["updated"]
    assert (made.customer_id, made.net_minor, made.lines.count()) == (buyers[1], 7_001, 2)
    event = CustomerEvent.objects.get(kind="sale.recorded")
    assert (event.customer_id, event.amount_minor) == (buyers[1], 7_001)
    assert last_visits() == [None, date(2026, 5, 12)]
    assert [visit.customer_id for visit in Visit.objects.all()] == [buyers[1]]
    assert set(Customer.objects.values_list("updated_at", flat=True)) == {AT + DAY}


def test_a_moved_sale_leaves_a_visit_that_has_another_reason(clinic, buyers):
    send(sale(), sale("S2"))

    send(sale(occurred_at=AT - 5 * DAY))

    assert [v.visited_on for v in Visit.objects.order_by("visited_on")] == [
        date(2026, 5, 22),
        date(2026, 5, 27),
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"customer_external_id": "C9"}, "unknown_customer"),
        ({"customer_external_id": None}, "required"),
        ({"occurred_at": None}, "required"),
        ({"occurred_at": datetime(2026, 5, 1)}, "no_offset"),
        ({"occurred_at": AT + 2 * DAY}, "in_future"),
        ({"occurred_at": datetime(1800, 5, 1, tzinfo=UTC)}, "out_of_range"),
        ({"net_minor": None}, "required"),
        ({"net_minor": None, "discount_minor": 5}, "required"),
        ({"net_minor": -1, "kind": "sale"}, "negative_sale"),
        ({"net_minor": 1, "kind": "refund"}, "positive_refund"),
        ({"net_minor": 10**16}, "too_large"),
        ({"gross_minor": 9_000, "net_minor": 10_000}, "negative_sale"),
        ({"gross_minor": 9, "discount_minor": 1, "net_minor": 9},
         "net_is_not_gross_less_discount"),
        ({"net_minor": 9, "lines": (LineRecord(8),)}, "lines_do_not_add_up"),
        ({"lines": (LineRecord(1, quantity=Decimal("0.0001")),)}, "quantity_invalid"),
        ({"lines": (LineRecord(1, quantity=Decimal("NaN")),)}, "quantity_invalid"),
        ({"lines": (LineRecord(1, "x" * 81),)}, "too_long"),
        ({"currency": "EUR"}, "other_currency"),
        ({"branch": "nowhere"}, "unknown_branch"),
        ({"kind": "gift"}, "unknown_choice"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_sale_is_refused(clinic, said, code):
    outcomes = send(sale("S0"), sale(**said), sale("S2"))

    assert codes(outcomes) == ["", code, ""]
    assert states(outcomes) == ["created", "refused", "created"]
    assert outcomes[1].message
    assert Sale.objects.count() == 2


def test_new_amounts_without_lines_are_refused_where_lines_stand(clinic):
    send(sale(lines=(LineRecord(10_000, "A"),)))

    assert codes(send(sale(net_minor=9_000))) == ["lines_do_not_add_up"]


def test_a_refund_counts_towards_the_day_of_its_sale(clinic, buyers):
    send(refund(), sale())  # the refund first: the sale is in the same batch

    made = Sale.objects.get(kind="refund")
    assert (made.customer_id, made.refund_of.external_id) == (buyers[0], "S1")
    assert (made.occurred_on, made.counts_on) == (date(2026, 5, 30), date(2026, 5, 22))
    assert last_visits() == [date(2026, 5, 22), None]
    assert CustomerEvent.objects.get(kind="sale.refunded").amount_minor == -4_000

    send(sale(occurred_at=AT - 11 * DAY))

    made.refresh_from_db()
    assert made.counts_on == date(2026, 5, 21)


def test_a_refund_of_nothing_named_counts_towards_its_own_day(clinic):
    send(sale("R1", net_minor=-5, occurred_at=AT - DAY))

    made = Sale.objects.get()
    assert (made.kind, made.refund_of, made.counts_on) == ("refund", None, date(2026, 5, 31))


def test_refunds_never_take_more_than_is_left(clinic):
    outcomes = send(
        sale(),
        refund("R1", net=-4_000),
        refund("R2", net=-6_001),
        refund("R3", net=-6_000),
        refund("R4", net=-1),
    )

    assert codes(outcomes) == ["", "", "more_than_left", "", "more_than_left"]
    assert codes(send(refund("R5", net=-1))) == ["more_than_left"]
    assert codes(send(refund("R1", net=-4_001))) == ["more_than_left"]
    assert codes(send(refund("R1", net=-3_000))) == [""]
    assert codes(send(refund("R5", net=-1_000))) == [""]


def test_a_refund_says_whose_sale_it_is_or_is_refused(clinic):
    send(sale(), refund("R1"))

    outcomes = send(
        refund("R2", customer_external_id="C2"),
        refund("R3", of="S9"),
        refund("R4", of="R1"),
        sale(net_minor=3_999),
        SaleRecord("R1", kind="sale", net_minor=5),
    )

    assert codes(outcomes) == [
        "not_the_buyer",
        "unknown_sale",
        "refund_of_refund",
        "below_refunds",
        "kind_changed",
    ]
    assert states(outcomes) == ["refused"] * 5
    assert codes(send(sale(customer_external_id="C2"))) == ["refunded_customer"]


def test_a_refund_of_a_refused_sale_is_refused_with_it(clinic):
    outcomes = send(sale(currency="EUR"), refund())

    assert codes(outcomes) == ["other_currency", "unknown_sale"]


def test_unknown_customers_can_be_created(clinic):
    outcomes = send(
        sale(customer_external_id="N1", occurred_at=AT - 3 * DAY),
        sale("S2", customer_external_id="N1", occurred_at=AT - 9 * DAY),
        newcomers=Newcomers(),
    )

    made = Customer.objects.get(name="N1")
    assert states(outcomes) == ["created", "created"]
    assert (made.known_since_on, made.sales.count()) == (date(2026, 5, 23), 2)
    assert made.last_visit_on == date(2026, 5, 29)


def test_a_phone_finds_the_one_customer_who_has_it(clinic, buyers):
    ContactPointFactory(customer_id=buyers[1], kind="phone", value="+8613800138000")
    for buyer in buyers:
        ContactPointFactory(customer_id=buyer, kind="phone", value="+8613900139000",
                            is_primary=False)  # fmt: skip

    outcomes = send(
        sale("S1", customer_external_id=None, customer_phone="138 0013 8000"),
        sale("S2", customer_external_id=None, customer_phone="139 0013 9000"),
        sale("S3", customer_external_id=None, customer_phone="137 0013 7000"),
        sale("S4", customer_external_id=None, customer_phone="nonsense"),
    )

    assert codes(outcomes) == ["", "phone_shared", "unknown_customer", "unknown_customer"]
    assert Sale.objects.get().customer_id == buyers[1]


def test_the_buyer_may_be_named_by_another_source(clinic, buyers):
    record = sale(customer_external_id="C1", customer_source="till")

    [outcome] = upsert_sales(source="web", records=[record], at=AT)

    assert Sale.objects.get(pk=outcome.id).customer_id == buyers[0]


def test_the_apps_above_are_nudged_once_a_batch(clinic, run_tasks, monkeypatch):
    from tenancy import queue

    asked = []
    with run_tasks():
        monkeypatch.setattr(queue, "send", lambda task, arguments: asked.append(task))
        send(*[sale(f"S{n}") for n in range(5)])

    assert sorted(asked) == ["loyalty.accrue_sales", "loyalty.settle_offers"]


def test_the_number_of_queries_does_not_grow_with_the_batch(clinic, django_assert_max_num_queries):
    def records(n, prefix):
        return [sale(f"{prefix}{i}", lines=(LineRecord(5, "A"),)) for i in range(n)]

    send(sale("S0"))
    with django_assert_max_num_queries(30) as few:
        send(*records(2, "A"))
    with django_assert_max_num_queries(30) as many:
        send(*records(300, "B"))

    assert len(many) == len(few)


# Appointments


def appointment(**said) -> AppointmentRecord:
    base = {"customer_external_id": "C1", "starts_at": AT - 3 * DAY, "status": "booked"}
    return AppointmentRecord("A1", **{**base, **said})


def book(*records, at=AT):
    return upsert_appointments(source="till", records=records, at=at)


def kinds() -> list[str]:
    events = CustomerEvent.objects.filter(kind__startswith="appointment")
    return sorted(events.values_list("kind", flat=True))


def test_a_booking_and_how_it_ended(clinic, buyers):
    branch = BranchFactory()
    outcomes = book(appointment(branch=branch.code)) + book(appointment(status="attended"))

    assert states(outcomes) == ["created", "updated"]
    assert kinds() == ["appointment.attended", "appointment.booked"]
    assert last_visits() == [date(2026, 5, 29), None]
    assert Visit.objects.get().branch == branch


def test_an_attendance_that_was_none_is_taken_back(clinic):
    send(sale())
    book(appointment(status="attended"))

    book(appointment(status="no_show"))

    assert kinds() == ["appointment.missed"]
    assert last_visits() == [date(2026, 5, 22), None]
    assert Visit.objects.count() == 1


def test_an_appointment_that_changes_hands_takes_its_story_along(clinic, buyers):
    book(appointment())
    book(appointment(customer_external_id="C2", status="attended"))

    events = CustomerEvent.objects.filter(kind__startswith="appointment")
    assert {event.customer_id for event in events} == {buyers[1]}
    assert last_visits() == [None, date(2026, 5, 29)]


def test_the_same_appointment_again_is_unchanged(clinic):
    record = appointment(status="attended", ends_at=AT - 3 * DAY + timedelta(hours=1))
    book(record)

    assert states(book(record, at=AT + DAY)) == ["unchanged"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"starts_at": None}, "required"),
        ({"starts_at": datetime(2026, 1, 1)}, "no_offset"),
        ({"ends_at": AT - 3 * DAY}, "ends_before_start"),
        ({"status": "came"}, "unknown_choice"),
        ({"status": "attended", "starts_at": AT + 2 * DAY}, "in_future"),
        ({"treatment": "magic"}, "unknown_treatment"),
        ({"waiting_minutes": -1}, "out_of_range"),
        ({"customer_external_id": "C9"}, "unknown_customer"),
        ({"customer_external_id": None}, "required"),
    ],
)
def test_what_cannot_be_an_appointment_is_refused(clinic, said, code):
    assert codes(book(appointment(**said))) == [code]
    assert not Appointment.objects.exists()


def test_an_appointment_ahead_of_us_is_welcome(clinic):
    assert states(book(appointment(starts_at=AT + 30 * DAY))) == ["created"]
    assert CustomerEvent.objects.get(kind="appointment.booked").occurred_at == AT
