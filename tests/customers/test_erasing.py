"""A person erased: nothing that told who it was is left, and nothing brings them back."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction

from campaigns.gates import skip_reason
from campaigns.models import Message, Suppression
from campaigns.queries.facts import facts_of
from care.models import Task
from customers.invariants import violations
from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerChange,
    CustomerEvent,
    CustomerFile,
    Identity,
    ImportFile,
    ImportProblem,
    Sale,
    SaleLine,
    Tag,
    Tombstone,
)
from customers.services.erasing import ErasureRefused, erase, replay
from customers.services.erasing.log import log_path
from customers.services.erasing.tables import erasure_of, texts_of
from customers.services.inbound.versioned import upsert_versioned
from customers.services.intake import (
    CustomerRecord,
    LineRecord,
    SaleRecord,
    upsert_customers,
    upsert_sales,
)
from customers.services.merging.merge import merge_customers
from customers.tombstones import key_mark
from loyalty.models import LedgerEntry
from tenancy.models import AuditEntry, IdempotencyKey
from tenancy.walls import tenant_models
from tests.factories.loyalty import AccountFactory, make_programme
from tests.factories.tenancy import UserFactory
from tests.walls.rows import make_rows

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
CANARY = "Xerxesiana"
CHOSEN = {"arm", "currency", "skip_reason"}  # the database knows their values


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def come_in(*records: CustomerRecord, source: str = "booking"):
    return upsert_customers(source=source, records=records, at=AT)


def a_person(external_id: str = "P-1001", **more) -> Customer:
    said = {
        "name": "Mei Xerxesiana",
        "phones": ("+8613900000001",),
        "emails": ("mei@xerxesiana.example",),
        "notes": "likes tea",
    }
    come_in(CustomerRecord(external_id, **(said | more)))
    return Customer.objects.get(identities__external_id=external_id)


def everything() -> str:
    """All rows of all tenant tables, as text."""
    found = []
    with connection.cursor() as cursor:
        for model in tenant_models():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += [f"{model._meta.label}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_every_table_that_may_tell_of_a_person_tells_nothing(clinic, owner):
    """One row of every table with the canary in every text; JSON and bytes that quote it."""
    made = make_rows(clinic, text=CANARY, pk=None, user=UserFactory())
    customer = made["customers.customer"]
    _quote_in_json()
    _write_our_own_words()
    _rename_the_others(customer)
    assert CANARY in everything()

    erase(customer=customer, by=owner, at=AT)

    kept = {m._meta.label for m in tenant_models() if (e := erasure_of(m)) and e.action == "keep"}
    left = [line for line in everything().splitlines() if CANARY in line]
    assert not [line for line in left if line.split(":")[0] not in kept]


def _quote_in_json() -> None:
    """JSON and bytes in which anybody may be quoted."""
    quoted = {"quoted": f"{CANARY}-name", "more": [f"{CANARY}-value"]}
    for model in tenant_models():
        said = erasure_of(model)
        if said and said.action == "mentions":
            for name, blank in said.blank.items():
                if blank == {} or blank == []:
                    model._base_manager.update(**{name: quoted})
                elif blank == b"":
                    model._base_manager.update(**{name: f'{{"n": "{CANARY}-name"}}'.encode()})


def _rename_the_others(customer: Customer) -> None:
    others = Customer.objects.exclude(pk=customer.pk)
    others.update(name="Another")
    CustomerChange.objects.filter(customer__in=others).delete()


def _write_our_own_words() -> None:
    """Columns that are never a person's words do not get the canary."""
    for model in tenant_models():
        said = erasure_of(model)
        if said and said.stays and "UPDATE" in model.wall_privileges:
            model._base_manager.update(**dict.fromkeys(set(said.stays) - CHOSEN, "ours"))


def an_entry(customer: Customer, *, reason: str = "") -> LedgerEntry:
    make_programme()
    account = AccountFactory(customer=customer)
    return LedgerEntry.objects.create(
        account=account, kind="adjustment", points=70, posted_on=AT.date(), reason=reason,
        idempotency_key=f"desk:{account.pk}",
    )  # fmt: skip


