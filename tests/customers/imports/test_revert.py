"""An import is taken back as a whole, or not at all when something newer touched what it made."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from customers.models import (
    Customer,
    CustomerEvent,
    ImportedRows,
    ImportFile,
    Note,
    Sale,
    SaleLine,
    SearchToken,
    Visit,
)
from customers.services import imports
from loyalty.models import LedgerEntry
from loyalty.services.accrual import accrue_pending
from tenancy.models import AuditEntry
from tests.customers.imports.conftest import AT, bring_in, do, upload
from tests.factories.customers import IdentityFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme

CONTENT = (
    "invoice,customer id,date,item,quantity,price,refund of\n"
    "S1,C1,2026-04-01,Peel,1,100,\nS1,C1,2026-04-01,Cream,2,10,\n"
    "S2,C2,2026-04-02,Peel,1,100,\nR1,C2,2026-04-03,Peel,-1,100,S2\n"
)
MADE = (Customer, Sale, SaleLine, Visit, SearchToken, CustomerEvent, ImportedRows)


def take_back(done: ImportFile) -> ImportFile:
    imports.ask_for_revert(import_file=done, by=None, in_background=False)
    imports.work(import_id=done.pk, at=AT)
    return ImportFile.objects.select_related("job").get(pk=done.pk)


def refusal(done: ImportFile) -> str:
    with pytest.raises(imports.ImportRefused) as refused:
        imports.check_revertible(done)
    return refused.value.message


@pytest.fixture
def ann(clinic) -> Customer:
    return IdentityFactory(source="file", external_id="C1", customer__name="Ann").customer


def test_everything_an_import_made_goes(clinic, small_chunks):
    small_chunks(2)
    done = bring_in(CONTENT, "sales")
    assert (Customer.objects.count(), Sale.objects.count(), Visit.objects.count()) == (2, 3, 2)

    reverted = take_back(done)

    assert [model.objects.count() for model in MADE] == [0] * len(MADE)
    assert (reverted.state, reverted.job.state) == ("reverted", "done")
    assert AuditEntry.objects.get(action="import.reverted").detail["n_sales"] == 3


def test_what_was_there_before_stays(ann):
    kept = SaleFactory(customer=ann, source="file", external_id="S0", net_minor=5_000)
    done = bring_in(CONTENT.replace("C2", "C1"), "sales")
    before = Customer.objects.get(pk=ann.pk)

    take_back(done)

    after = Customer.objects.get(pk=ann.pk)
    assert list(Sale.objects.all()) == [kept]
    assert (before.spent_minor, after.spent_minor) == (17_000, 5_000)
    assert after.last_visit_on is None  # the factory's sale made no visit
    told = CustomerEvent.objects.filter(kind="sale.removed")
    assert sorted(told.values_list("customer_id", "amount_minor")) == [
        (ann.pk, -12_000), (ann.pk, -10_000), (ann.pk, 10_000),
    ]  # fmt: skip


def test_same_file_can_come_in_again(clinic):
    take_back(bring_in(CONTENT, "sales"))

    again = bring_in(CONTENT, "sales")

    assert (again.n_created, Sale.objects.count(), SaleLine.objects.count()) == (3, 3, 4)


def test_points_are_posted_back_and_the_sale_stays_empty(ann):
    make_programme()
    done = bring_in(CONTENT.replace("C2", "C1"), "sales")
    accrue_pending()
    earned = ann.accounts.get().balance

    reverted = take_back(done)
    accrue_pending()

    sale = Sale.objects.get(external_id="S1")
    assert (earned > 0, ann.accounts.get().balance) == (True, 0)
    assert (sale.net_minor, sale.lines.count(), Visit.objects.count()) == (0, 0, 0)
    assert reverted.report["reverted"]["n_kept_sales"] == 3
    bring_in(CONTENT.replace("C2", "C1"), "sales")
    accrue_pending()
    assert (ann.accounts.get().balance, Sale.objects.count()) == (earned, 3)


def test_points_spent_since_then_stand_in_the_way(ann):
    make_programme()
    done = bring_in(CONTENT, "sales")
    accrue_pending()
    LedgerEntry.objects.create(
        account=ann.accounts.get(), kind="redemption", points=-1, posted_on=AT.date(),
        idempotency_key="till-7",
    )  # fmt: skip

    assert "Points spent since then: 1." in refusal(done)


def test_later_rows_stand_in_the_way_and_are_named(clinic, manager):
    done = bring_in(CONTENT, "sales")
    customer = Customer.objects.get(name="C1")
    Note.objects.create(customer=customer, author=manager, text="x", written_at=AT)
    SaleFactory(customer=customer)
    Customer.objects.filter(pk=customer.pk).update(city="Berlin")

    said = refusal(done)

    assert "Notes: 1." in said
    assert "Other sales and refunds: 1." in said
    assert "Edits of customers: 1." in said


def test_account_without_points_keeps_its_customer(clinic):
    make_programme()
    done = bring_in("id,name\nC1,Anna\nC9,New\n", "customers")
    AccountFactory(customer=Customer.objects.get(name="Anna"))

    reverted = take_back(done)

    assert [customer.name for customer in Customer.objects.all()] == ["Anna"]
    assert reverted.report["reverted"]["n_kept_customers"] == 1


def test_something_newer_that_came_in_the_meantime_leaves_the_import_done(clinic, manager):
    done = bring_in(CONTENT, "sales")
    imports.ask_for_revert(import_file=done, by=None, in_background=False)
    customer = Customer.objects.get(name="C1")
    Note.objects.create(customer=customer, author=manager, text="x", written_at=AT)

    imports.work(import_id=done.pk, at=AT)

    left = ImportFile.objects.select_related("job").get(pk=done.pk)
    assert (left.state, left.job.state, Sale.objects.count()) == ("done", "failed", 3)


def test_dry_run_notes_nothing(clinic):
    bring_in(CONTENT, "sales")
    n = ImportedRows.objects.count()

    do(upload(CONTENT.replace("S", "T"), "sales"), dry=True)

    assert ImportedRows.objects.count() == n


def test_in_the_browser(clinic, client_as, run_tasks):
    client, done = client_as("manager"), bring_in(CONTENT, "sales")
    url = reverse("customers:import-detail", args=[done.pk])
    offered = client.get(url).content.decode()

    with run_tasks():
        client.post(reverse("customers:import-revert", args=[done.pk]))
    after = client.get(url).content.decode()

    assert "Take this import back?" in offered
    assert "What this import made is gone." in after
    assert Sale.objects.count() == 0


def test_refusal_is_shown_with_what_is_newer(clinic, client_as, manager):
    client, done = client_as("manager"), bring_in(CONTENT, "sales")
    customer = Customer.objects.get(name="C1")
    Note.objects.create(customer=customer, author=manager, text="x", written_at=AT)

    answer = client.post(reverse("customers:import-revert", args=[done.pk]), follow=True)

    assert "Notes: 1." in answer.content.decode()
    assert Sale.objects.count() == 3


def test_staff_may_not(clinic, client_as):
    done = bring_in(CONTENT, "sales")

    answer = client_as("staff").post(reverse("customers:import-revert", args=[done.pk]))

    assert (answer.status_code, Sale.objects.count()) == (403, 3)


def test_command_says_what_it_did_or_why_not(clinic, capsys):
    done = bring_in(CONTENT, "sales")
    call_command("revert_import", "--clinic", clinic.slug, str(done.pk), "--dry-run")
    could = (capsys.readouterr().out, Sale.objects.count())

    call_command("revert_import", "--clinic", clinic.slug, str(done.pk))

    assert could == ("It can be taken back.\n", 3)
    assert capsys.readouterr().out.startswith("Taken back: 3 sales; 0 stay")
    with pytest.raises(CommandError, match="Only an import that is done"):
        call_command("revert_import", "--clinic", clinic.slug, str(done.pk))
    with pytest.raises(CommandError, match="There is no import 0"):
        call_command("revert_import", "--clinic", clinic.slug, "0")
