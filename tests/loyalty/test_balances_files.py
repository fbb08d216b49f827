"""Points balances of another system: differences are posted, and points are conserved."""

from datetime import UTC, date, datetime

import pytest
from django.db.models import Sum

from customers.models import Customer
from customers.services import imports
from loyalty import invariants
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services.adjustment import adjust
from loyalty.services.redemption import redeem
from tests.customers.imports.conftest import AT, bring_in, counts, do, problems, upload
from tests.factories.customers import ContactPointFactory, IdentityFactory
from tests.factories.loyalty import AccountFactory, make_programme

HEADER = "customer id,points,balance date\n"
TODAY = date(2026, 5, 2)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def ann(clinic) -> Customer:
    make_programme()
    return IdentityFactory(source="file", external_id="C1", customer__name="Ann").customer


def balance(customer: Customer) -> int:
    return Account.objects.get(customer=customer).balance


def give(customer: Customer, points: int, *, key: str, on: date = TODAY) -> None:
    account = Account.objects.filter(customer=customer).first() or AccountFactory(customer=customer)
    adjust(account=account, points=points, on=on, reason="x", idempotency_key=key)


def assert_conserved() -> None:
    assert invariants.violations() == []


def test_difference_is_posted_and_the_balance_is_what_was_said(ann):
    give(ann, 200, key="a")

    done = bring_in(f"{HEADER}C1,500,\n", "points")

    entry = LedgerEntry.objects.order_by("-pk").first()
    assert (counts(done), balance(ann)) == ((1, 0, 0, 0), 500)
    assert (entry.kind, entry.points, entry.reason) == (
        "adjustment", 300, "Balance told by «file»",
    )  # fmt: skip
    assert_conserved()


def test_lower_balance_takes_from_the_lots(ann):
    give(ann, 800, key="a")

    bring_in(f"{HEADER}C1,500,\n", "points")

    assert (balance(ann), PointLot.objects.aggregate(n=Sum("remaining"))["n"]) == (500, 500)
    assert_conserved()


@pytest.mark.parametrize("day", ["", "2026-05-01"])
def test_same_file_again_posts_nothing_whatever_happened_since(ann, day):
    content = f"{HEADER}C1,500,{day}\n"
    bring_in(content, "points")
    give(ann, 40, key="a")
    n = LedgerEntry.objects.count()

    again = bring_in(content, "points")

    assert (counts(again), balance(ann), LedgerEntry.objects.count()) == ((0, 0, 1, 0), 540, n)


def test_movements_after_the_day_of_the_balance_stand(ann):
    give(ann, 100, key="before", on=date(2026, 4, 1))
    give(ann, 30, key="after", on=date(2026, 4, 20))

    bring_in(f"{HEADER}C1,500,2026-04-10\n", "points")
    assert balance(ann) == 530
    corrected = bring_in(f"{HEADER}C1,480,2026-04-10\n", "points")

    assert (counts(corrected), balance(ann)) == ((1, 0, 0, 0), 510)
    assert_conserved()


def test_older_balance_says_nothing_any_more(ann):
    bring_in(f"{HEADER}C1,500,2026-04-10\n", "points")

    older = bring_in(f"{HEADER}C1,100,2026-04-01\n", "points")

    assert (counts(older), balance(ann)) == ((0, 0, 1, 0), 500)
    assert "later day" in older.report["remarks"]["older_balance"][2]


def test_balance_that_comes_back_to_what_it_was_is_taken_again(ann):
    for points in (500, 300, 500):
        done = bring_in(f"{HEADER}C1,{points},\n", "points")
        assert (counts(done), balance(ann)) == ((1, 0, 0, 0), points)
    assert_conserved()


