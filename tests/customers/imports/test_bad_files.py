"""Everything that is no table: refused as a whole with its reason, through both doors."""

import gzip
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers.models import ImportFile
from customers.services import imports
from tests.customers.imports.conftest import bring_in, counts, upload

BAD = {
    "file_empty": b"",
    "file_header_only": b"id,name\n",
    "file_no_header": b"C1,Ann,13800138000\nC2,Bea,13900139000\n",
    "file_binary": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "file_old_excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "file_html": b"<html><table><tr><td>id</td></tr></table></html>",
    "file_workbook_damaged": b"PK\x03\x04 this is no workbook at all",
    "file_unknown_encoding": "id,name\nC1,Zoë Müller-Lüdenscheidt é è ü ö\n".encode("cp1252") * 3,
    "file_too_many_columns": b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n1\n",
    "file_delimiter_unknown": b"id^name^phone\nC1^Ann^1\nC2^Bea^2\n",
    "file_gzip_damaged": gzip.compress(b"id,name\nC1,Ann\n" * 500)[:-30],
}


@pytest.mark.parametrize("code", BAD)
def test_bad_file_is_refused_by_the_service_and_not_kept(clinic, media, code):
    with pytest.raises(imports.ImportRefused) as refused:
        upload(BAD[code])

    assert refused.value.code == code
    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize("code", BAD)
def test_bad_file_is_refused_in_the_browser_with_the_reason(clinic, client_as, code):
    answer = client_as("manager").post(
        reverse("customers:import-new"),
        {"kind": "customers", "file": SimpleUploadedFile("x.csv", BAD[code])},
    )

    assert answer.status_code == 422
    [message] = answer.context["form"].errors["file"]
    assert len(message) > 20
    assert not ImportFile.objects.exists()


def test_encoding_that_cannot_be_found_out_can_be_said(clinic, client_as):
    content = "id,name\nC1,Zoë Müller\n".encode("cp1252")

    answer = client_as("manager").post(
        reverse("customers:import-new"),
        {"kind": "customers", "encoding": "cp1252", "file": SimpleUploadedFile("x.csv", content)},
    )

    made = ImportFile.objects.get()
    assert answer.url == reverse("customers:import-mapping", args=[made.pk])
    assert made.mapping["options"]["encoding"] == "cp1252"


@pytest.mark.parametrize(
    "content", [b"id;name\nC1;Ann\n", b"id\tname\nC1\tAnn\n", b"id|name\nC1|Ann\n"]
)
def test_other_delimiters_are_found_out(clinic, content):
    assert counts(bring_in(content)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "encoded",
    [
        "id,姓名\nC1,王小明\nC2,李静\n".encode(name)
        for name in ("utf-8", "utf-8-sig", "gb18030", "utf-16")
    ],
)
def test_encodings_are_found_out(clinic, encoded):
    done = bring_in(encoded)

    assert counts(done) == (2, 0, 0, 0)


def test_nul_and_stray_bytes_refuse_their_row_only(clinic):
    content = b"id,name\nC1,Ann\nC2,B\0ea\n" + "C3,王小明王小明\n".encode() * 20 + b"C4,\xff\xfe\n"

    done = bring_in(content)

    assert {code for _l, _f, code in done.problems.values_list("line", "field", "code")} == {
        "row_nul",
        "row_bad_bytes",
    }
    assert (done.n_created, done.n_refused) == (2, 2)
    out = io.StringIO()
    assert imports.write_error_file(done, out) == 2


class Endless(io.RawIOBase):
    """A body that says it holds 200 MB, and remembers how much of it was read."""

    def __init__(self) -> None:
        self.n_read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = 65_536 if size < 0 else size
        self.n_read += size
        return b"x" * size


def test_body_of_200_mb_is_refused_before_it_is_read(clinic, client_as):
    body, client = Endless(), client_as("manager")

    answer = client.generic(
        "POST",
        reverse("customers:import-new"),
        b"",
        "multipart/form-data; boundary=x",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(200 * 1024 * 1024)},
    )

    assert (answer.status_code, body.n_read) == (413, 0)
    assert "100 MB" in answer.content.decode()


def test_file_beyond_the_limit_is_refused_in_the_middle(clinic, media):
    pieces = iter([b"id,name\n"] + [b"C1,Ann\n" * 1_000] * 100)

    with pytest.raises(imports.ImportRefused) as refused:
        imports.store_upload(content=pieces, name="x.csv", kind="customers", max_bytes=20_000)

    assert refused.value.code == "upload_too_large"
    assert sum(1 for _ in pieces) > 90  # the rest was never asked for
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_upload_without_token_is_refused(clinic, manager):
    from django.test import Client

    from tests.conftest import outside_scope

    client = Client(enforce_csrf_checks=True)
    with outside_scope():
        client.force_login(manager.user)
        answer = client.post(reverse("customers:import-new"), {"kind": "customers"})

    assert answer.status_code == 403
