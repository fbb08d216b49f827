"""Delimited files: separators, quotes, ragged and broken rows, each row with its line."""

from __future__ import annotations

import json

import pytest

from customers.files.limits import Limits
from customers.files.refusals import FileRefused
from customers.files.table import open_table


def refused(table, content, **options) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        list(table(content, **options))
    assert refusal.value.message
    return refusal.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_although_others_occur(table, delimiter):
    rows = [["id", "note", "price"], ["1", "a|b;c", "1,5"], ["2", "x\ty", "2,5"], ["3", "", "3"]]
    text = "\n".join(delimiter.join(f'"{v}"' if delimiter in v else v for v in row) for row in rows)

    found = table(text)

    assert found.delimiter == delimiter
    assert [row.cells for row in found] == rows[1:]


def test_excel_sep_line_is_obeyed(table):
    found = table("sep=;\nid;price\n1;1,5\n")

    assert (found.delimiter, found.headers) == (";", ("id", "price"))


def test_quoted_line_ends_keep_the_line_numbers_right(table):
    found = table('id,note\n1,"two\nlines"\n2,one\n\n3,"x\r\ny"\n4,z\n')

    assert [(r.line, r.cells) for r in found] == [
        (2, ["1", "two\nlines"]),
        (4, ["2", "one"]),
        (6, ["3", "x\r\ny"]),
        (8, ["4", "z"]),
    ]


def test_old_mac_line_ends(table):
    assert [(r.line, r.cells) for r in table("a,b\r1,2\r3,4\r")] == [
        (2, ["1", "2"]),
        (3, ["3", "4"]),
    ]


def test_ragged_rows_are_reported_and_spoil_no_other(table):
    found = table("a,b,c\n1,2,3\n1,2,3,4\n1,2\n1,2,3,\n")

    assert [
        (r.line, r.problem and (r.problem.code, r.problem.params["n_cells"])) for r in found
    ] == [
        (2, None),
        (3, ("row_too_many_cells", 4)),
        (4, ("row_too_few_cells", 2)),
        (5, None),
    ]


def test_nul_costs_one_row(table):
    found = table("a,b\n1,2\n\0,4\n5,6\n")

    assert [r.problem and r.problem.code for r in found] == [None, "row_nul", None]


@pytest.mark.parametrize("n_after", [0, 3, 5_000])
def test_unclosed_quote_costs_one_row(table, n_after):
    tail = "".join(f"{n},y\n" for n in range(n_after))

    rows = list(table('id,note\n1,x\n2,"never closed\n' + tail))

    assert [(r.line, r.problem.code) for r in rows if r.problem] == [(3, "row_unclosed_quote")]
    assert rows[1].cells == ["2", '"never closed']
    assert [r.line for r in rows] == list(range(2, 4 + n_after))


def test_quotes_broken_all_over_are_refused(table):
    broken = "id,note\n" + ("1,x\n" * 3 + '2,"y\n' + "3,z\n" * 12) * 5

    refusal = refused(table, broken, limits=Limits(max_row_lines=10, max_unclosed_quotes=3))

    assert (refusal.code, refusal.params) == ("file_quotes_broken", {"limit": 3, "line": 5})


def test_endless_cell_costs_one_row(table):
    rows = list(table(f"id,note\n1,{'x' * 200_000}\n2,y\n"))

    assert [(r.line, r.problem and r.problem.code) for r in rows] == [
        (2, "row_cell_too_long"), (3, None),
    ]  # fmt: skip


def test_a_million_columns_are_refused(table):
    header = ",".join(f"c{n}" for n in range(1_000_000))

    assert refused(table, header + "\n" + "1," * 999_999 + "1\n").code == "file_too_many_columns"


def test_more_columns_than_allowed_are_refused(table):
    header = ",".join(f"c{n}" for n in range(501))

    refusal = refused(table, header + "\n" + ",".join("1" * 501) + "\n")

    assert (refusal.code, refusal.params["n_columns"]) == ("file_too_many_columns", 501)


def test_one_endless_line_is_refused(table):
    assert refused(table, "id\n" + "x" * 1_100_000).code == "file_line_too_long"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("id,name\n", "file_header_only", 1),
        ("\n\nid,name\n\n\n", "file_header_only", 3),
        ("1,2,3\n", "file_no_header", 1),
        ("王小明,13800138000,1990/3/5\n李静,13900139000,1991/3/5\n", "file_no_header", 1),
    ],
)
def test_missing_rows_or_column_names_are_refused(table, content, code, line):
    refusal = refused(table, content)

    assert (refusal.code, refusal.params) == (code, {"line": line})


