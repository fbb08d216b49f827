"""Files made on the spot, and the way to the real ones when they are there."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from customers.files.table import Table, open_table

REPO = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("CLINIC_CRM_SHARED_DATA", REPO.parent / "shared" / "data"))

CONTENT_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
</Types>"""  # noqa: E501
ROOT_RELS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>
</Relationships>"""  # noqa: E501
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOC_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def shared_file():
    def path(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"{name} is not here")
        return SHARED / name

    return path


@pytest.fixture
def write(tmp_path):
    """write(bytes or text) → path of a new file."""

    def write(content: bytes | str, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def table(write):
    """table(bytes or text) → the opened table."""

    def table(content: bytes | str, **options) -> Table:
        return open_table(write(content), name="file.csv", **options)

    return table


def cell_xml(ref: str, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{ref}"><v>{value}</v></c>'


def sheet_xml(cells: dict[str, object]) -> str:
    """cells: {"A1": "text", "B2": 3}, in the order of rows."""
    rows: dict[str, list[str]] = {}
    for ref, value in cells.items():
        rows.setdefault(ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), []).append(cell_xml(ref, value))
    body = "".join(f'<row r="{row}">{"".join(xml)}</row>' for row, xml in rows.items())
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


@pytest.fixture
def workbook(tmp_path):
    """workbook({"Sheet": {"A1": "name"}}) → path; extra: parts to add or to replace."""

    def workbook(
        sheets: dict[str, dict[str, object]],
        extra: dict[str, bytes] | None = None,
        hidden: tuple[str, ...] = (),
    ) -> Path:
        names, rels = [], []
        parts = {"[Content_Types].xml": CONTENT_TYPES, "_rels/.rels": ROOT_RELS}
        for n, (name, cells) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name in hidden else ""
            names.append(f'<sheet name="{name}" sheetId="{n}"{state} r:id="r{n}"/>')
            rels.append(
                f'<Relationship Id="r{n}" Type="{DOC_RELS}/worksheet" '
                f'Target="worksheets/sheet{n}.xml"/>'
            )
            parts[f"xl/worksheets/sheet{n}.xml"] = sheet_xml(cells)
        parts["xl/workbook.xml"] = (
            f'<workbook xmlns="{MAIN}" xmlns:r="{DOC_RELS}"><sheets>{"".join(names)}</sheets>'
            "</workbook>"
        )
        parts["xl/_rels/workbook.xml.rels"] = (
            f'<Relationships xmlns="{PACKAGE_RELS}">{"".join(rels)}</Relationships>'
        )
        path = tmp_path / "book.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in (parts | (extra or {})).items():
                archive.writestr(part, content)
        return path

    return workbook
