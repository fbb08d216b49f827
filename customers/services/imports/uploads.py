"""Uploads are kept privately: below MEDIA_ROOT, under a random name, and no URL leads there."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from customers.files.limits import MB
from customers.files.mapping import read_options
from customers.files.refusals import FileRefused, MappingRefused
from customers.models import ImportFile, Tombstone
from customers.services.imports.opening import guess, open_stored
from customers.services.imports.refusing import ImportRefused
from customers.services.imports.shapes import shape_in_clinic
from tenancy.scope import current_clinic_id

FOLDER = "imports"


def store_upload(
    *,
    content: Iterable[bytes],
    name: str,
    kind: str,
    source: str = "file",
    mapping: dict | None = None,
    max_bytes: int | None = None,
) -> ImportFile:
    """Keep a file, look at it and guess its mapping.

    content: the bytes, piece by piece; no more than one piece is held in memory.
    mapping: as in the documentation of `customers.files.mapping`; what it leaves out is guessed.
    max_bytes: None for as many as the disk holds.
    Raises ImportRefused when the file is too large or no table; nothing is kept then.
    """
    path = _new_path()
    try:
        _write(path, content, max_bytes)
        options = read_options((mapping or {}).get("options", {}))
        table = open_stored(path, name, options)
        made = ImportFile.objects.create(
            kind=kind,
            source=source,
            original_name=name[-255:],
            stored_path=str(path.relative_to(settings.MEDIA_ROOT)),
            mapping=mapping
            if mapping and "columns" in mapping
            else guess(table, shape_in_clinic(kind), options),
        )
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, FileRefused | MappingRefused):
            raise ImportRefused.of_file(error) from error
        raise
    return made


def stored_file(import_file: ImportFile) -> Path:
    """Where the upload lies. Raises ImportRefused when it was cleared away."""
    path = Path(settings.MEDIA_ROOT) / import_file.stored_path
    if not import_file.stored_path or not path.is_file():
        raise ImportRefused.because("import_gone")
    return path


def forget_upload(import_file: ImportFile) -> None:
    """Delete the file itself; what was said about it stays."""
    if import_file.stored_path:
        (Path(settings.MEDIA_ROOT) / import_file.stored_path).unlink(missing_ok=True)
        ImportFile.objects.filter(pk=import_file.pk).update(stored_path="")


def forget_after_erasure(import_file: ImportFile) -> None:
    """Somebody was erased while it ran: the file may tell of them, and nobody needs it any more."""
    if Tombstone.objects.filter(erased_at__gte=import_file.created_at).exists():
        forget_upload(import_file)


def _new_path() -> Path:
    folder = Path(settings.MEDIA_ROOT) / FOLDER / str(current_clinic_id())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / uuid.uuid4().hex


def _write(path: Path, content: Iterable[bytes], max_bytes: int | None) -> None:
    n_bytes = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in content:
            n_bytes += len(piece)
            if max_bytes is not None and n_bytes > max_bytes:
                raise ImportRefused.because("upload_too_large", limit_mb=max_bytes // MB)
            file.write(piece)
