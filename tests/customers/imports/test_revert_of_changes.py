"""What an import changed is put back as it was, unless it was touched since."""

from datetime import date

import pytest

from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerChange,
    CustomerEvent,
    Identity,
    ImportedChange,
    ImportFile,
    Sale,
    SaleLine,
    SearchToken,
    Visit,
)
from customers.services import imports
from customers.services.erasing import erase
from customers.services.imports.restoring import put_changes_back
from loyalty.services.accrual import accrue_pending
from tests.customers.imports.conftest import AT, bring_in
from tests.factories.loyalty import make_programme

FIRST = (
    "id,name,phone,email,city,tags,marketing consent,birthday\n"
    "C1,Ann,13800138000,ann@mail.example,Berlin,VIP,yes,1990-03-05\n"
)
SECOND = (
    "id,name,phone,email,city,tags,marketing consent,birthday,card number\n"
    "C1,Anna Berg,13900139000,anna@mail.example,Bonn,VIP;new,no,1991-03-05,K77\n"
    "C2,Bea,13700137000,,,,,,\n"
)
SALES = "invoice,customer id,date,item,quantity,price\nS1,C1,2026-04-01,Peel,1,100\n"
OTHER_SALES = (
    "invoice,customer id,date,item,quantity,price\n"
    "S1,C1,2026-04-09,Laser,1,250\nS1,C1,2026-04-09,Cream,2,10\nS2,C1,2026-04-10,Peel,1,90\n"
)
NOT_KEPT = {"updated_at"}
MODELS = (
    Customer, ContactPoint, Identity, Consent, Sale, SaleLine, Visit, SearchToken, CustomerEvent,
)  # fmt: skip


def snapshot() -> dict:
    found = {}
    for model in MODELS:
        unlike = {"id"} if model in {Visit, SearchToken, CustomerEvent} else set()
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in NOT_KEPT]
        rows = model.objects.values(*[name for name in names if name not in unlike])
        if model is CustomerEvent:
            rows = rows.exclude(kind="sale.removed")
        found[model.__name__] = sorted(map(str, rows))
    found["tags"] = sorted(Customer.objects.values_list("pk", "tag_links__tag__name"))
    return found


def take_back(done: ImportFile) -> ImportFile:
    imports.ask_for_revert(import_file=done, by=None, in_background=False)
    imports.work(import_id=done.pk, at=AT)
    return ImportFile.objects.select_related("job").get(pk=done.pk)


def refusal(done: ImportFile) -> str:
    with pytest.raises(imports.ImportRefused) as refused:
        imports.check_revertible(done)
    return refused.value.message


@pytest.mark.parametrize("chunk", [1, 1_000])
def test_customers_are_as_they_were(clinic, small_chunks, chunk):
    small_chunks(chunk)
    bring_in(FIRST)
    before = snapshot()
    done = bring_in(SECOND)
    assert (done.n_created, done.n_updated) == (1, 1)

    reverted = take_back(done)

    assert snapshot() == before
    assert (reverted.state, ImportedChange.objects.count()) == ("reverted", 0)
    assert reverted.report["reverted"]["n_restored"] > 5
    assert "city" in CustomerChange.objects.values_list("field", flat=True)  # the trail tells of it


def test_sales_are_as_they_were_with_lines_visits_and_points(clinic):
    make_programme()
    bring_in(SALES, "sales")
    accrue_pending()
    customer = Customer.objects.get()
    before, spent, points = snapshot(), customer.spent_minor, customer.accounts.get().balance
    done = bring_in(OTHER_SALES, "sales")
    accrue_pending()
    assert (done.n_created, done.n_updated) == (1, 1)
    assert customer.accounts.get().balance != points

    take_back(done)
    accrue_pending()

    after = Customer.objects.get()
    emptied = Sale.objects.filter(external_id="S2")  # the ledger names it for ever
    assert (after.spent_minor, after.accounts.get().balance) == (spent, points)
    assert [sale.net_minor for sale in emptied] == [0]
    emptied_rows = {str(row) for row in emptied.values()}
    for name in ("Customer", "SaleLine", "Visit"):
        assert snapshot()[name] == before[name], name
    assert len(snapshot()["Sale"]) == len(before["Sale"]) + len(emptied_rows)
    assert Sale.objects.get(external_id="S1").occurred_on == date(2026, 4, 1)
    told = CustomerEvent.objects.get(kind="sale.recorded")
    assert (told.amount_minor, told.payload["items"]) == (10_000, ["Peel"])