def test_what_others_wrote_about_the_person_goes_and_the_books_stay(clinic, owner):
    """The till's name of an item, the desk's reason for points, and what bears their name."""
    customer = a_person()
    line = LineRecord(item_code="K-7", item_name="for Mei Xerxesiana", net_minor=5_000)
    sale = SaleRecord(
        "S-Xerxesiana", customer_external_id="P-1001", occurred_at=AT, net_minor=5_000,
        lines=(line,),
    )  # fmt: skip
    upsert_versioned(kind="sale", source="booking", records=[(sale, Decimal(3))], at=AT)
    answers = [
        IdempotencyKey.objects.create(
            key=key, route="/api/v1/sales/", status=201, body=json.dumps({"external_id": told})
        )
        for key, told in (("k1", "S-Xerxesiana"), ("k2", "S-Xerxes"))
    ]
    event = CustomerEvent.objects.get(kind="sale.recorded")
    assert event.payload["items"] == ["for Mei Xerxesiana"]
    entry = an_entry(customer, reason="Xerxesiana was kind")
    tag = Tag.objects.create(name="friend of Mei Xerxesiana")
    other_tag = Tag.objects.create(name="Mei's friends")
    upload = ImportFile.objects.create(
        kind="customers",
        original_name="Mei Xerxesiana.csv",
        report={"headers": ["Mei Xerxesiana", "x"]},
    )

    erase(customer=customer, by=owner, at=AT)

    assert "erxesiana" not in everything()
    kept = SaleLine.objects.get(sale__customer=customer)
    assert (kept.item_code, kept.item_name, kept.net_minor) == ("K-7", "", 5_000)
    event.refresh_from_db()
    assert event.amount_minor == 5_000 and event.payload["n_lines"] == 1
    assert "items" not in event.payload
    assert LedgerEntry.objects.get(pk=entry.pk).points == 70
    for row in (tag, other_tag, upload, *answers):
        row.refresh_from_db()
    assert (tag.name, other_tag.name) == (f"erased-{tag.pk}", "Mei's friends")
    assert [answer.key for answer in answers] == [f"erased-{answers[0].pk}", "k2"]
    assert (upload.original_name, upload.report) == (f"erased-{upload.pk}", {})


def test_words_of_the_clinic_are_not_taken_for_an_id_or_a_first_name(clinic, owner):
    """Anna has the number 2024, and so has the spring of that year."""
    customer = a_person("2024", name="Anna", phones=(), emails=())
    kept = [Tag.objects.create(name=name) for name in ("Spring 2024", "Anna's clients")]
    upload = ImportFile.objects.create(
        kind="customers", original_name="2024.csv", report={"headers": ["2024", "x"]}
    )

    erase(customer=customer, by=owner, at=AT)

    for row in (*kept, upload):
        row.refresh_from_db()
    assert [tag.name for tag in kept] == ["Spring 2024", "Anna's clients"]
    assert (upload.original_name, upload.report) == ("2024.csv", {"headers": ["2024", "x"]})


def test_of_the_ledger_nothing_but_the_words_can_be_changed(clinic):
    entry = an_entry(a_person())
    for change in ({"points": 71}, {"posted_on": AT.date()}, {"idempotency_key": "another"}):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            LedgerEntry.objects.filter(pk=entry.pk).update(**change)
    assert LedgerEntry.objects.filter(pk=entry.pk).update(reason="") == 1


def test_a_table_that_keeps_its_rows_says_why():
    for model in tenant_models():
        if texts_of(model):
            said = erasure_of(model)
            assert said is not None, model
            assert said.action != "keep" or len(said.why) > 5, model


