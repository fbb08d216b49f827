"""The story of a customer: every kind of event in words, with who and how much, however long."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clinic_crm.event_routes import EVENT_ROUTES
from customers.models import CustomerEvent, Interaction, Note
from customers.queries.event_facts import facts_of
from customers.queries.timeline import GROUPS, LOOKS, PAGE_SIZE, timeline_page
from tests.factories.customers import (
    AppointmentFactory,
    CustomerEventFactory,
    CustomerFactory,
    SaleFactory,
)

OF_NOBODY = {"scores.refreshed"}  # tells of a clinic, not of a customer


def entries_of(customer, clinic, **asked):
    return timeline_page(customer.pk, zone=clinic.zone, **asked).entries


def words(entry) -> list[str]:
    return [str(text) for text in entry.details]


def test_every_event_kind_has_words_and_a_known_group():
    about_customers = {kind for kind in EVENT_ROUTES if kind not in OF_NOBODY}
    assert about_customers - LOOKS.keys() == set()
    assert {look.group for look in LOOKS.values()} - GROUPS.keys() == {"record"}


def test_who_sold_and_whom_the_appointment_was_with(clinic, staff):
    customer = CustomerFactory()
    sale = SaleFactory(customer=customer, consultant=staff)
    visit = AppointmentFactory(customer=customer, consultant=staff, waiting_minutes=7)
    CustomerEventFactory(customer=customer, source_key=f"sale:{sale.pk}", amount_minor=10_000)
    CustomerEventFactory(
        customer=customer, kind="appointment.attended", source_key=f"appointment:{visit.pk}"
    )

    by_kind = {entry.kind: entry for entry in entries_of(customer, clinic)}

    assert by_kind["sale.recorded"].actor == str(staff)
    assert by_kind["sale.recorded"].amount_minor == 10_000
    assert by_kind["appointment.attended"].actor == str(staff)
    assert words(by_kind["appointment.attended"]) == ["waited 7 minutes"]


def test_who_is_named_as_elsewhere_in_the_product(clinic, staff):
    sale = SaleFactory(consultant=staff)
    event = CustomerEvent(kind="sale.recorded", source_key=f"sale:{sale.pk}")
    for display_name, name, expected in (
        ("Dr. Wu", "Wu Lan", "Dr. Wu"),
        ("", "Wu Lan", "Wu Lan"),
        ("", "", staff.user.email),
    ):
        staff.display_name, staff.user.name = display_name, name
        staff.save()
        staff.user.save()
        assert facts_of([event])[event.source_key]["who"] == expected == str(staff)


@pytest.mark.parametrize(("language", "expected"), [
    ("en", ["WeChat", "From the customer", "Asked for a date"]),
    ("zh-hans", ["微信", "顾客主动", "Asked for a date"]),
])  # fmt: skip
def test_an_interaction_says_its_channel_and_direction(clinic, staff, language, expected):
    customer = CustomerFactory()
    said = Interaction.objects.create(
        customer=customer, kind="message", channel="wechat", direction="in",
        occurred_at=datetime(2026, 5, 1, 4, tzinfo=clinic.zone), summary="Asked for a date",
        by=staff, source="desk", external_id="1",
    )  # fmt: skip
    CustomerEventFactory(
        customer=customer, kind="interaction.recorded", source_key=f"interaction:{said.pk}"
    )

    with translation.override(language):
        (entry,) = entries_of(customer, clinic)
        assert words(entry) == expected
        assert (entry.look.icon, entry.actor) == ("message-circle", str(staff))


def test_an_appointment_says_when_it_is(clinic):
    customer = CustomerFactory()
    at = datetime(2026, 6, 1, 14, 30, tzinfo=clinic.zone)
    CustomerEventFactory(
        customer=customer, kind="appointment.booked", payload={"starts_at": at.isoformat()}
    )
    for strange in ("2026-06-01T14:30", "soon", 7, None):
        CustomerEventFactory(customer=customer, payload={"starts_at": strange})

    booked_for = [entry.booked_for for entry in entries_of(customer, clinic)]

    assert sorted(booked_for, key=str) == [at, None, None, None, None]


def test_long_lists_are_cut_and_say_so(clinic):
    customer = CustomerFactory()
    CustomerEventFactory(customer=customer, payload={"items": list("abcdefg")})
    (entry,) = entries_of(customer, clinic)
    assert words(entry) == ["a, b, c, d, e and 2 more"]


def test_strange_source_keys_are_shown_without_facts(clinic):
    customer = CustomerFactory()
    keys = ("sale:x", "sale:", "sale:99999999999999999999", "sale:²", "note:7", "unknown:1")
    for key in keys:
        CustomerEventFactory(customer=customer, kind="something.new", source_key=key)
    assert [words(entry) for entry in entries_of(customer, clinic)] == [[]] * len(keys)


def busy(customer, clinic, staff, n: int) -> None:
    """n events, some at the same instant, of kinds that have facts of their own."""
    at = datetime(2026, 5, 1, 4, tzinfo=clinic.zone)
    sale, visit = SaleFactory(customer=customer), AppointmentFactory(customer=customer)
    note = Note.objects.create(customer=customer, author=staff, text="Shy", written_at=at)
    keys = [f"sale:{sale.pk}", f"appointment:{visit.pk}", f"note:{note.pk}"]
    CustomerEvent.objects.bulk_create(
        CustomerEvent(
            customer=customer, kind=f"kind{i}.told", source_key=keys[i % 3],
            occurred_at=at - timedelta(hours=6 * (i // 4)),
        )
        for i in range(n)
    )  # fmt: skip


@pytest.mark.parametrize("n", [3, 300])
def test_any_page_of_any_length_costs_two_queries(clinic, staff, n):
    customer = CustomerFactory()
    busy(customer, clinic, staff, n)
    cursor, n_seen = "", 0
    while True:
        with CaptureQueriesContext(connection) as captured:
            page = timeline_page(customer.pk, cursor=cursor, zone=clinic.zone)
        assert len(captured) == 2
        n_seen += len(page.entries)
        cursor = page.next_cursor
        if not cursor:
            break
        assert len(page.entries) == PAGE_SIZE
    assert n_seen == n


def test_a_deep_page_begins_in_the_index(clinic, staff):
    """Not at the newest event, from which it would walk down."""
    customer = CustomerFactory()
    busy(customer, clinic, staff, 100)
    cursor = timeline_page(customer.pk, zone=clinic.zone).next_cursor
    with CaptureQueriesContext(connection) as captured:
        timeline_page(customer.pk, cursor=cursor, zone=clinic.zone)
    with connection.cursor() as cursor_of_database:
        cursor_of_database.execute("SET LOCAL enable_seqscan = off")
        cursor_of_database.execute("SET LOCAL enable_sort = off")
        cursor_of_database.execute(f"EXPLAIN {captured[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor_of_database.fetchall())
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "event_timeline" in plan
    assert "occurred_at <=" in condition
