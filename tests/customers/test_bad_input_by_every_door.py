"""What people and programs send wrongly, through files, the API and webhooks: a clear answer each,
nothing lost. The desk's own pages have theirs in test_record_pages and test_merge_rules, pictures
in test_uploads, the nesting of JSON also in tests/api/test_bad_bodies."""

import json
import zipfile
from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from customers.files.refusals import FileRefused
from customers.files.table import open_table
from customers.models import Appointment, Customer, ImportFile, IntakeRecord, Sale, SearchToken
from customers.queries.search import search
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.customers.hooks import Sender, customer, only_record
from tests.customers.imports.conftest import bring_in, counts, problems
from tests.factories.customers import IdentityFactory, SaleFactory

CUSTOMERS = "/api/v1/customers/"
ODD_NAMES = ["王", "㛃䶮𠮷", "🌸 Blüte 👩‍⚕️", "مريم العلي", "O'Brien; DROP--", "王" * 200]
LONG = "名" * 300


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def ann(clinic) -> Customer:
    return IdentityFactory(source="file", external_id="C1", customer__name="Ann").customer


@pytest.mark.parametrize("door", ["file", "api", "hook"])
def test_two_clinics_with_one_phone_and_one_id_do_not_meet(clinic, other_clinic, in_clinic, door):
    def tell(to, name: str) -> None:
        said = {"external_id": "C-1", "name": name, "phones": ["13800138000"]}
        if door == "file":
            bring_in(f"id,name,phone\nC-1,{name},13800138000\n", source="booking")
        elif door == "api":
            text, _key = create_api_key(name=to.slug, scopes=None)
            body = {"source": "booking", **said}
            answer = BookingClient(HTTP_AUTHORIZATION=f"Bearer {text}").post(CUSTOMERS, body)
            assert answer.status_code == 201
        else:
            sender = Sender(to)
            sender.send({"type": "customer", "data": {**said, "version": 1}})
            sender.work()

    tell(clinic, "Ann")
    with in_clinic(other_clinic):
        tell(other_clinic, "Bea")
        assert [(c.name, c.identities.count()) for c in Customer.objects.all()] == [("Bea", 1)]

    [ours] = Customer.objects.all()
    assert (ours.name, [p.value for p in ours.contact_points.all()]) == ("Ann", ["+8613800138000"])


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("door", ["file", "api", "hook"])
def test_odd_name_is_kept_sign_by_sign_and_found(clinic, api, door, name):
    if door == "file":
        done = bring_in(f"id,姓名\nC-1,{name}\n")
        assert counts(done) == (1, 0, 0, 0)
    elif door == "api":
        body = {"source": "booking", "external_id": "C-1", "name": name}
        made = api().post(CUSTOMERS, body)
        assert api().get(f"{CUSTOMERS}{made.json()['id']}/").json()["name"] == name
    else:
        sender = Sender(clinic)
        sender.send(customer("C-1", 1, name=name))
        sender.work()

    kept = Customer.objects.get()
    assert kept.name == name
    assert SearchToken.objects.filter(customer=kept).exists()
    assert [row.pk for row in search(name[:20])] == [kept.pk]


@pytest.mark.parametrize("door", ["file", "api", "hook"])
def test_name_of_300_signs_is_refused_with_the_limit_and_nothing_is_cut(clinic, api, door):
    if door == "file":
        done = bring_in(f"id,姓名\nC-1,{LONG}\nC-2,Ann\n")
        assert problems(done) == [(2, "name", "text_too_long")]
        said, n_kept = done.problems.get().message, 1
        assert done.problems.get().row == ["C-1", LONG]
    elif door == "api":
        answer = api().post(CUSTOMERS, {"source": "b", "external_id": "C-1", "name": LONG})
        assert answer.json()["errors"][0]["pointer"] == "#/name"
        said, n_kept = answer.json()["errors"][0]["detail"], 0
    else:
        sender = Sender(clinic)
        sender.send(customer("C-1", 1, name=LONG))
        sender.work()
        record = only_record(sender.source)
        assert (record.state, record.field) == ("parked", "name")
        assert LONG in json.loads(bytes(record.body))["data"]["name"]
        said, n_kept = record.reason, 0

    assert "200" in said
    assert Customer.objects.count() == n_kept


@pytest.mark.parametrize(
    ("day", "is_day"),
    [("2000-02-29", True), ("2024-02-29", True), ("2001-02-29", False), ("1900-02-29", False)],
)
@pytest.mark.parametrize("door", ["file", "api", "hook"])
def test_29_february_is_a_birthday_in_leap_years_only(clinic, api, door, day, is_day):
    if door == "file":
        done = bring_in(f"id,name,birthday\nC-1,Ann,{day}\n")
        assert (problems(done) == [(2, "birth_on", "date_impossible")]) is not is_day
    elif door == "api":
        body = {"source": "b", "external_id": "C-1", "name": "Ann", "birth_on": day}
        assert api().post(CUSTOMERS, body).status_code == (201 if is_day else 400)
    else:
        sender = Sender(clinic)
        sender.send(customer("C-1", 1, birth_on=day))
        sender.work()
        assert only_record(sender.source).state == ("done" if is_day else "parked")

    kept = list(Customer.objects.values_list("birth_on", flat=True))
    assert kept == ([date.fromisoformat(day)] if is_day else [])