def test_two_sources_tell_of_themselves(ann):
    IdentityFactory(source="till", external_id="T1", customer=ann)
    bring_in(f"{HEADER}C1,500,\n", "points")

    done = bring_in(f"{HEADER}T1,500,\n", "points", source="till")

    assert (counts(done), balance(ann)) == ((0, 0, 1, 0), 500)


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (",500,", "customer_external_id", "row_without_customer"),
        ("C9,500,", "customer_external_id", "unknown_customer_here"),
        ("C1,,", "balance", "balance_missing"),
        ("C1,-5,", "balance", "number_out_of_range"),
        ("C1,1.5,", "balance", "integer_invalid"),
        ("C1,=SUM(A1),", "balance", "formula"),
        ("C1,99999999999,", "balance", "integer_too_large"),
        ("C1,5,2099-01-01", "as_of", "in_future"),
        ("C1,5,31/31/2026", "as_of", "date_impossible"),
    ],
)
def test_wrong_row_is_refused_and_moves_nothing(ann, row, field, code):
    done = bring_in(f"{HEADER}{row}\n", "points")

    assert problems(done) == [(2, field, code)]
    assert not LedgerEntry.objects.exists()


def test_customer_twice_is_refused_also_by_number_and_phone(ann):
    ContactPointFactory(customer=ann, kind="phone", value="+8613800138000")

    by_number = bring_in(f"{HEADER}C1,5,\nC1,6,\n", "points")
    by_phone = bring_in("customer id,phone,points\nC1,,7\n,13800138000,8\n", "points")

    assert problems(by_number) == [(3, "customer_external_id", "duplicate_row")]
    assert problems(by_phone) == [(3, "customer_external_id", "duplicate_customer")]
    assert balance(ann) == 7


def test_points_spent_since_that_day_cannot_be_taken_away_again(ann):
    give(ann, 100, key="a", on=date(2026, 4, 1))
    redeem(account=ann.accounts.get(), points=80, on=TODAY, reason="tea", idempotency_key="b")

    done = bring_in(f"{HEADER}C1,50,2026-04-10\n", "points")

    assert (problems(done), balance(ann)) == ([(2, "balance", "overdrawn")], 20)


def test_without_a_programme_every_row_is_refused_with_what_to_do(clinic):
    IdentityFactory(source="file", external_id="C1")

    done = bring_in(f"{HEADER}C1,5,\n", "points")

    assert problems(done) == [(2, "balance", "no_programme")]
    assert "Set one up" in imports.problem_lines(done, done.problems.all())[0][2]


def test_dry_run_posts_nothing(ann):
    tried = do(upload(f"{HEADER}C1,500,\n", "points"), dry=True)

    assert (counts(tried), LedgerEntry.objects.count()) == ((1, 0, 0, 0), 0)


def take_back(done):
    imports.ask_for_revert(import_file=done, by=None, in_background=False)
    imports.work(import_id=done.pk, at=datetime(2026, 5, 3, tzinfo=UTC))


def test_taking_it_back_posts_the_opposite_and_the_file_can_come_again(ann):
    give(ann, 200, key="a")
    first = bring_in(f"{HEADER}C1,500,\n", "points")
    done = bring_in(f"{HEADER}C1,700,\n", "points")
    n = LedgerEntry.objects.count()

    take_back(done)

    assert (balance(ann), LedgerEntry.objects.count()) == (500, n + 1)  # nothing is erased
    assert_conserved()
    assert counts(bring_in(f"{HEADER}C1,500,\n", "points")) == (0, 0, 1, 0)
    take_back(first)
    assert balance(ann) == 200
    assert (counts(bring_in(f"{HEADER}C1,700,\n", "points")), balance(ann)) == ((1, 0, 0, 0), 700)
    assert_conserved()


def test_points_spent_since_then_stand_in_the_way(ann):
    done = bring_in(f"{HEADER}C1,500,\n", "points")
    account = ann.accounts.get()
    redeem(account=account, points=80, on=TODAY, reason="tea", idempotency_key="b")

    with pytest.raises(imports.ImportRefused, match="Points spent since then: 1"):
        imports.check_revertible(done)


def test_many_customers_are_few_statements(ann, django_assert_max_num_queries):
    for n in range(30):
        IdentityFactory(source="file", external_id=f"X{n}")
    rows = "".join(f"X{n},{n},\n" for n in range(30))
    stored = upload(HEADER + rows, "points")
    imports.ask_for_import(import_file=stored, by=None, in_background=False)

    with django_assert_max_num_queries(75):
        imports.work(import_id=stored.pk, at=AT)

    assert Account.objects.aggregate(n=Sum("balance"))["n"] == sum(range(30))
    assert_conserved()