def test_same_file_changes_it_again(clinic):
    bring_in(FIRST)
    take_back(bring_in(SECOND))

    again = bring_in(SECOND)

    assert (again.n_created, again.n_updated) == (1, 1)
    assert Customer.objects.get(name="Anna Berg").city == "Bonn"


def test_two_imports_are_taken_back_one_after_the_other(clinic):
    bring_in(FIRST)
    before = snapshot()
    second = bring_in(SECOND)
    third = bring_in("id,name,city\nC1,Anna Berg,Kiel\n")

    assert "Edits of customers" in refusal(second)
    take_back(third)
    take_back(second)

    assert snapshot() == before


@pytest.mark.parametrize("change", ["customer", "phone", "consent", "sale"])
def test_what_was_touched_since_stands_in_the_way(clinic, change):
    bring_in(FIRST)
    bring_in(SALES, "sales")
    done = bring_in(OTHER_SALES, "sales") if change == "sale" else bring_in(SECOND)
    customer = Customer.objects.get(pk=Identity.objects.get(external_id="C1").customer_id)
    if change == "customer":
        Customer.objects.filter(pk=customer.pk).update(address="High Street 1")
    elif change == "phone":
        ContactPoint.objects.filter(value="+8613900139000").delete()
    elif change == "consent":
        Consent.objects.filter(customer=customer).update(given_at=AT)
    else:
        SaleLine.objects.filter(item_name="Cream").update(net_minor=1)

    before = snapshot()
    said = refusal(done)

    words = {"consent": "Consents given or withdrawn", "sale": "Sales that were changed"}
    assert words.get(change, "Edits of customers") in said
    assert snapshot() == before


def test_later_refund_of_a_changed_sale_stands_in_the_way(clinic):
    bring_in(SALES, "sales")
    done = bring_in(OTHER_SALES, "sales")
    bring_in(
        "invoice,customer id,date,item,quantity,price,refund of\n"
        "R1,C1,2026-04-12,Laser,-1,200,S1\n",
        "sales",
    )

    assert "Other sales and refunds: 1." in refusal(done)


def test_import_of_before_images_were_kept_says_so(clinic):
    bring_in(FIRST)
    done = bring_in(SECOND)
    ImportedChange.objects.all().delete()

    assert "also changed records that stood here before (1)" in refusal(done)


def test_erased_person_leaves_no_image(clinic, owner):
    bring_in(FIRST)
    bring_in(SECOND)
    customer = Identity.objects.get(external_id="C1").customer
    assert ImportedChange.objects.filter(customer=customer).exists()

    erase(customer=customer, by=owner, at=AT)

    assert not ImportedChange.objects.exists()


def test_first_import_keeps_no_image(clinic):
    bring_in(FIRST)
    bring_in(SALES, "sales")

    assert not ImportedChange.objects.exists()


@pytest.mark.parametrize("n", [3, 30])
def test_the_number_of_statements_does_not_grow_with_the_rows(clinic, django_assert_num_queries, n):
    head = "id,name,phone,email,city,tags,birthday\n"
    rows = [
        f"C{i},Ann {i},138001380{i:02},a{i}@mail.example,Berlin,,1990-03-05\n" for i in range(n)
    ]
    bring_in(head + "".join(rows))
    before = snapshot()
    said = [row.replace("Berlin", "Bonn").replace("138001", "139001") for row in rows]
    done = bring_in(head + "".join(said))
    assert done.n_updated == n

    with django_assert_num_queries(29):
        put_changes_back(done, AT)

    assert snapshot() == before