def test_appointment_that_ends_before_it_starts_is_parked_and_read_again_when_mended(clinic):
    sender = Sender(clinic)
    sender.send(customer("C-1", 1), event_id="e1")
    times = {"starts_at": "2026-05-01T10:00:00Z", "ends_at": "2026-05-01T09:00:00Z"}
    data = {"external_id": "A-1", "customer_external_id": "C-1", "version": 1, **times}
    sender.send({"type": "appointment", "data": data}, event_id="e2")
    sender.work()

    parked = IntakeRecord.objects.get(event_id="e2")
    assert (parked.state, parked.code, parked.field) == ("parked", "ends_before_start", "ends_at")
    data |= {"ends_at": "2026-05-01T11:00:00Z", "version": 2}
    sender.send({"type": "appointment", "data": data}, event_id="e3")
    sender.work()
    assert Appointment.objects.count() == 1


def test_refund_larger_than_its_sale_is_refused_with_all_its_rows_in_a_file(ann):
    SaleFactory(customer=ann, source="file", external_id="S1", net_minor=10_000)

    done = bring_in(
        "invoice,customer id,date,item,quantity,price,refund of\n"
        "R1,C1,2099-01-01,Peel,-1,1,S1\nR2,C1,2026-06-01,Peel,-1,60,S1\n"
        "R2,C1,2026-06-01,Cream,-1,50,S1\nR3,C1,2026-06-01,Peel,-1,100,S1\n",
        "sales",
    )

    assert problems(done) == [
        (2, "occurred_at", "date_future"), (3, "line_net", "more_than_left"),
        (4, "line_net", "more_than_left"),
    ]  # fmt: skip
    assert sorted(Sale.objects.values_list("external_id", "net_minor")) == [
        ("R3", -10_000), ("S1", 10_000),
    ]  # fmt: skip


def test_refund_larger_than_its_sale_is_parked(clinic):
    sender = Sender(clinic)
    sender.send(customer("C-1", 1), event_id="e1")
    sale = {"external_id": "S-1", "customer_external_id": "C-1", "net_minor": 100, "version": 1,
            "occurred_at": "2026-05-01T10:00:00Z"}  # fmt: skip
    refund = sale | {"external_id": "R-1", "refund_of": "S-1", "net_minor": -101}
    sender.send({"type": "sale", "data": sale}, event_id="e2")
    sender.send({"type": "sale", "data": refund}, event_id="e3")
    sender.work()

    parked = IntakeRecord.objects.get(event_id="e3")
    assert (parked.state, parked.code) == ("parked", "more_than_left")
    assert [sale.net_minor for sale in Sale.objects.all()] == [100]


def test_referrers_in_a_circle_are_parked(clinic):
    sender = Sender(clinic)
    for n, (one, by) in enumerate([("C-1", None), ("C-2", "C-1"), ("C-1", "C-2")]):
        said = {"referrer_external_id": by} if by else {}
        sender.send(customer(one, n + 1, **said), event_id=f"e{n}")
        sender.work()

    parked = IntakeRecord.objects.get(event_id="e2")
    assert (parked.state, parked.code) == ("parked", "referrer_circle")
    assert Customer.objects.filter(referrer__isnull=False).count() == 1


def workbook(*, extra: dict[str, bytes]) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for name, content in extra.items():
            archive.writestr(name, content)
    return body.getvalue()


@pytest.mark.parametrize("kind", ["customers", "sales", "appointments", "consents", "points"])
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (workbook(extra={"xl/vbaProject.bin": b"program"}), "macros"),
        (workbook(extra={f"xl/media/{n}.bin": bytes(300_000_000) for n in range(2)}), "unpacks"),
        (workbook(extra={})[:60], "damaged"),
    ],
    ids=["macros", "bomb", "cut off"],
)
def test_workbook_with_a_trap_is_refused_at_the_door_of_every_kind(
    clinic, client_as, kind, content, word
):
    assert len(content) < 2_000_000

    answer = client_as("manager").post(
        reverse("customers:import-new"),
        {"kind": kind, "file": SimpleUploadedFile("book.xlsx", content)},
    )

    assert answer.status_code == 422
    [said] = answer.context["form"].errors["file"]
    assert word in said
    assert not ImportFile.objects.exists()


def test_macro_workbook_under_another_name_is_no_table_either(tmp_path):
    path = tmp_path / "book.csv"
    path.write_bytes(workbook(extra={"xl/vbaProject.bin": b"program"}))

    with pytest.raises(FileRefused) as refused:
        open_table(path, name="book.csv")

    assert refused.value.code == "file_macros"


def test_100_000_nested_lists_are_refused_by_every_door(clinic, api, tmp_path):
    nested = b"[" * 100_000 + b"]" * 100_000
    by_api = api().generic(
        "POST", CUSTOMERS, b'{"source": "b", "external_id": "1", "custom": ' + nested + b"}",
        content_type="application/json",
    )  # fmt: skip
    sender = Sender(clinic)
    sender.send(b'{"type": "customer", "data": ' + nested + b"}")
    sender.work()
    mapping = tmp_path / "mapping.json"
    mapping.write_bytes(nested)
    file = tmp_path / "file.csv"
    file.write_text("id,name\nC1,Ann\n")

    assert (by_api.status_code, "nested" in by_api.json()["detail"]) == (400, True)
    record = only_record(sender.source)
    assert (record.state, record.code) == ("parked", "not_json")
    assert bytes(record.body).endswith(nested + b"}")  # nothing is lost
    with pytest.raises(CommandError, match="no JSON"):
        call_command("import_file", "--clinic", clinic.slug, str(file), "--kind", "customers",
                     "--mapping", str(mapping))  # fmt: skip
    assert not Customer.objects.exists()
