"""Workbooks: text as a person sees it; macros, bombs and traps refused before they are opened."""

from __future__ import annotations

import struct
import zipfile

import pytest

from customers.files.limits import Limits
from customers.files.refusals import FileRefused
from customers.files.table import open_table
from customers.files.workbook import cell_text

SMALL = {"A1": "编号", "B1": "手机", "A2": "C1", "B2": 13800138000}


def refusal_of(path, **options) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        list(open_table(path, name="book.xlsx", **options))
    assert refused.value.message
    return refused.value


def test_values_read_as_a_person_sees_them(workbook):
    cells = {"A1": "编号", "B1": "手机", "C1": "金额"}
    cells |= {"A2": "C1", "B2": 13800138000.0, "C2": 0.1 + 0.2}
    cells |= {"A3": "C2", "B3": "1.38E+10", "C3": -12.5}

    found = open_table(workbook({"名单": cells}), name="book.xlsx")

    assert (found.kind, found.sheet, found.headers) == ("xlsx", "名单", ("编号", "手机", "金额"))
    assert [(r.line, r.cells) for r in found] == [
        (2, ["C1", "13800138000", "0.3"]),
        (3, ["C2", "1.38E+10", "-12.5"]),
    ]


def test_numbers_too_long_for_excel_are_not_made_up():
    assert cell_text(1.3800138e17) == "1.3800138e+17"


def test_first_sheet_with_content_is_read_and_the_others_named(workbook):
    path = workbook(
        {"说明": {}, "隐藏": {"A1": "x"}, "客户": SMALL, "更多": SMALL}, hidden=("隐藏",)
    )

    found = open_table(path, name="b")

    assert found.sheet == "客户"
    assert [w.params for w in found.warnings] == [{"sheet": "客户", "sheets": "说明, 更多"}]
    assert open_table(path, name="b", sheet="更多").sheet == "更多"
    unknown = refusal_of(path, sheet="nope")
    assert (unknown.code, unknown.params["sheets"]) == ("file_sheet_unknown", "说明, 客户, 更多")


def test_lines_are_those_excel_shows(workbook):
    cells = {"B4": "id", "C4": "name", "B6": "C1", "C6": "Ann"}

    found = open_table(workbook({"s": cells}), name="b")

    assert found.header_line == 4
    assert [(r.line, r.cells) for r in found] == [(6, ["C1", "Ann"])]


def test_empty_workbook_is_refused(workbook):
    assert refusal_of(workbook({"a": {}, "b": {}})).code == "file_empty"


def test_macros_are_refused(workbook):
    path = workbook({"a": SMALL}, extra={"xl/vbaProject.bin": b"program"})

    assert refusal_of(path).code == "file_macros"


def test_archive_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("customers.csv", "id,name\n1,Ann\n")

    assert refusal_of(path).code == "file_zip"


def test_damaged_workbook_is_refused(workbook):
    path = workbook({"a": SMALL})
    path.write_bytes(path.read_bytes()[:-200])

    assert refusal_of(path).code == "file_workbook_damaged"


def test_broken_xml_inside_is_refused(workbook):
    path = workbook({"a": SMALL}, extra={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"})

    assert refusal_of(path).code == "file_workbook_damaged"


def test_zip_bomb_is_refused_by_its_directory(workbook):
    path = workbook({"a": SMALL}, extra={"xl/media/x.bin": bytes(3_000_000)})

    assert path.stat().st_size < 10_000
    assert refusal_of(path, limits=Limits(max_workbook_bytes=2_000_000)).code == (
        "file_workbook_too_big"
    )


def test_zip_bomb_that_lies_about_its_size_is_refused(workbook):
    parts = {"xl/media/x.bin": bytes(1_500_000), "xl/media/y.bin": bytes(1_500_000)}
    path = workbook({"a": SMALL}, extra=parts)
    content = path.read_bytes()
    assert content.count(struct.pack("<I", 1_500_000)) == 4
    path.write_bytes(content.replace(struct.pack("<I", 1_500_000), struct.pack("<I", 300)))

    assert refusal_of(path, limits=Limits(max_workbook_bytes=2_000_000)).code == (
        "file_workbook_too_big"
    )


@pytest.mark.parametrize(
    ("far_cell", "code"),
    [("XFD1048576", "file_too_many_columns"), ("SF1048576", "file_workbook_too_big")],
)
def test_cell_at_the_end_of_the_world_is_refused_before_opening(workbook, far_cell, code):
    assert refusal_of(workbook({"a": {**SMALL, far_cell: "x"}})).code == code


def test_empty_formatted_cells_far_out_do_no_harm(workbook):
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="XFD1" s="0"/></row>'
        '<row r="2"><c r="A2"><v>7</v></c></row></sheetData></worksheet>'
    )

    path = workbook({"s": SMALL}, extra={"xl/worksheets/sheet1.xml": sheet.encode()})
    found = open_table(path, name="b")

    assert (found.headers, [r.cells for r in found]) == (("id",), [["7"]])


@pytest.mark.parametrize(
    ("name", "sheet", "header_line", "n_rows"),
    [
        ("test.xlsx", "Sheet1", 1, 5),
        ("test_skip_lines.xlsx", "Sheet1", 4, 5),
        ("sheets.xlsx", "data", 1, 5),
        ("ne_1033_data.xlsx", "NE data", 1, 1036),
    ],
)
def test_real_workbooks(shared_file, name, sheet, header_line, n_rows):
    found = open_table(shared_file(f"messy/csvkit/{name}"), name=name)
    rows = list(found)

    assert (found.sheet, found.header_line, len(rows)) == (sheet, header_line, n_rows)
    assert not any(row.problem for row in rows)


def test_real_workbook_dates_and_booleans(shared_file):
    rows = list(open_table(shared_file("messy/csvkit/test.xlsx"), name="t"))

    assert rows[0].cells[1:6] == ["1971-01-01", "40", "TRUE", "1", "1971-01-01 04:14:00"]