def test_unknown_separator_is_named(table):
    refusal = refused(table, "编号，姓名\nC1，王小明\nC2，李静\n")

    assert (refusal.code, refusal.params) == ("file_delimiter_unknown", {"delimiter": "，"})


def test_titles_above_the_column_names_are_left_out_and_said(table):
    found = table("客户名单,,,\n导出时间：,2026-01-01,,\n\n编号,姓名,手机,生日\nC1,王,138,\n")

    assert found.headers == ("编号", "姓名", "手机", "生日")
    assert [(w.code, w.params) for w in found.warnings] == [("warning_lines_above", {"n_lines": 3})]
    assert [r.line for r in found] == [5]


def test_header_line_can_be_named(table):
    found = table("x,y\n1,2\nid,name\n3,4\n", header_line=3)

    assert (found.headers, [r.cells for r in found]) == (("id", "name"), [["3", "4"]])


def test_columns_get_names_of_their_own(table):
    found = table("id,备注,,备注,\n1,a,b,c,\n")

    assert found.headers == ("id", "备注", "#3", "备注 (2)")
    assert [w.params for w in found.warnings] == [{"header": "备注", "renamed": "备注 (2)"}]
    assert [r.cells for r in found] == [["1", "a", "b", "c"]]


def test_a_table_can_be_read_twice(table):
    found = table("a,b\nx,2\n")

    assert list(found) == list(found) != []


SPECTRUM = [
    "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines",
    "quotes_and_newlines", "simple", "simple_crlf", "utf8",
]  # fmt: skip


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_spectrum_matches_its_answers(shared_file, name):
    found = open_table(shared_file(f"messy/csv-spectrum/{name}.csv"), name=name)
    right = json.loads(shared_file(f"messy/csv-spectrum/{name}.json").read_text())

    assert [dict(zip(found.headers, r.cells, strict=True)) for r in found] == right


def test_csv_spectrum_newlines_crlf(shared_file, table):
    # The file lies here with bare line feeds; its answer is for the original line ends.
    raw = shared_file("messy/csv-spectrum/newlines_crlf.csv").read_bytes()
    found = table(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    right = json.loads(shared_file("messy/csv-spectrum/newlines_crlf.json").read_bytes())

    assert [dict(zip(found.headers, r.cells, strict=True)) for r in found] == right


@pytest.mark.parametrize(
    ("name", "encoding", "n_rows", "problems"),
    [
        ("messy/csvkit/FY09_EDU_Recipients_by_State.csv", "utf-8", 52, []),
        ("messy/csvkit/bad.csv", "utf-8", 3, ["row_too_many_cells", "row_too_few_cells"]),
        (
            "messy/csvkit/bad_skip_lines.csv",
            "utf-8",
            3,
            ["row_too_many_cells", "row_too_few_cells"],
        ),
        ("messy/csvkit/dummy.csv.gz", "utf-8", 1, []),
        ("messy/csvkit/ks_1033_data.csv", "utf-8", 1575, []),
        ("messy/csvkit/null_byte.csv", "utf-8", 1, ["row_nul"]),
        ("messy/csvkit/test_header_newline.csv", "utf-8", 1, []),
        ("messy/csvkit/test_utf16_big.csv", "utf-16-be", 2, []),
        ("messy/csvkit/test_utf16_little.csv", "utf-16-le", 2, []),
        ("messy/csvkit/test_utf8_bom.csv", "utf-8", 2, []),
        ("customers/zh_customers.csv", "utf-8", 420, []),
        ("customers/zh_customers_gb18030.csv", "gb18030", 420, []),
        ("sales/online_retail_2011.csv.gz", "utf-8", 541_909, []),
    ],
)
def test_real_files(shared_file, name, encoding, n_rows, problems):
    found = open_table(shared_file(name), name=name)
    n_seen, seen = 0, []
    for row in found:
        n_seen += 1
        if row.problem:
            seen.append(row.problem.code)

    assert (found.encoding, n_seen, seen) == (encoding, n_rows, problems)


def test_both_encodings_of_the_customers_hold_the_same(shared_file):
    utf8 = open_table(shared_file("customers/zh_customers.csv"), name="a")
    gb18030 = open_table(shared_file("customers/zh_customers_gb18030.csv"), name="b")

    assert (utf8.headers, list(utf8)) == (gb18030.headers, list(gb18030))
