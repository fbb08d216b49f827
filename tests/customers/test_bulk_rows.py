"""Columns reach Postgres as they are, whatever stands in them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Customer, CustomerEvent, SaleLine, Tag
from customers.services.array_texts import array, elements, whole
from customers.services.bulk_rows import insert_columns, insert_rows
from tests.factories.customers import CustomerFactory, SaleFactory

AT = datetime(2026, 5, 2, 3, 0, tzinfo=UTC)
NASTY = ["plain", "", "NULL", "null", 'say "hi"', "back\\\\slash", "{1,2}", "a,b", " edges ",
         "王小明", "line\nbreak", "\t"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", NASTY),
        ("text", NASTY * 200),
        ("text", [*NASTY, None]),
        ("text", ["one"]),
        ("text", []),
        ("bigint", [0, -7, 2**60]),
        ("bigint", [None, 3, None]),
        ("boolean", [True, False, None]),
        ("numeric", [Decimal("1.50"), Decimal("-0.001")] * 700),
        ("date", [date(2026, 5, 1), date(1900, 1, 1), None]),
        ("timestamptz", [AT, AT.replace(microsecond=7)]),
        ("timestamptz", [AT, None]),
    ],
)
def test_array_comes_out_as_it_went_in(kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array(values)])
        assert cursor.fetchone()[0] == values


@pytest.mark.django_db
def test_array_is_joined_of_pieces():
    pieces = [elements(['a"b', "c"]), elements(["NULL"]), elements(["d", "e"])]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [array(whole(pieces))])
        assert cursor.fetchone()[0] == ['a"b', "c", "NULL", "d", "e"]


def test_array_refuses_what_is_no_value():
    with pytest.raises(TypeError):
        array([object()])


def test_rows_that_share_everything_are_all_written(clinic):
    customer = CustomerFactory()
    row = {"customer_id": customer.pk, "kind": "note", "occurred_at": AT, "amount_minor": None,
           "created_at": AT}  # fmt: skip

    insert_rows(CustomerEvent, [row | {"source_key": key, "payload": {}} for key in "abc"])

    assert list(CustomerEvent.objects.order_by("source_key").values_list("source_key", "kind")) == [
        ("a", "note"), ("b", "note"), ("c", "note"),
    ]  # fmt: skip


def test_payloads_that_are_equal_to_python_only_stay_apart(clinic):
    customer = CustomerFactory()
    rows = [
        {"customer_id": customer.pk, "kind": "k", "occurred_at": AT, "source_key": key,
         "payload": {"is": value}, "created_at": AT}
        for key, value in (("a", 1), ("b", True))
    ]  # fmt: skip

    insert_rows(CustomerEvent, rows)

    found = CustomerEvent.objects.order_by("source_key").values_list("payload", flat=True)
    assert [type(payload["is"]) for payload in found] == [int, bool]


def test_nothing_said_of_a_column_that_must_say_something_is_refused(clinic):
    """Its own default must not slip in where NULL was given."""
    rows = [
        {"name": name, "known_since_on": date(2026, 5, 1), "created_at": AT, "updated_at": AT,
         "hobbies": None}
        for name in ("Anna", "Berta")
    ]  # fmt: skip

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Customer, rows)


def test_no_rows_write_nothing(clinic):
    insert_columns(Tag, {"name": [], "kind": []})

    assert not Tag.objects.exists()


def test_lines_without_cost_or_treatment_have_none(clinic):
    sale = SaleFactory()
    columns = {"sale_id": [sale.pk] * 2, "line_no": [1, 2], "treatment_id": [None] * 2,
               "item_code": [""] * 2, "item_name": ["Peel", "Filler"], "quantity": [Decimal(1)] * 2,
               "net_minor": [5, 7], "cost_minor": [None] * 2}  # fmt: skip

    insert_columns(SaleLine, columns)

    written = SaleLine.objects.filter(sale=sale).order_by("line_no")
    assert list(written.values_list("item_name", "treatment_id", "cost_minor", "net_minor")) == [
        ("Peel", None, None, 5), ("Filler", None, None, 7),
    ]  # fmt: skip