def test_sales_and_their_sums_stay_under_a_number(clinic, owner):
    customer = a_person()
    sale = SaleRecord("S-1", customer_external_id="P-1001", occurred_at=AT, net_minor=5_000)
    upsert_sales(source="booking", records=[sale], at=AT)

    erase(customer=customer, by=owner, at=AT)

    kept = Sale.objects.get(customer_id=customer.pk)
    assert (kept.net_minor, kept.external_id) == (5_000, f"erased-{kept.pk}")
    stub = Customer.with_merged.get(pk=customer.pk)
    assert (stub.name, stub.notes, stub.erased_at) == ("—", "", AT)
    assert not Customer.objects.filter(pk=customer.pk).exists()


def test_the_trail_of_changes_does_not_tell_what_was_erased(clinic, owner):
    customer = a_person()
    Customer.objects.filter(pk=customer.pk).update(name="Mei Other", address="Canary Street 1")
    assert CustomerChange.objects.filter(customer_id=customer.pk).exists()

    erase(customer=customer, by=owner, at=AT)

    assert not CustomerChange.objects.filter(customer_id=customer.pk).exists()
    left = everything()
    for text in ("Canary Street", "Mei Other", "13900000001", "xerxesiana", "likes tea"):
        assert text not in left


def test_rows_of_refused_imports_that_quote_the_person_are_blanked(clinic, owner):
    customer = a_person()
    rows = make_rows(clinic, text="file", pk=None, user=UserFactory())
    problem = rows["customers.importproblem"]
    quoting = ImportProblem.objects.create(
        import_file=problem.import_file, line=77, code="x", message="?",
        row=["P-9", "Mei Xerxesiana", "139 0000 0001"],
    )  # fmt: skip
    other = ImportProblem.objects.create(
        import_file=problem.import_file, line=78, code="x", message="?", row=["P-8", "Li"]
    )

    erase(customer=customer, by=owner, at=AT)

    quoting.refresh_from_db()
    other.refresh_from_db()
    assert quoting.row == []
    assert other.row == ["P-8", "Li"]


class TestNobodyBringsThemBack:
    @pytest.mark.parametrize(
        "record",
        [
            CustomerRecord("P-1001", name="Somebody else"),
            CustomerRecord("P-2", name="mei  XERXESIANA", phones=("+8613900000001",)),
            CustomerRecord("P-3", name="Mei Xerxesiana", emails=("MEI@xerxesiana.example",)),
        ],
        ids=["the id", "name and phone", "name and e-mail"],
    )
    def test_a_source_that_sends_the_person_again_is_told(self, clinic, owner, record):
        erase(customer=a_person(), by=owner, at=AT)

        (outcome,) = come_in(record)

        assert (outcome.state, outcome.code) == ("refused", "erased")
        assert "2026-11-20" in outcome.message
        assert Customer.objects.count() == 0

    def test_a_relative_on_the_same_phone_is_somebody_else(self, clinic, owner):
        erase(customer=a_person(), by=owner, at=AT)

        (outcome,) = come_in(CustomerRecord("P-5", name="Li Na", phones=("+8613900000001",)))

        assert outcome.state == "created"

    def test_a_namesake_is_somebody_else(self, clinic, owner):
        erase(customer=a_person(), by=owner, at=AT)

        (outcome,) = come_in(CustomerRecord("P-6", name="Mei Xerxesiana"))

        assert outcome.state == "created"

    def test_a_sale_of_the_person_finds_nobody(self, clinic, owner):
        erase(customer=a_person(), by=owner, at=AT)
        sale = SaleRecord("S-9", customer_external_id="P-1001", occurred_at=AT, net_minor=5_000)

        (outcome,) = upsert_sales(source="booking", records=[sale], at=AT)

        assert (outcome.state, outcome.code) == ("refused", "unknown_customer")

    def test_digests_of_one_clinic_say_nothing_in_another(
        self, clinic, owner, other_clinic, in_clinic
    ):
        erase(customer=a_person(), by=owner, at=AT)
        with in_clinic(other_clinic):
            (outcome,) = come_in(CustomerRecord("P-1001", name="Mei Xerxesiana"))
        assert outcome.state == "created"

    def test_a_restored_backup_is_erased_again_from_the_log(
        self, clinic, owner, django_capture_on_commit_callbacks
    ):
        customer = a_person()
        with django_capture_on_commit_callbacks(execute=True):
            erase(customer=customer, by=owner, at=AT)
        log = log_path(clinic.pk).read_text()
        assert "erxesiana" not in log
        assert "1390000" not in log
        # What the backup holds: the person as before, and no tombstone.
        Tombstone.objects.all().delete()
        Customer.with_merged.filter(pk=customer.pk).update(name="Mei Xerxesiana", erased_at=None)
        Identity.objects.create(customer=customer, source="booking", external_id="P-1001")

        assert replay() == (1, 0)

        assert not Customer.objects.filter(pk=customer.pk).exists()
        assert come_in(CustomerRecord("P-1001", name="New"))[0].code == "erased"
        assert replay() == (0, 1)

    def test_a_number_that_went_to_somebody_else_is_left_alone(
        self, clinic, owner, django_capture_on_commit_callbacks
    ):
        customer = a_person()
        with django_capture_on_commit_callbacks(execute=True):
            erase(customer=customer, by=owner, at=AT)
        Customer.with_merged.filter(pk=customer.pk).update(name="Li Na", erased_at=None)

        assert replay() == (0, 0)

        assert Customer.objects.get(pk=customer.pk).name == "Li Na"


