from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from customers.models import ImportFile
from customers.services import imports

AT = datetime(2026, 5, 2, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Uploads of a test go with it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def upload(content: bytes | str, kind: str = "customers", **more) -> ImportFile:
    """Store a file as its owner would send it."""
    data = content.encode() if isinstance(content, str) else content
    name = more.pop("name", f"{kind}.csv")
    return imports.store_upload(content=[data], name=name, kind=kind, **more)


def do(stored: ImportFile, *, dry: bool = False, at: datetime = AT) -> ImportFile:
    """Ask for the run (or the dry run), do it here and now, and read what became of it."""
    ask = imports.ask_for_check if dry else imports.ask_for_import
    ask(import_file=stored, by=None, in_background=False)
    imports.work(import_id=stored.pk, at=at)
    return ImportFile.objects.select_related("job").get(pk=stored.pk)


def bring_in(content: bytes | str, kind: str = "customers", **more) -> ImportFile:
    return do(upload(content, kind, **more))


def counts(done: ImportFile) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, refused rows)"""
    return done.n_created, done.n_updated, done.n_unchanged, done.n_refused


def problems(done: ImportFile) -> list[tuple[int, str, str]]:
    """(line, field, code) of everything refused."""
    return list(done.problems.values_list("line", "field", "code"))


@pytest.fixture
def small_chunks(monkeypatch) -> Callable[[int], None]:
    """small_chunks(2): a chunk ends after two rows."""

    def cut(n_rows: int) -> None:
        from customers.services.imports import chunks

        monkeypatch.setattr(chunks.chunks_of, "__kwdefaults__", {"size": n_rows})

    return cut
