"""Adverse events, death and a clock of one's own: written by every door, warned of, kept sealed."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from customers.models import AdverseEvent, Customer, CustomerChange, CustomerEvent
from customers.services import adverse_events, health
from customers.services.erasing import erase
from customers.services.intake import CustomerRecord, upsert_customers
from customers.services.merging import merge_customers
from tests.customers.hooks import Sender
from tests.customers.hooks import customer as a_customer
from tests.customers.imports.conftest import bring_in, problems
from tests.factories.customers import CustomerFactory, TreatmentFactory

AT = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
CANARY = "CANARY swollen eyelid"


@pytest.fixture
def anna(staff):
    return CustomerFactory(name="Anna", consultant=staff)


def note(customer, by, **more):
    said = {"treatment": None, "happened_on": AT.date(), "words": CANARY, "follower": by} | more
    return adverse_events.note_event(customer=customer, by=by, at=AT, **said)


def test_noted_at_the_desk_warned_of_and_told_without_the_words(anna, client_as, staff):
    treatment = TreatmentFactory(name="Filler")
    client = client_as(staff)
    address = f"/customers/{anna.pk}/adverse-events/new/"
    assert client.get(address).status_code == 200
    posted = {"happened_on": "2026-04-30", "treatment": treatment.pk, "words": CANARY,
              "follower": staff.pk}  # fmt: skip

    client.post(address, posted)

    event = AdverseEvent.objects.get()
    assert (event.words, event.follower, event.is_open) == (CANARY, staff, True)
    page = client.get(f"/customers/{anna.pk}/").content.decode()
    assert "Adverse event: Filler" in page
    assert str(staff) in page
    assert CANARY not in page
    story = CustomerEvent.objects.get(kind="adverse_event.noted")
    assert story.payload == {"treatment": "Filler"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("happened_on", "2999-01-01"), ("happened_on", "2001-01-01"), ("words", ""),
     ("words", "w" * 2_001), ("follower", "0"), ("treatment", "0")],
)  # fmt: skip
def test_what_cannot_be_is_said_at_the_field(anna, client_as, staff, field, value):
    posted = {"happened_on": "2026-04-30", "words": "w", "follower": staff.pk, field: value}

    answer = client_as(staff).post(f"/customers/{anna.pk}/adverse-events/new/", posted)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not AdverseEvent.objects.exists()


def test_the_words_stand_sealed_and_open_with_the_health_data(anna, client_as, staff, owner):
    note(anna, staff)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, '|') FROM customers_adverseevent e")
        assert CANARY not in cursor.fetchone()[0]

    address = f"/customers/{anna.pk}/health/"
    assert CANARY in client_as(staff).get(address).content.decode()
    assert CANARY not in client_as(owner).get(address).content.decode()  # asks for a reason


def test_over_only_by_who_may_see_it_and_once(anna, client_as, staff, owner):
    event = note(anna, staff)
    address = f"/customers/{anna.pk}/adverse-events/{event.pk}/close/"

    assert client_as(owner).post(address, {"outcome": "gone"}).url.endswith("/health/")
    event.refresh_from_db()
    assert event.is_open
    client_as(staff).post(address, {"outcome": "gone"})
    client_as(staff).post(address, {"outcome": "again"})

    event.refresh_from_db()
    assert (event.outcome, event.closed_by, event.is_open) == ("gone", staff, False)
    assert CustomerEvent.objects.filter(kind="adverse_event.closed").count() == 1
    assert "Adverse event:" not in client_as(staff).get(f"/customers/{anna.pk}/").content.decode()


def test_an_unknown_event_and_one_of_another_customer_are_the_same(anna, client_as, staff):
    other = note(CustomerFactory(consultant=staff), staff)
    for pk in (other.pk, 999_999):
        address = f"/customers/{anna.pk}/adverse-events/{pk}/close/"
        assert client_as(staff).post(address, {"outcome": "x"}).status_code == 404


def test_closed_by_nobody_is_refused_by_the_database(anna, staff):
    note(anna, staff)
    with pytest.raises(IntegrityError, match="closed_by_somebody"), transaction.atomic():
        AdverseEvent.objects.update(closed_at=AT)


def test_it_goes_with_a_merge_and_its_words_with_an_erasure(anna, staff, clinic):
    other = CustomerFactory(name="Anna B", died_on=date(2026, 4, 1), zone="Asia/Tokyo")
    note(other, staff)

    merge_customers(survivor_id=anna.pk, merged_id=other.pk, by=staff, at=AT)

    anna.refresh_from_db()
    assert AdverseEvent.objects.get().customer == anna
    assert (anna.died_on, anna.zone) == (date(2026, 4, 1), "Asia/Tokyo")
    erase(customer=anna, by=staff, at=AT)
    event, gone = AdverseEvent.objects.get(), Customer.with_merged.get(pk=anna.pk)
    assert (event.words, event.outcome) == ("", "")
    assert (gone.died_on, gone.zone) == (None, "")


def test_rotated_keys_seal_the_events_too(anna, staff, clinic, capsys, settings):
    note(anna, staff)
    health.change_health(
        customer=anna, by=staff, at=AT, seen_at=None,
        texts=dict.fromkeys(health.TEXTS, "x"),
    )  # fmt: skip
    new = "another-word-of-more-than-32-characters-x"
    settings.HEALTH_KEYS = [new, *settings.HEALTH_KEYS]

    call_command("rotate_health_keys", clinic=clinic.slug)

    assert "2 of 2 records" in capsys.readouterr().out
    settings.HEALTH_KEYS = [new]
    assert AdverseEvent.objects.get().words == CANARY


# --- death and zone, by every door ---------------------------------------------------------------


def test_the_form_takes_both_and_the_trail_tells(anna, client_as, staff):
    client = client_as(staff)
    seen = client.get(f"/customers/{anna.pk}/edit/").context["seen"]

    client.post(
        f"/customers/{anna.pk}/edit/",
        {"name": "Anna", "died_on": "2026-04-01", "zone": "Asia/Tokyo", "seen": seen},
    )

    anna.refresh_from_db()
    assert (anna.died_on, anna.zone) == (date(2026, 4, 1), "Asia/Tokyo")
    fields = CustomerChange.objects.filter(customer=anna).values_list("field", "new")
    assert set(fields) == {("died_on", "2026-04-01"), ("zone", "Asia/Tokyo")}
    assert "Has died" in client.get(f"/customers/{anna.pk}/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("zone", "Mars/Olympus"), ("died_on", "2999-01-01"), ("died_on", "1989-12-31")],
)
def test_the_form_refuses(anna, client_as, staff, field, value):
    Customer.objects.filter(pk=anna.pk).update(birth_on=date(1990, 1, 1))
    posted = {"name": "Anna", "birth_on": "1990-01-01", field: value}

    answer = client_as(staff).post(f"/customers/{anna.pk}/edit/", posted)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_api_file_and_hook_say_it(clinic, api):
    body = {"source": "b", "external_id": "C1", "name": "A", "died_on": "2026-04-01",
            "zone": "Asia/Tokyo"}  # fmt: skip
    client = api()
    pk = client.post("/api/v1/customers/", body).json()["id"]
    told = client.get(f"/api/v1/customers/{pk}/").json()
    bring_in("编号,姓名,去世日期,时区\nC2,B,2026-04-02,Europe/Paris\n")
    sender = Sender(clinic)
    sender.send(a_customer("C3", 1, died_on="2026-04-03", zone="America/Lima"))
    sender.work()

    kept = Customer.objects.order_by("died_on").values_list("died_on", "zone")
    assert [(day.day, zone) for day, zone in kept] == [
        (1, "Asia/Tokyo"), (2, "Europe/Paris"), (3, "America/Lima"),
    ]  # fmt: skip
    assert (told["died_on"], told["zone"]) == ("2026-04-01", "Asia/Tokyo")


def test_every_door_names_the_field_that_is_wrong(clinic, api):
    body = {"source": "b", "external_id": "C1", "name": "A", "zone": "Nowhere"}
    answer = api().post("/api/v1/customers/", body)
    done = bring_in("编号,姓名,时区\nC2,B,Nowhere\n")
    [before_birth] = upsert_customers(
        source="b",
        records=[CustomerRecord("C9", name="C", birth_on=date(2000, 1, 2),
                                died_on=date(2000, 1, 1))],
        at=AT,
    )  # fmt: skip

    assert answer.status_code == 400
    assert [wrong["attr"] for wrong in answer.json()["errors"]] == ["zone"]
    assert problems(done) == [(2, "zone", "unknown_zone")]
    assert (before_birth.field, before_birth.code) == ("died_on", "before_birth")
    assert not Customer.objects.exists()
