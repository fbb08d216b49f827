"""A run that is killed goes on where it stopped, and ends as if nothing had happened."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Customer, ImportFile, Sale
from customers.services import imports
from customers.services.imports import running
from tenancy.models import Job
from tests.customers.imports.conftest import AT, bring_in, counts, problems, upload

HEADER = "invoice,customer id,date,item,amount\n"


def sales_content() -> str:
    """Thirty rows of twelve invoices, scattered; one row in ten is bad, one row in seven normal-
    ised, two customers are unknown before."""
    lines = []
    for n in range(30):
        amount = "x" if n % 10 == 3 else f"¥{n},000.00" if n % 7 == 0 else f"{n}.50"
        lines.append(
            f'S{n * 5 % 12},C{n * 5 % 12 % 4},2026-04-{n % 28 + 1:02},Peel {n},"{amount}"\n'
        )
    return HEADER + "".join(lines)


def end_state(done: ImportFile) -> dict:
    report = {k: v for k, v in done.report.items() if k not in {"seconds", "at"}}
    return {
        "counts": (done.n_rows, *counts(done)),
        "report": report,
        "problems": problems(done),
        "sales": sorted(Sale.objects.values_list("external_id", "net_minor", "kind")),
        "lines": sorted(Sale.objects.values_list("external_id", "lines__item_name")),
        "customers": sorted(Customer.objects.values_list("name", "known_since_on")),
        "job": (done.job.state, done.job.n_done, done.job.n_total),
    }


def ask(content: str) -> ImportFile:
    stored = upload(content, "sales")
    return imports.ask_for_import(import_file=stored, by=None, in_background=False)


def die_in_chunk(monkeypatch, number: int) -> None:
    """Chunk `number` is written, but the worker dies before it is committed."""
    calls = iter(range(1, 1_000))
    keep_place = running._Run._keep_place

    def keep_or_die(self, next_position):
        if next(calls) == number:
            raise KeyboardInterrupt("killed")
        keep_place(self, next_position)

    monkeypatch.setattr(running._Run, "_keep_place", keep_or_die)


@pytest.mark.parametrize("chunk", [1, 2, 4])
def test_killed_run_resumes_to_the_same_end(
    clinic, other_clinic, in_clinic, small_chunks, monkeypatch, chunk
):
    small_chunks(4)
    with in_clinic(other_clinic):  # the same file without an accident
        undisturbed = end_state(bring_in(sales_content(), "sales"))
    stored = ask(sales_content())

    with monkeypatch.context() as patch:
        die_in_chunk(patch, chunk)
        with pytest.raises(KeyboardInterrupt):
            imports.work(import_id=stored.pk, at=AT)
    half = ImportFile.objects.get(pk=stored.pk)
    later = timezone.now() + timedelta(minutes=10)
    imports.work(import_id=stored.pk, at=later)

    assert (half.state, Sale.objects.count() > half.n_created) == ("running", True)
    assert end_state(ImportFile.objects.get(pk=stored.pk)) == undisturbed


def test_run_in_another_workers_hands_is_left_alone(clinic):
    stored = ask(sales_content())
    Job.objects.filter(pk=stored.job_id).update(state="running", heartbeat_at=AT)

    imports.work(import_id=stored.pk, at=AT + timedelta(minutes=1))

    assert (Sale.objects.count(), ImportFile.objects.get().state) == (0, "running")


def test_worker_that_was_thought_dead_cannot_go_on(clinic, small_chunks, monkeypatch):
    small_chunks(4)
    stored = ask(sales_content())
    hold = running._Run._hold

    def overtaken(self):
        if self.tally.n_rows:  # after its first chunk another worker moves on
            ImportFile.objects.filter(pk=stored.pk).update(next_line=29)
        hold(self)

    monkeypatch.setattr(running._Run, "_hold", overtaken)

    with pytest.raises(running.Superseded):
        imports.work(import_id=stored.pk, at=AT)


@pytest.mark.parametrize(
    ("state", "silent", "n_nudged"),
    [
        ("queued", timedelta(minutes=6), 1),
        ("queued", timedelta(minutes=1), 0),
        ("running", timedelta(minutes=6), 1),
        ("running", timedelta(minutes=1), 0),
        ("done", timedelta(minutes=6), 0),
    ],
)
def test_sweeper_finds_runs_that_stopped(clinic, run_tasks, state, silent, n_nudged):
    stored = ask(sales_content())
    now = timezone.now()
    Job.objects.filter(pk=stored.job_id).update(
        state=state, heartbeat_at=now - silent, created_at=now - silent
    )

    with run_tasks():
        nudged = imports.take_up_again(at=now)

    assert nudged == n_nudged
    assert (ImportFile.objects.get().state == "done") == bool(n_nudged)


def test_run_that_always_stops_at_one_place_is_given_up_and_can_go_on(clinic, monkeypatch):
    stored = ask(sales_content())
    at = timezone.now()
    with monkeypatch.context() as patch:
        patch.setattr(running._Run, "_do", lambda *_, **__: 1 / 0)
        for attempt in range(running.MAX_ATTEMPTS):
            with pytest.raises(ZeroDivisionError):
                imports.work(import_id=stored.pk, at=at + timedelta(minutes=10 * attempt))
    imports.work(import_id=stored.pk, at=at + timedelta(hours=1))
    given_up = ImportFile.objects.get()
    assert (given_up.state, given_up.report["failed"][0][0]) == ("failed", "import_stuck")

    imports.ask_for_import(import_file=given_up, by=None, in_background=False)
    imports.work(import_id=stored.pk, at=at + timedelta(hours=2))

    done = ImportFile.objects.get()
    assert (done.state, "failed" in done.report) == ("done", False)


def test_first_chunks_are_small_so_that_the_database_has_something_to_do(clinic, small_chunks):
    small_chunks(8)
    places = []

    stored = ask(HEADER + "".join(f"S{n},C1,2026-04-01,Peel,10\n" for n in range(20)))
    imports.work(import_id=stored.pk, at=AT, on_progress=lambda done, _all: places.append(done))

    assert places == [2, 6, 14, 20]


def test_old_uploads_are_deleted_but_not_what_was_refused(clinic, media):
    done = bring_in(sales_content(), "sales")
    n_refused = done.problems.count()
    assert len(list(media.rglob("*"))) == 3  # imports, the clinic's folder, the file

    imports.take_up_again(at=timezone.now() + timedelta(days=31))

    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert ImportFile.objects.get().problems.count() == n_refused > 0


def test_import_is_asked_for_once(clinic):
    stored = ask(sales_content())

    with pytest.raises(imports.ImportRefused) as refused:
        imports.ask_for_import(import_file=stored, by=None)

    assert (refused.value.code, Job.objects.count()) == ("import_running", 1)
