"""Files of a customer: drawn anew, refused when more than they seem, opened for minutes."""

import io
import zipfile
import zlib
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from customers import uploads
from customers.models import CustomerEvent, CustomerFile
from customers.services import documents
from tenancy.models import AuditEntry
from tests.conftest import outside_scope
from tests.factories.customers import CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, format=kind, **options)
    return out.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    exif[0x010F] = "CANARY camera"
    return picture(exif=exif, comment=b"CANARY comment")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.txt", "a")
    return out.getvalue()


def test_a_picture_is_drawn_anew_upright_without_what_it_carried():
    cleaned = uploads.clean(with_place() + b"CANARY behind")

    assert b"CANARY" not in cleaned.content + cleaned.preview
    assert (cleaned.width, cleaned.height) == (48, 64)
    with Image.open(io.BytesIO(cleaned.content)) as kept:
        assert (kept.format, len(kept.getexif()), "icc_profile" in kept.info) == ("JPEG", 0, False)


@pytest.mark.parametrize(("kind", "mode"), [
    ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("PNG", "I;16"), ("WEBP", "RGB"),
    ("WEBP", "RGBA"), ("JPEG", "CMYK"), ("JPEG", "L"),
])  # fmt: skip
def test_every_mode_is_kept_as_what_it_shows(kind, mode):
    source = Image.new("RGB", (8, 8), "teal").convert("I").convert("I;16") if mode == "I;16" else (
        Image.new("RGB", (8, 8), "teal").convert(mode)
    )  # fmt: skip
    out = io.BytesIO()
    source.save(out, format=kind)
    cleaned = uploads.clean(out.getvalue())
    assert cleaned.content_type == f"image/{kind.lower()}"
    assert cleaned.preview.startswith(b"\xff\xd8")


def test_a_large_picture_is_made_smaller():
    cleaned = uploads.clean(picture(size=(6000, 3000), quality=10))
    assert max(cleaned.width, cleaned.height) <= uploads.LONGEST_SIDE
    assert cleaned.width == 2 * cleaned.height


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 30,000 × 30,000."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return len(data).to_bytes(4, "big") + name + data + crc.to_bytes(4, "big")

    side = (30_000).to_bytes(4, "big")
    head = chunk(b"IHDR", side + side + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, format="WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


def pdf_with(inside: bytes) -> bytes:
    return PDF.replace(b"/Type /Catalog", b"/Type /Catalog " + inside)


def packed(inside: bytes) -> bytes:
    """The same hidden in a compressed stream of objects."""
    data = zlib.compress(inside)
    stream = (
        b"2 0 obj\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + data + b"\nendstream\n"
    )
    return PDF.replace(b"trailer", stream + b"endobj\ntrailer")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"x" * (uploads.MOST_BYTES + 1), "too_large"),
        (b"hello", "unknown_kind"),
        (b"MZ\x90\x00" + b"\0" * 100, "unknown_kind"),
        (picture("GIF"), "unknown_kind"),
        (picture("TIFF"), "unknown_kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "vector"),
        (b'<?xml version="1.0"?>\n<SVG/>', "vector"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        (bomb(), "too_many_pixels"),
        (picture("PNG", (9_000, 8_000), "1"), "too_many_pixels"),
        (moving(), "moving"),
        (picture()[:200], "damaged"),
        (picture("PNG")[:60], "damaged"),
        (picture() + zipped(), "polyglot"),
        (PDF + zipped(), "polyglot"),
        (picture(comment=b"<script>alert(1)</script>"), "polyglot"),
        (picture(comment=b"%PDF-1.4"), "polyglot"),
        (b"<html>%PDF-1.4", "polyglot"),
        (zipped(), "polyglot"),
        (pdf_with(b"/OpenAction << /S /JavaScript /JS (x) >>"), "pdf_active"),
        (pdf_with(b"/OpenAction << /S /J#61vaScript >>"), "pdf_active"),
        (pdf_with(b"/Names << /EmbeddedFiles 3 0 R >>"), "pdf_active"),
        (pdf_with(b"/Encrypt 3 0 R"), "pdf_active"),
        (packed(b"<< /S /JavaScript >>"), "pdf_active"),
        (PDF.replace(b"%%EOF", b""), "pdf_damaged"),
        (PDF + b"MZ", "pdf_damaged"),
    ],
    ids=range(27),
)
def test_what_is_more_or_less_than_it_seems_is_refused(content, code):
    with pytest.raises(uploads.UploadRefused) as refused:
        uploads.clean(content)
    assert refused.value.code == code
    assert code in documents._WORDS


