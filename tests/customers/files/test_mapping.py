"""Which column is which field: guessed from headers, checked when given, profiled from rows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from customers.files import cells, reasons
from customers.files.fields import KINDS
from customers.files.headers import guess_mapping, key
from customers.files.mapping import Mapping, Options, guessed_mapping, read_mapping, read_options
from customers.files.profile import profile_table
from customers.files.refusals import MappingRefused
from customers.files.table import open_table

REPO = Path(__file__).resolve().parents[3]
PLACEHOLDER = re.compile(r"%\(\w+\)s")
SALES_HEADERS = ["InvoiceNo", "CustomerID", "InvoiceDate", "UnitPrice"]


def guesses(headers, kind) -> dict[str, str | None]:
    return {guess.header: guess.field for guess in guess_mapping(headers, kind)}


def problems_of(data, headers=SALES_HEADERS, kind="sales") -> list[str]:
    with pytest.raises(MappingRefused) as refused:
        read_mapping(data, headers, kind)
    assert str(refused.value)
    return [problem.code for problem in refused.value.problems]


def test_chinese_customer_headers():
    headers = ["会员编号", "姓名", "手机号码（必填）", "性别", "出生日期", "客户来源", "备注",
               "标签", "美容顾问",
               "建档日期", "肤质", "是否接收营销", "爱好"]  # fmt: skip

    assert list(guesses(headers, "customers").values()) == [
        "external_id", "name", "phone", "gender", "birth_on", "source", "notes", "tags",
        "consultant", "created_on", "skin_type", "marketing_consent", None,
    ]  # fmt: skip


def test_chinese_sale_headers():
    headers = ["消费单号", "会员编号", "客户手机", "消费日期", "项目名称", "数量",
               "单价(元)", "优惠金额",
               "实收金额", "门店", "原单号"]  # fmt: skip

    assert list(guesses(headers, "sales").values()) == [
        "external_id", "customer_external_id", "customer_phone", "occurred_at", "item_name",
        "quantity", "unit_price", "discount", "line_net", "branch", "refund_of",
    ]  # fmt: skip


def test_english_headers_in_any_spelling():
    headers = ["Customer ID", "FIRST_NAME", "lastName", "E-Mail", "Mobile phone 1", "D.O.B.", "#7"]

    assert list(guesses(headers, "customers").values()) == [
        "external_id", "given_name", "family_name", "email", "phone", "birth_on", None,
    ]  # fmt: skip


def test_no_field_is_guessed_twice_and_the_best_header_wins():
    found = guesses(["备用手机号码2", "手机", "电话"], "customers")

    assert found == {"备用手机号码2": None, "手机": "phone", "电话": None}


@pytest.mark.parametrize("kind", KINDS)
def test_synonyms_are_written_as_headers_are_compared_and_belong_to_one_field(kind):
    seen: dict[str, str] = {}
    for field in KINDS[kind].fields:
        for synonym in dict.fromkeys(field.keys):
            assert key(synonym) == synonym
            assert seen.setdefault(synonym, field.name) == field.name
        assert str(field.label)


@pytest.mark.parametrize("kind", KINDS)
def test_required_fields_exist(kind):
    names = {field.name for field in KINDS[kind].fields}

    assert names.issuperset(name for group in KINDS[kind].required for name in group)


def test_given_mapping_is_taken_over():
    data = {
        "columns": {"invoiceno": "external_id", "CustomerID": "customer_external_id",
                    "InvoiceDate": "occurred_at", "UnitPrice": "unit_price"},
        "options": {"day_first": True, "currency": "GBP", "unknown_customers": "create"},
    }  # fmt: skip

    mapping = read_mapping(data, SALES_HEADERS, "sales")

    assert mapping.columns["InvoiceNo"] == "external_id"
    assert mapping.header_of("occurred_at") == "InvoiceDate"
    assert mapping.options == Options(day_first=True, currency="GBP", unknown_customers="create")
    again = read_mapping(json.loads(json.dumps(mapping.as_json())), SALES_HEADERS, "sales")
    assert again == mapping


def test_mapping_without_columns_is_guessed():
    mapping = read_mapping({"options": {"currency": "GBP"}}, SALES_HEADERS, "sales")

    assert mapping.columns == {
        "InvoiceNo": "external_id", "CustomerID": "customer_external_id",
        "InvoiceDate": "occurred_at", "UnitPrice": "unit_price",
    }  # fmt: skip
    assert mapping.options.currency == "GBP"


GOOD = dict(
    zip(SALES_HEADERS, ["external_id", "customer_external_id", "occurred_at", "unit_price"],
        strict=True)
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ([], ["mapping_shape"]),
        ({"colums": {}}, ["mapping_shape"]),
        ({"columns": ["a"]}, ["mapping_shape"]),
        ({"columns": {}}, ["mapping_nothing"]),
        ({"columns": GOOD | {"Nope": "branch"}}, ["mapping_unknown_header"]),
        ({"columns": GOOD | {"UnitPrice": "prize"}}, ["mapping_unknown_field"]),
        ({"columns": GOOD | {"UnitPrice": 7}}, ["mapping_unknown_field"]),
        ({"columns": GOOD | {"UnitPrice": "occurred_at"}}, ["mapping_field_twice"]),
        ({"columns": GOOD | {"UnitPrice": None}}, ["mapping_required"]),
        ({"columns": GOOD, "options": {"dayfirst": True}}, ["mapping_unknown_option"]),
        ({"columns": GOOD, "options": {"day_first": "yes"}}, ["mapping_bad_option"]),
        ({"columns": GOOD, "options": {"currency": "XQQ"}}, ["mapping_bad_option"]),
        ({"columns": GOOD, "options": {"unknown_customers": ["auto"]}}, ["mapping_bad_option"]),
        ({"columns": GOOD, "options": {"delimiter": "^"}}, ["mapping_bad_option"]),
        ({"columns": GOOD, "options": {"header_line": True}}, ["mapping_bad_option"]),
        ({"columns": GOOD, "options": 3}, ["mapping_shape"]),
        (
            {"columns": {"Nope": "branch", "InvoiceNo": "x"}, "options": {"y": 1}},
            ["mapping_unknown_option", "mapping_unknown_header", "mapping_unknown_field"],
        ),
    ],
)
def test_what_is_wrong_with_a_mapping_is_all_said(data, codes):
    assert problems_of(data) == codes


def test_missing_required_fields_are_named():
    with pytest.raises(MappingRefused) as refused:
        guessed_mapping(["hobby", "city"], "customers")
    assert [problem.params["fields"] for problem in refused.value.problems] == [
        "name / family_name / given_name",
        "external_id / phone / email / wechat / card_number",
    ]


def test_options_can_be_read_before_the_file():
    assert read_options({"encoding": "cp1252", "sheet": "2026"}).encoding == "cp1252"


def profile_of(table, kind, options=None):
    return profile_table(table, guessed_mapping(table.headers, kind, options)).columns


def test_profile_finds_how_columns_write(table):
    found = table("单号;客户编号;日期;单价;原价\n1;C1;03/04/2026;1.280;5\n2;C2;13/04/2026;12,50;\n")

    columns = profile_of(found, "sales")

    assert (columns["日期"].day_first, columns["单价"].decimal_comma) == (True, True)
    assert (columns["原价"].decimal_comma, columns["原价"].n_blank) == (None, 1)
    assert columns["客户编号"].samples == ["C1", "C2"]


def test_profile_does_not_decide_what_rows_contradict(table):
    found = table("单号,客户编号,日期,单价\n1,C1,13/04/2026,1\n2,C2,04/13/2026,2\n")

    assert (profile_of(found, "sales")["日期"].day_first,) == (None,)
    assert profile_of(found, "sales")["日期"].is_mixed
    said = profile_of(found, "sales", Options(day_first=False))
    assert said["日期"].day_first is False


def test_real_customers_are_mapped(shared_file):
    found = open_table(shared_file("customers/zh_customers.csv"), name="c")

    assert guessed_mapping(found.headers, "customers").columns == {
        "id": "external_id", "姓名": "name", "手机": "phone", "性别": "gender", "生日": "birth_on",
        "来源": "source",
    }  # fmt: skip


def test_real_sales_are_mapped_and_profiled(shared_file):
    found = open_table(shared_file("sales/online_retail_2011.csv.gz"), name="s")
    mapping = guessed_mapping(found.headers, "sales")

    assert mapping == Mapping("sales", {
        "InvoiceNo": "external_id", "StockCode": "item_code", "Description": "item_name",
        "Quantity": "quantity", "InvoiceDate": "occurred_at", "UnitPrice": "unit_price",
        "CustomerID": "customer_external_id",
    })  # fmt: skip
    profile = profile_table(found, mapping, n_rows=1_000)
    assert profile.n_rows == 1_000
    assert profile.columns["UnitPrice"].decimal_comma is False


def test_every_reason_can_be_worded():
    class AnyValue(dict):
        def __missing__(self, name):
            return name

    for text in reasons.REASONS.values():
        assert str(text) % AnyValue()


def test_reader_exists_for_every_field_type():
    readers = {"identifier": "read_identifier", "name": "read_name", "text": "read_text",
               "phone": "read_phones", "email": "read_email", "gender": "read_gender",
               "date": "read_date", "instant": "read_instant", "tags": "read_tags",
               "boolean": "read_boolean", "integer": "read_integer", "amount": "read_amount",
               "price": "read_price", "currency": "read_currency", "moment": "read_instant",
               "word": "read_word", "number": "read_number", "day": "read_date"}  # fmt: skip
    used = {field.type for kind in KINDS.values() for field in kind.fields}

    assert used <= set(readers)
    assert all(hasattr(cells, name) for name in readers.values())


def test_every_reason_and_label_has_its_chinese():
    with (REPO / "locale/zh_Hans/parts/customer_files.po").open("rb") as file:
        chinese = read_po(file, locale="zh_Hans")
    labels = [f.label for kind in KINDS.values() for f in (*kind.fields, kind)]

    with translation.override(None):
        for text in reasons.REASONS.values():
            found = chinese.get(str(text)).string
            assert sorted(PLACEHOLDER.findall(found)) == sorted(PLACEHOLDER.findall(str(text)))
        for label in labels:
            assert chinese.get(str(label), context="column").string
