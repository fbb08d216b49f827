"""A file is read in the characters it was written in, or refused with what to do."""

from __future__ import annotations

import gzip
import os

import pytest

from customers.files.encoding import detect_encoding
from customers.files.limits import Limits
from customers.files.refusals import FileRefused
from customers.files.table import open_table

CHINESE = "编号,姓名,手机\nC1,王小明,13800138000\nC2,李静,13900139000\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"],
)
def test_chinese_text_reads_the_same_in_every_encoding(table, encoding):
    found = table(CHINESE.encode(encoding))

    assert found.headers == ("编号", "姓名", "手机")
    assert [row.cells for row in found] == [
        ["C1", "王小明", "13800138000"],
        ["C2", "李静", "13900139000"],
    ]


def test_rare_characters_survive_gb18030(table):
    found = table("编号,姓名\nC1,㛃䶮\nC2,𠮷田\nC3,镕\n".encode("gb18030"))

    assert [row.cells[1] for row in found] == ["㛃䶮", "𠮷田", "镕"]


def test_chinese_far_behind_the_first_bytes_is_found(table):
    head = "id,name\n" + "".join(f"C{n},Ann\n" for n in range(200_000))
    found = table(head.encode() + "C9,王小明\n".encode("gb18030"))

    assert found.encoding == "gb18030"
    assert list(found)[-1].cells == ["C9", "王小明"]


def test_one_damaged_byte_in_utf8_costs_one_row(table):
    rows = "".join(f"C{n},王小明\n" for n in range(50))
    broken = ("编号,姓名\n" + rows).encode().replace("C7,王".encode(), b"C7,\xe7\x8e,", 1)
    found = table(broken)

    assert found.encoding == "utf-8"
    assert [w.code for w in found.warnings] == ["warning_damaged"]
    assert [(r.line, r.problem.code) for r in found if r.problem] == [(9, "row_bad_bytes")]
    assert sum(1 for row in found if not row.problem) == 49


def test_lone_surrogate_in_utf16_costs_one_row(table):
    text = "id,name\nC1,Ann\nC2,\ud800\nC3,Eve\n".encode("utf-16-le", "surrogatepass")

    found = table(b"\xff\xfe" + text)

    assert [(r.cells[0], r.problem and r.problem.code) for r in found] == [
        ("C1", None), ("C2", "row_bad_bytes"), ("C3", None),
    ]  # fmt: skip


def test_western_text_is_not_read_as_chinese(write):
    path = write("id,name\n1,Renée Müller\n2,Andréa Gärtner\n".encode("cp1252"))

    with pytest.raises(FileRefused) as refused:
        open_table(path, name="x.csv")
    assert refused.value.code == "file_unknown_encoding"
    named = open_table(path, name="x.csv", encoding="cp1252")
    assert [row.cells[1] for row in named] == ["Renée Müller", "Andréa Gärtner"]


@pytest.mark.parametrize("encoding", ["utf-8", "no-such-thing", "rot13", "base64"])
def test_wrong_named_encoding_is_refused(write, encoding):
    path = write(CHINESE.encode("gb18030"))

    with pytest.raises(FileRefused) as refused:
        open_table(path, name="x.csv", encoding=encoding)
    assert refused.value.code == "file_wrong_encoding"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"\n\r\n  \n", "file_empty"),
        (b"%PDF-1.7 ...", "file_binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "file_binary"),
        (b"\xff\xd8\xff\xe0JFIF", "file_binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_old_excel"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "file_html"),
        (b"<?xml version='1.0'?><Workbook/>", "file_html"),
        (b"a,b\n" + bytes(1000), "file_binary"),
        (b"\x1f\x8b\x08\x00broken", "file_gzip_damaged"),
    ],
)
def test_what_is_no_table_is_refused(write, content, code):
    with pytest.raises(FileRefused) as refused:
        open_table(write(content), name="x")
    assert refused.value.code == code
    assert str(refused.value)


def test_random_bytes_are_refused(write):
    with pytest.raises(FileRefused):
        open_table(write(os.urandom(20_000)), name="x")


def test_gzip_is_unpacked(table):
    found = table(gzip.compress(CHINESE.encode("gb18030")))

    assert [row.cells[1] for row in found] == ["王小明", "李静"]


def test_cut_off_gzip_is_refused(write):
    packed = gzip.compress(("id,name\n" + "C1,Ann\n" * 5_000).encode())

    with pytest.raises(FileRefused) as refused:
        list(open_table(write(packed[: len(packed) // 2]), name="x"))
    assert refused.value.code == "file_gzip_damaged"


def test_gzip_bomb_is_refused_without_unpacking_it_all(write):
    packed = gzip.compress(b"id,name\n" + b"C1,Ann\n" * 1_000_000)

    with pytest.raises(FileRefused) as refused:
        detect_encoding(write(packed), Limits(max_text_bytes=1_000_000))
    assert refused.value.code == "file_too_large"