def test_an_ordinary_pdf_passes_unchanged():
    for content in (PDF, pdf_with(b"/OpenAction [3 0 R /Fit]"), packed(b"<< /Type /Page >>")):
        assert uploads.clean(content) == uploads.Cleaned("pdf", "application/pdf", content)
    data = b"2 0 obj\n<< /Length 9 >>\nstream\n\x00/JS \xff/AA\nendstream\nendobj\n"
    uploads.clean(PDF.replace(b"trailer", data + b"trailer"))  # chance bytes of a picture


@pytest.fixture
def may_see_health(monkeypatch):
    """The capability's name is what counts, whoever has it."""
    from tenancy import roles

    assert "health.view" in roles.CAPABILITIES
    return MembershipFactory(role=next(iter(roles.CAPABILITIES["health.view"])))


def upload(client, customer, content=None, name="before.jpg", **said):
    file = SimpleUploadedFile(name, picture() if content is None else content)
    return client.post(f"/customers/{customer.pk}/files/new/", {"file": file} | said, headers=HTMX)


def stored(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_a_file_is_kept_privately_opened_with_a_trace_and_deleted(
    client_as, staff, media, clinic, django_capture_on_commit_callbacks
):
    customer, client = CustomerFactory(), client_as(staff)
    assert upload(client, customer, title=" Before  peel ").headers["HX-Redirect"]

    file = CustomerFile.objects.get()
    assert (file.title, file.kind, file.added_by, file.is_medical) == (
        "Before peel", "image", staff, False,
    )  # fmt: skip
    assert {path.parent for path in stored(media)} == {media / "files" / str(clinic.pk)}
    assert {oct(path.stat().st_mode & 0o777) for path in stored(media)} == {"0o600"}
    event = CustomerEvent.objects.get()
    assert (event.kind, event.source_key) == ("file.added", f"file:{file.pk}")

    address = f"/customers/{customer.pk}/files/{file.pk}/"
    link = client.get(address)
    opened = client.get(link.headers["Location"])
    assert opened.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in opened.headers["Content-Security-Policy"]
    assert opened.headers["Cache-Control"] == "private, no-store"
    assert opened.content == documents.content_of(file)
    assert AuditEntry.objects.get(action="file.opened").subject_id == file.pk
    listed = client.get(f"/customers/{customer.pk}/files/").context["files"]
    assert client.get(listed[0][1]).headers["Content-Type"] == "image/jpeg"

    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{address}delete/")
    assert stored(media) == []
    assert CustomerFile.objects.count() == CustomerEvent.objects.count() == 0
    assert AuditEntry.objects.filter(action="file.deleted").exists()


def test_a_link_holds_for_minutes_for_one_person_and_one_file(client_as, staff):
    customer, client = CustomerFactory(), client_as(staff)
    for _two in range(2):
        upload(client, customer)
    first, second = CustomerFile.objects.order_by("pk")
    link = client.get(f"/customers/{customer.pk}/files/{first.pk}/").headers["Location"]
    key = link.partition("?key=")[2]

    assert client.get(link).status_code == 200
    assert client_as("owner").get(link).status_code == 410  # somebody else's link
    for other in (f"{second.pk}/open/?key={key}", f"{first.pk}/open/", f"{first.pk}/open/?key=x:y"):
        assert client.get(f"/customers/{customer.pk}/files/{other}").status_code == 410
    with time_machine.travel(timezone.now() + timezone.timedelta(seconds=301)):
        late = client_as(staff).get(link)
    assert late.status_code == 410
    assert b"This link has run out" in late.content
    with outside_scope():
        from django.test import Client

        assert Client().get(link).status_code == 302  # to the sign-in


def test_another_branch_opens_nothing(client_as, staff):
    east, west = BranchFactory(), BranchFactory()
    customer = CustomerFactory(home_branch=east)
    upload(client_as(staff), customer)
    file = CustomerFile.objects.get()
    client = client_as(MembershipFactory(role="staff", branch=west))
    for path in ("", f"{file.pk}/", f"{file.pk}/open/", "new/"):
        assert client.get(f"/customers/{customer.pk}/files/{path}").status_code == 404
    assert client.post(f"/customers/{customer.pk}/files/{file.pk}/delete/").status_code == 404


def test_a_medical_file_is_as_unknown_as_none_without_the_right(client_as, may_see_health):
    customer = CustomerFactory()
    upload(client_as(may_see_health), customer, title="Biopsy", is_medical="on")
    file = CustomerFile.objects.get()
    assert file.is_medical
    assert b"Biopsy" in client_as(may_see_health).get(f"/customers/{customer.pk}/").content
    outsider = client_as("analyst")
    for path in (f"{file.pk}/", f"{file.pk}/open/"):
        assert outsider.get(f"/customers/{customer.pk}/files/{path}").status_code == 404
    for path in ("", "timeline/", "files/"):
        assert b"Biopsy" not in outsider.get(f"/customers/{customer.pk}/{path}").content


def test_a_medical_file_opens_with_a_reason_or_for_the_consultant(client_as, may_see_health):
    customer, client = CustomerFactory(), client_as(may_see_health)
    upload(client, customer, title="Biopsy", is_medical="on")
    file = CustomerFile.objects.get()
    address = f"/customers/{customer.pk}/files/{file.pk}/"
    key = documents.link_key(file.pk, member_id=may_see_health.pk)

    assert client.get(address).headers["Location"] == f"/customers/{customer.pk}/health/"
    assert client.get(f"{address}open/?key={key}").status_code == 410
    assert client.get(f"/customers/{customer.pk}/files/").context["files"][0][1] == ""
    client.post(f"/customers/{customer.pk}/health/reason/", {"reason": "treatment"})
    assert client.get(client.get(address).headers["Location"]).status_code == 200

    consultant = MembershipFactory(role=may_see_health.role)
    customer.consultant = consultant
    customer.save()
    client = client_as(consultant)
    assert client.get(client.get(address).headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", b"empty"), (b"hello", b"This is no JPEG"), (picture() + zipped(), b"Another file is")],
)
def test_a_refused_file_says_why_and_leaves_nothing(client_as, media, content, words):
    customer = CustomerFactory()
    answer = upload(client_as("staff"), customer, content)
    assert answer.status_code == 422
    assert words in answer.content
    assert CustomerFile.objects.count() == 0
    assert stored(media) == []


def test_what_is_declared_too_large_is_not_even_read(client_as):
    customer = CustomerFactory()
    answer = client_as("staff").post(
        f"/customers/{customer.pk}/files/new/", b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(10**9), headers=HTMX,
    )  # fmt: skip
    assert answer.headers["HX-Redirect"] == f"/customers/{customer.pk}/"
    assert CustomerFile.objects.count() == 0


def test_an_upload_needs_the_token_of_the_form(client_as, staff):
    from tests.conftest import BrowserClient

    client = BrowserClient(enforce_csrf_checks=True)
    with outside_scope():
        client.force_login(staff.user)
    assert upload(client, CustomerFactory()).status_code == 403


def test_erasure_forgets_every_file(client_as, staff, media, django_capture_on_commit_callbacks):
    customer, other = CustomerFactory(), CustomerFactory()
    for one in (customer, customer, other):
        upload(client_as(staff), one)
    with django_capture_on_commit_callbacks(execute=True):
        assert documents.forget_files([customer.pk]) == 2
    assert len(stored(media)) == 2  # the other's, and its small picture
    assert CustomerEvent.objects.filter(customer=customer).count() == 0


def test_enough_is_enough(client_as, monkeypatch):
    monkeypatch.setattr(documents, "MOST_FILES", 1)
    customer, client = CustomerFactory(), client_as("staff")
    upload(client, customer)
    assert upload(client, customer).status_code == 422
