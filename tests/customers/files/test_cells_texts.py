"""Text, choices and identifiers: cleaned of what nobody typed, refused when digits are lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.files.cells import (
    read_boolean,
    read_email,
    read_gender,
    read_identifier,
    read_integer,
    read_name,
    read_tags,
    read_text,
)
from customers.files.refusals import CellRefused

READERS = (read_name, read_text, read_identifier, read_email, read_gender, read_integer, read_tags)


def code_of(reader, text, **options) -> str:
    with pytest.raises(CellRefused) as refused:
        reader(text, **options)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王小明", "王小明"),
        ("  王\u3000小明 ", "王 小明"),
        ("Ａｎｎ", "Ann"),
        ("\u202d王小明\u202c\ufeff", "王小明"),
        ("㛃䶮𠮷", "㛃䶮𠮷"),
        ("👩‍⚕️ Ann", "👩‍⚕️ Ann"),
        ("מרים", "מרים"),
        ("=1+1", "=1+1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("王\x07明", "王明"),
        ("无", "无"),
    ],
)
def test_names(text, name):
    assert read_name(text) == (name, name != text)


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "\ufeff"])
@pytest.mark.parametrize("reader", [*READERS, read_boolean])
def test_blank_cells_read_as_nothing(reader, text):
    assert reader(text) == (None, False)


@pytest.mark.parametrize("reader", READERS)
def test_nul_and_half_characters_are_refused(reader):
    assert code_of(reader, "1\0") == "text_nul"
    assert code_of(reader, "1\ud800") == "text_bad_characters"


def test_long_texts_are_refused_with_their_length():
    with pytest.raises(CellRefused) as refused:
        read_name("长" * 300, max_length=200)
    assert refused.value.params == {"n_chars": 300, "limit": 200}


def test_notes_keep_their_lines_and_width():
    assert read_text("　第一行：\r\n第二行\r第三行 ") == ("第一行：\n第二行\n第三行", True)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [("C00001", "C00001"), ("17850.0", "17850"), ("'0012", "0012"), ("１２", "12"), ("1E5", "1E5")],
)
def test_identifiers(text, identifier):
    assert read_identifier(text) == (identifier, identifier != text)


@pytest.mark.parametrize("text", ["1.38E+10", "6.22E+18", "6E+18"])
def test_identifier_rounded_by_excel_is_refused(text):
    assert code_of(read_identifier, text) == "text_scientific"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann.Lee@Example.COM", "Ann.Lee@example.com"),
        ("ａｎｎ＠example.com", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("<ann@example.co.uk>", "ann@example.co.uk"),
        ("王@例子.中国", "王@例子.中国"),
        ("无", None),
    ],
)
def test_email(text, address):
    assert read_email(text).value == address


@pytest.mark.parametrize(
    "text",
    ["ann", "ann@", "@b.com", "a b@c.com", "a..b@c.com", ".a@c.com", "a@b", "a@b..com", "a@-b.com",
     "a@1.2", "a@b.com, c@d.com", "x" * 65 + "@b.com", "a@" + "b" * 64 + ".com"],
)  # fmt: skip
def test_bad_email_is_refused(text):
    assert code_of(read_email, text) == "email_invalid"


@pytest.mark.parametrize(
    ("text", "gender"),
    [("女", "female"), ("女士", "female"), ("F", "female"), ("Female", "female"), ("男", "male"),
     ("先生", "male"), ("ｍ", "male"), ("其他", "other"), ("保密", None), ("unknown", None)],
)  # fmt: skip
def test_gender(text, gender):
    assert read_gender(text).value == gender


@pytest.mark.parametrize(
    ("text", "value"),
    [("是", True), ("同意", True), ("YES", True), ("1", True), ("TRUE", True), ("否", False),
     ("不同意", False), ("n", False), ("0", False)],
)  # fmt: skip
def test_booleans(text, value):
    assert read_boolean(text).value is value


@pytest.mark.parametrize(
    ("text", "value"),
    [("6", 6), ("-1", -1), ("6.0", 6), ("1,000", 1000), ("１２", 12), ("3次", 3), ("−2", -2)],
)
def test_integers(text, value):
    assert read_integer(text) == (value, str(value) != text)


@pytest.mark.parametrize(
    ("reader", "text", "code"),
    [
        (read_integer, "1.5", "integer_invalid"),
        (read_integer, "1,00", "integer_invalid"),
        (read_integer, "x", "integer_invalid"),
        (read_integer, "=1+1", "formula"),
        (read_integer, "9999999999", "integer_too_large"),
        (read_integer, "9" * 5000, "integer_too_large"),
        (read_gender, "女孩子吧", "gender_unknown"),
        (read_boolean, "maybe", "boolean_unknown"),
        (read_tags, "x" * 51, "text_too_long"),
    ],
)
def test_refused_choices(reader, text, code):
    assert code_of(reader, text) == code


def test_tags_are_split_and_each_kept_once():
    assert read_tags("VIP、怕疼, 玻尿酸；VIP|老客\n;").value == ("VIP", "怕疼", "玻尿酸", "老客")


@given(st.integers(-(2**31) + 1, 2**31 - 1))
def test_integers_come_back(number):
    assert read_integer(str(number)) == (number, False)
    assert read_integer(f"{number:,}").value == number


@given(st.text())
def test_text_readers_answer_or_refuse(text):
    for reader in (*READERS, read_boolean):
        try:
            value = reader(text).value
        except CellRefused as refused:
            assert refused.message.isprintable()
        else:
            assert "\0" not in str(value)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_reading_a_name_twice_changes_nothing_more(text):
    first = read_name(text, max_length=10_000).value or ""

    assert (read_name(first, max_length=10_000).value or "") == first
