"""Files of a customer: cleaned, kept where no URL leads, opened by links of minutes."""

import os
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import uploads
from customers.models import Customer, CustomerFile
from customers.services.timeline import record_event, take_back_events
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record

FOLDER = "files"
MOST_FILES = 300  # of one customer
LINK_SECONDS = 300
KIND = "file.added"
_signer = TimestampSigner(salt="customers.documents")
_WORDS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 20 MB. Make it smaller and try again."),
    "vector": gettext_lazy("SVG drawings can carry programs. Save it as PNG."),
    "heic": gettext_lazy("HEIC cannot be shown everywhere. Send the picture as JPEG."),
    "unknown_kind": gettext_lazy("This is no JPEG, PNG, WebP or PDF."),
    "polyglot": gettext_lazy("Another file is hidden in this one. Save the picture anew."),
    "too_many_pixels": gettext_lazy("The picture has more than 64 million pixels."),
    "moving": gettext_lazy("Moving pictures are not kept. Send a single picture."),
    "damaged": gettext_lazy("The picture is damaged and cannot be read."),
    "pdf_active": gettext_lazy(
        "This PDF is locked or carries scripts, forms or other files. Print it into a new PDF."
    ),
    "pdf_damaged": gettext_lazy("This PDF is damaged or something follows it."),
}


class FileRefused(DomainError):
    """code: as in `customers.uploads`, or too_many."""


@transaction.atomic
def add_file(
    *,
    customer: Customer,
    content: bytes,
    title: str,
    is_medical: bool,
    by: Membership,
    at: datetime,
) -> CustomerFile:
    """Clean, keep and tell of it. Raises FileRefused; nothing is kept then."""
    if customer.files.count() >= MOST_FILES:
        message = _("%(n)s files are enough for one customer.") % {"n": MOST_FILES}
        raise FileRefused(message, code="too_many")
    try:
        cleaned = uploads.clean(content)
    except uploads.UploadRefused as refusal:
        raise FileRefused(str(_WORDS[refusal.code]), code=refusal.code) from refusal
    paths = [_write(cleaned.content), _write(cleaned.preview) if cleaned.preview else ""]
    try:
        made = CustomerFile.objects.create(
            customer=customer,
            kind=cleaned.kind,
            title=title,
            is_medical=is_medical,
            content_type=cleaned.content_type,
            n_bytes=len(cleaned.content),
            width=cleaned.width,
            height=cleaned.height,
            stored_path=paths[0],
            preview_path=paths[1],
            added_by=by,
            added_at=at,
        )
        record(action=KIND, by=by, subject=made)
        record_event(
            kind=KIND, customer=customer, occurred_at=at, source_key=f"file:{made.pk}", at=at
        )
    except BaseException:
        _unlink(paths)
        raise
    return made


@transaction.atomic
def delete_file(*, file: CustomerFile, by: Membership) -> None:
    """Row, story and bytes; that it was deleted, and by whom, stays in the trail."""
    record(action="file.deleted", by=by, subject=file)
    take_back_events([f"file:{file.pk}"], kinds=[KIND])
    transaction.on_commit(partial(_unlink, [file.stored_path, file.preview_path]))
    CustomerFile.objects.filter(pk=file.pk).delete()


@transaction.atomic
def forget_files(customer_ids: Iterable[int]) -> int:
    """All files of these customers, for erasure; how many. The bytes go when it commits."""
    files = list(CustomerFile.objects.filter(customer__in=list(customer_ids)))
    take_back_events([f"file:{file.pk}" for file in files], kinds=[KIND])
    paths = [path for file in files for path in (file.stored_path, file.preview_path)]
    transaction.on_commit(partial(_unlink, paths))
    CustomerFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    return len(files)


def link_key(file_id: int, *, member_id: int, is_preview: bool = False) -> str:
    """The signed part of a link: this clinic, this member, this file, for five minutes."""
    named = _named(file_id, member_id, is_preview)
    return _signer.sign(named).removeprefix(f"{named}:")


def opens(key: str, file_id: int, *, member_id: int) -> str:
    """What this key opens now: "file", "preview", or "" for nothing."""
    for word, is_preview in (("file", False), ("preview", True)):
        named = _named(file_id, member_id, is_preview)
        try:
            _signer.unsign(f"{named}:{key}", max_age=LINK_SECONDS)
        except BadSignature:  # an expired one is one too
            continue
        return word
    return ""


def _named(file_id: int, member_id: int, is_preview: bool) -> str:
    return f"{current_clinic_id()}/{member_id}/{file_id}/{'preview' if is_preview else 'file'}"


def content_of(file: CustomerFile, *, is_preview: bool = False) -> bytes | None:
    """The bytes; None when they are not there (any more)."""
    stored = file.preview_path if is_preview else file.stored_path
    path = Path(settings.MEDIA_ROOT) / stored
    return path.read_bytes() if stored and path.is_file() else None


def _write(content: bytes) -> str:
    folder = Path(settings.MEDIA_ROOT) / FOLDER / str(current_clinic_id())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return str(path.relative_to(settings.MEDIA_ROOT))


def _unlink(paths: list[str]) -> None:
    for path in paths:
        if path:
            (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