class TestKeys:
    """Tombstones have keys of their own: a new SECRET_KEY changes nothing, a new key of theirs
    stands in front of the old one."""

    OLD, NEW = "old-word-" * 5, "new-word-" * 5

    @pytest.fixture(autouse=True)
    def old_key(self, settings):
        settings.TOMBSTONE_KEYS = [self.OLD]

    @pytest.mark.parametrize("key", ["P-1001", "P-2"])
    def test_a_new_secret_key_lets_nobody_back(self, clinic, owner, settings, key):
        erase(customer=a_person(), by=owner, at=AT)
        settings.SECRET_KEY = "another"

        (outcome,) = come_in(CustomerRecord(key, "Mei Xerxesiana", phones=("+8613900000001",)))

        assert outcome.code == "erased"

    def test_a_key_in_front_of_the_old_one_lets_nobody_back(self, clinic, owner, settings):
        erase(customer=a_person(), by=owner, at=AT)
        settings.TOMBSTONE_KEYS = [self.NEW, self.OLD]
        erase(customer=a_person("P-7", name="Li", phones=("+8613900000007",)), by=owner, at=AT)

        outcomes = come_in(CustomerRecord("P-1001", name="X"), CustomerRecord("P-7", name="Y"))

        assert [outcome.code for outcome in outcomes] == ["erased", "erased"]
        assert Tombstone.objects.filter(key_mark=key_mark(self.NEW)).exists()
        assert violations() == []

    def test_a_key_that_was_dropped_is_missed(self, clinic, owner, settings):
        erase(customer=a_person(), by=owner, at=AT)
        settings.TOMBSTONE_KEYS = [self.NEW]

        (line,) = violations()

        assert line.startswith(f"{Tombstone.objects.count()} tombstones hang on a key")
        assert key_mark(self.OLD) in line
        assert self.OLD not in line

    def test_a_backup_is_erased_again_after_the_key_changed(
        self, clinic, owner, settings, django_capture_on_commit_callbacks
    ):
        customer = a_person()
        with django_capture_on_commit_callbacks(execute=True):
            erase(customer=customer, by=owner, at=AT)
        Tombstone.objects.all().delete()
        Customer.with_merged.filter(pk=customer.pk).update(name="Mei Xerxesiana", erased_at=None)
        Identity.objects.create(customer=customer, source="booking", external_id="P-1001")
        settings.TOMBSTONE_KEYS = [self.NEW, self.OLD]

        assert replay() == (1, 0)

        marks = set(Tombstone.objects.values_list("key_mark", flat=True))
        assert marks == {key_mark(self.OLD), key_mark(self.NEW)}


