"""Notes after they were written; what a customer is worth, brought, leans to, and spends like."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.models import CustomerTrait, Note, NoteVersion
from customers.queries.spending import mode_of
from customers.services import notes
from customers.services.editing import add_note
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory
from tests.factories.tenancy import MembershipFactory

HTMX = {"HX-Request": "true"}
TODAY = date(2026, 5, 1)


def written(customer, by, text="Shy") -> Note:
    return add_note(customer=customer, text=text, by=by, at=timezone.now())


def test_the_author_changes_and_deletes_and_the_history_stays(client_as, staff):
    customer = CustomerFactory()
    note = written(customer, staff, "CANARY one")
    client, address = client_as(staff), f"/customers/{customer.pk}/notes/{note.pk}/"
    assert b"CANARY one" in client.get(f"{address}change/", headers=HTMX).content
    client.post(f"{address}change/", {"text": "CANARY two"})
    assert [one.text for one in NoteVersion.objects.all()] == ["CANARY one"]
    history = client.get(f"{address}history/").content
    assert b"CANARY one" in history
    assert b"CANARY two" in history

    client.post(f"{address}delete/")
    story = client.get(f"/customers/{customer.pk}/timeline/").content
    assert b"CANARY" not in story
    assert b"This note was deleted." in story
    assert [one.text for one in NoteVersion.objects.all()] == ["CANARY two", "CANARY one"]
    assert client_as("staff").get(f"{address}history/").status_code == 403
    assert client_as("owner").get(f"{address}history/").status_code == 200


def test_nobody_else_changes_a_note_but_all_may_pin_it(client_as, staff):
    customer = CustomerFactory()
    note, other = written(customer, staff), written(customer, staff, "Calls back")
    client = client_as(MembershipFactory(role="owner"))
    address = f"/customers/{customer.pk}/notes/"
    assert client.get(f"{address}{note.pk}/change/").status_code == 403
    assert client.post(f"{address}{note.pk}/change/", {"text": "x"}).status_code == 403
    assert client.post(f"{address}{note.pk}/delete/").status_code == 403
    for one in (note, other):
        client.post(f"{address}{one.pk}/pin/", {"pinned": "yes"})

    pinned = client.get(f"/customers/{customer.pk}/").context["profile"].beside.pinned
    assert (pinned.pk, pinned.text, pinned.who) == (other.pk, "Calls back", str(staff))
    client.post(f"{address}{other.pk}/pin/", {"pinned": "no"})
    assert Note.objects.filter(is_pinned=True).count() == 0


def test_a_deleted_note_is_gone_for_good(staff):
    note = written(CustomerFactory(), staff)
    notes.delete_note(note=note, by=staff, at=timezone.now())
    for act in (
        lambda: notes.change_note(note=note, text="x", by=staff, at=timezone.now()),
        lambda: notes.delete_note(note=note, by=staff, at=timezone.now()),
        lambda: notes.pin_note(note=note, is_pinned=True, by=staff),
    ):
        with pytest.raises(notes.NoteGone):
            act()


@pytest.mark.parametrize("text", ["", " ", "a\x00b", "x" * 5_001])
def test_a_note_is_not_changed_into_nothing(client_as, staff, text):
    customer = CustomerFactory()
    note = written(customer, staff)
    address = f"/customers/{customer.pk}/notes/{note.pk}/change/"
    assert client_as(staff).post(address, {"text": text}, headers=HTMX).status_code == 422
    note.refresh_from_db()
    assert (note.text, NoteVersion.objects.count()) == ("Shy", 0)


def test_a_note_belongs_to_its_customer(client_as, staff):
    note, other = written(CustomerFactory(), staff), CustomerFactory()
    for path in ("change/", "history/"):
        address = f"/customers/{other.pk}/notes/{note.pk}/{path}"
        assert client_as(staff).get(address).status_code == 404


def test_the_database_pins_one_note_and_no_deleted_one(staff):
    customer = CustomerFactory()
    first, second = written(customer, staff), written(customer, staff)
    Note.objects.filter(pk=first.pk).update(is_pinned=True)
    with pytest.raises(IntegrityError, match="note_one_pinned"), transaction.atomic():
        Note.objects.filter(pk=second.pk).update(is_pinned=True)
    with pytest.raises(IntegrityError, match="note_deleted_not_pinned"), transaction.atomic():
        Note.objects.filter(pk=first.pk).update(deleted_at=timezone.now())


def beside(client, customer):
    return client.get(f"/customers/{customer.pk}/").context["profile"].beside


def test_indirect_contribution_counts_everybody_once(client_as):
    """Anna brought Berta and Clara, Berta brought Dora, Dora nobody."""
    anna = CustomerFactory()
    berta, clara = (CustomerFactory(referrer=anna) for _two in range(2))
    dora = CustomerFactory(referrer=berta)
    spent = {anna: 1_000, berta: 20_000, clara: 300_000, dora: 4_000_000}
    for customer, net_minor in spent.items():
        SaleFactory(customer=customer, net_minor=net_minor)
    SaleFactory(customer=clara, net_minor=-100_000, kind="refund")
    client = client_as("staff")

    brought = {customer: beside(client, customer).brought for customer in spent}

    assert (brought[anna].n_friends, brought[anna].friends_minor) == (2, 220_000)
    assert (brought[anna].n_further, brought[anna].further_minor) == (1, 4_000_000)
    assert (brought[berta].n_friends, brought[berta].friends_minor) == (1, 4_000_000)
    assert brought[dora].n_friends == brought[clara].n_friends == 0
    # all indirect contributions together are what the brought ones spent, each once
    assert sum(one.friends_minor for one in brought.values()) == 20_000 + 200_000 + 4_000_000


def test_a_circle_of_referrers_ends(client_as):
    anna = CustomerFactory()
    berta = CustomerFactory(referrer=anna)
    type(anna).objects.filter(pk=anna.pk).update(referrer=berta)
    SaleFactory(customer=berta, net_minor=5_000)
    brought = beside(client_as("staff"), anna).brought
    assert (brought.n_friends, brought.friends_minor, brought.n_further) == (1, 5_000, 0)


def days(n: int, every: int, net: int) -> list[tuple[date, int]]:
    return sorted((TODAY - timedelta(days=1 + every * i), net) for i in range(n))


@pytest.mark.parametrize(
    ("bought", "key"),
    [
        (days(3, 200, 90_000), "few_expensive"),
        (days(24, 30, 5_000), "regular_small"),
        (days(24, 30, 50_000), "regular_expensive"),
        (days(3, 200, 5_000), "seldom_small"),
        (days(3, 200, 10_000), "mixed"),
        (days(6, 130, 90_000), "mixed"),  # expensive, but neither seldom nor regular
        (days(1, 1, 90_000), None),
        (days(3, 800, 90_000), None),  # one in two years
        ([(day, -net) for day, net in days(5, 10, 500)], None),
    ],
)
def test_how_somebody_spends(bought, key):
    mode = mode_of(bought, usual_minor=10_000, today=TODAY)
    assert (mode.key if mode else None) == key


def test_the_numbers_behind_the_mode():
    mode = mode_of(days(24, 30, 5_000), usual_minor=10_000, today=TODAY)
    assert (round(mode.a_year, 1), mode.average_minor, mode.usual_minor) == (12.7, 5_000, 10_000)
    assert mode_of(days(9, 9, 9), usual_minor=None, today=TODAY) is None


def test_leanings_follow_purchases_until_somebody_knows_better(client_as, staff):
    customer = CustomerFactory()
    sale = SaleFactory(customer=customer, on=timezone.now().date() - timedelta(days=9))
    surgery = TreatmentFactory(nature="surgery", level="premium")
    care, unclassed = TreatmentFactory(nature="care"), TreatmentFactory()
    for number, treatment in enumerate([surgery] * 3 + [care, unclassed], start=1):
        sale.lines.create(line_no=number, treatment=treatment, net_minor=1, cost_minor=100)
    client = client_as(staff)

    found = beside(client, customer)
    nature, level = found.leanings
    assert (nature.value, nature.n, nature.n_all, nature.is_said) == ("surgery", 3, 4, False)
    assert nature.confidence == pytest.approx(4 / 6)
    assert (level.value, level.n, level.n_all) == ("premium", 3, 3)
    assert found.cost_minor == 500

    address = f"/customers/{customer.pk}/leaning/nature/"
    assert client.get(address).status_code == 200
    client.post(address, {"aspect": "nature", "value": "care"})
    nature = beside(client, customer).leanings[0]
    assert (nature.value, nature.is_said, CustomerTrait.objects.get().said_by) == (
        "care", True, staff,
    )  # fmt: skip
    assert client.post(address, {"aspect": "nature", "value": "magic"}).status_code == 422
    client.post(address, {"aspect": "nature", "value": ""})
    assert beside(client, customer).leanings[0].value == "surgery"
    assert client_as("analyst").post(address, {"value": "care"}).status_code == 403


def test_a_tie_is_no_leaning(client_as):
    customer = CustomerFactory()
    assert [one.value for one in beside(client_as("staff"), customer).leanings] == ["", ""]


def test_the_menu_offers_what_this_reader_may_do(client_as):
    customer = CustomerFactory()

    def keys(role: str) -> list[str]:
        page = client_as(role).get(f"/customers/{customer.pk}/")
        return [action.key for action, _address in page.context["actions"]]

    assert {"call", "message", "package", "file"} <= set(keys("staff"))
    assert "dial" not in keys("staff")  # no number is known
    assert not {"call", "message", "package", "file"} & set(keys("analyst"))