class TestWhoStillWaits:
    def test_messages_and_calls_that_wait_are_dropped(self, clinic, owner):
        rows = make_rows(clinic, text="row", pk=None, user=UserFactory())
        customer = rows["customers.customer"]
        Task.objects.create(customer=customer, intent="due", due_on="2026-11-21")

        erase(customer=customer, by=owner, at=AT)

        message = Message.objects.get(pk=rows["campaigns.message"].pk)
        assert (message.state, message.skip_reason) == ("skipped", "erased")
        assert message.address == f"erased-{message.pk}"
        assert not Task.objects.filter(customer=customer, done_at__isnull=True).exists()

    def test_a_message_that_waits_anew_finds_the_gate_shut(self, clinic, owner):
        """Whatever is still queued for the number: the gate itself says why it does not go out."""
        rows = make_rows(clinic, text="row", pk=None, user=UserFactory())
        customer, campaign = rows["customers.customer"], rows["campaigns.campaign"]
        erase(customer=customer, by=owner, at=AT)

        facts = facts_of([customer.pk], {customer.pk: ""}, campaign=campaign, clinic=clinic, at=AT)

        assert skip_reason(facts[customer.pk]) == "erased"

    def test_the_files_are_gone_from_the_disk(
        self, clinic, owner, media, django_capture_on_commit_callbacks
    ):
        customer = a_person()
        path = media / "files" / "picture.webp"
        path.parent.mkdir()
        path.write_bytes(b"picture")
        CustomerFile.objects.create(
            customer=customer, kind="image", title="Mei", content_type="image/webp", n_bytes=7,
            stored_path="files/picture.webp", added_at=AT,
        )  # fmt: skip
        with django_capture_on_commit_callbacks(execute=True):
            erase(customer=customer, by=owner, at=AT)
        assert not path.exists()

    def test_consents_are_withdrawn(self, clinic, owner):
        customer = a_person()
        Consent.objects.create(
            customer=customer, purpose="marketing", channel="email", source="desk",
            given_at=AT - timedelta(days=3), proof="said on the phone by Mei",
        )  # fmt: skip
        erase(customer=customer, by=owner, at=AT)
        consent = Consent.objects.get(customer_id=customer.pk)
        assert consent.withdrawn_at == AT
        assert consent.proof == ""

    def test_a_relative_keeps_the_no_of_a_shared_address(self, clinic, owner):
        customer = a_person()
        come_in(CustomerRecord("P-2", name="Li Na", emails=("mei@xerxesiana.example",)))
        Suppression.objects.create(
            channel="email", address="mei@xerxesiana.example", reason="unsubscribed"
        )
        erase(customer=customer, by=owner, at=AT)
        assert Suppression.objects.count() == 1

        relative = Customer.objects.get(name="Li Na")
        erase(customer=relative, by=owner, at=AT)
        assert Suppression.objects.count() == 0


class TestRefusals:
    def test_twice(self, clinic, owner):
        customer = a_person()
        erase(customer=customer, by=owner, at=AT)
        with pytest.raises(ErasureRefused) as refused:
            erase(customer=customer, by=owner, at=AT)
        assert refused.value.code == "already_erased"

    def test_a_merged_record_goes_with_the_one_it_is_part_of(self, clinic, owner):
        survivor, merged = a_person(), a_person("P-2", name="Mei X.", phones=("+8613900000002",))
        merge_customers(survivor_id=survivor.pk, merged_id=merged.pk, by=owner, at=AT)
        merged = Customer.with_merged.get(pk=merged.pk)
        with pytest.raises(ErasureRefused) as refused:
            erase(customer=merged, by=owner, at=AT)
        assert refused.value.code == "merged_into_another"

        erase(customer=survivor, by=owner, at=AT)

        assert "Mei X." not in everything()
        assert "13900000002" not in everything()
        assert come_in(CustomerRecord("P-2", name="Back"))[0].code == "erased"

    def test_it_stays_in_the_log_of_who_did_what(self, clinic, owner):
        customer = a_person()
        erase(customer=customer, by=owner, at=AT)
        entry = AuditEntry.objects.get(action="customer.erased")
        assert (entry.subject_id, entry.actor_id) == (customer.pk, owner.pk)
        assert ContactPoint.objects.count() == 0
