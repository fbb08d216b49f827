"""Mails to a local SMTP sink by two workers, against a bare loop over as many reused connections.

    ./dev bench send_mail [--n 100000] [--workers 2]

The bare loop sends the bytes of one ready mail of the same size by smtplib and does nothing else.
Ours claims, judges every gate, fills in the words, composes, writes intent and result, and tells
the timeline. Both run in forked processes, by turns, half of the bare loop before and half after.
Wall time is what counts; processor time of the workers and of their database sessions is printed
beside it, because a shared machine bends the one and not the other. Then what is usual, one Celery
task a recipient (a fiftieth of them), and the reports about what was sent, taken in by the same
number of workers.
"""

import argparse
import multiprocessing
import os
import resource
import smtplib
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import bench._django  # noqa: F401  isort: skip

from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from bench._one_task_each import reference
from bench._receipts import reports_of, take_in
from bench._smtp_sink import serve
from campaigns.channels.mime import mail_bytes
from campaigns.models import Campaign, Message, Receipt
from campaigns.services import claiming, expansion
from campaigns.services.dispatch import send_due
from clinic_crm.sending_proof.world import _people
from segmentation.models import Segment
from tenancy import queue
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

FLOOR = 0.5  # of the bare loop's rate
TIMES_USUAL = 10  # the rate of one Celery task a recipient
FORK = multiprocessing.get_context("fork")


def _make(n: int) -> tuple[Clinic, int]:
    """A clinic with n reachable customers and a running campaign to all of them."""
    clinic = Clinic.objects.create(
        slug=f"bench-{time.time_ns()}", name="Bench Clinic", timezone="Asia/Shanghai",
        currency="CNY",
        quiet_from_hour=0, quiet_until_hour=0,
    )  # fmt: skip
    with clinic_scope(clinic.pk):
        for start in range(0, n, 5000):
            _people(range(start, min(start + 5000, n)))
        segment = Segment.objects.create(name="All", rule={"match": "all", "conditions": []})
        campaign = Campaign.objects.create(
            name="Bench", segment=segment, state=Campaign.State.LAUNCHING, holdout_rate=0,
            no_holdout_reason="bench", subject="{{ first_name }}, we miss you",
            body="Dear {{ salutation }},\n\nyour skin would like to see us again."
            " Book here: https://clinic.example/book\n\nYour {{ clinic_name }}",
        )  # fmt: skip
    with clinic_scope(clinic.pk, atomic=False):
        expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=timezone.now())
    return clinic, campaign.pk


def _example(clinic: Clinic, campaign_id: int) -> bytes:
    """One mail as it will go out; the claim is taken back."""
    claiming.CHUNK = 1
    with clinic_scope(clinic.pk), transaction.atomic():
        chunk = claiming.claim(campaign_id=campaign_id, at=timezone.now())
        transaction.set_rollback(True)
    claiming.CHUNK = 500
    return mail_bytes(chunk.claimed[0].envelope)


def _bare(port: int, n: int, content: bytes) -> None:
    line = smtplib.SMTP("127.0.0.1", port)
    line.ehlo()
    for number in range(n):
        line.sendmail("a@clinic.example", [f"p{number}@mail.example"], content, ["body=8bitmime"])
    line.quit()


def _ours(clinic_id: int, campaign_id: int, told) -> None:
    queue.send = lambda task, arguments: None
    with clinic_scope(clinic_id, atomic=False):
        for _slice in range(10_000):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            send_due(campaign_id=campaign_id, seconds=5.0)
            told["rss_first"] = told.get("rss_first") or before
            told["rss_last"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with transaction.atomic():
                waiting = Message.objects.filter(campaign=campaign_id, state="queued")
                if not waiting.exists():
                    break
    told["database"] = told.get("database", 0.0) + _database_seconds()


def _database_seconds() -> float:
    """Processor seconds of this process's session, by /proc; 0 where there is none."""
    return _processor_seconds(connection.connection.info.backend_pid)


def _processor_seconds(pid: int | None) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def _timed(works: list[Callable[[], None]], sink_pid: int | None) -> tuple[float, float, float]:
    """(wall seconds, processor seconds of the processes, those of the sink) of all at once."""
    connections.close_all()
    before, sunk = resource.getrusage(resource.RUSAGE_CHILDREN), _processor_seconds(sink_pid)
    began = time.perf_counter()
    running = [FORK.Process(target=work) for work in works]
    for process in running:
        process.start()
    for process in running:
        process.join()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if any(process.exitcode for process in running):
        sys.exit("a worker died")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used, _processor_seconds(sink_pid) - sunk


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    n, n_workers = options.n, options.workers
    port, count = FORK.Value("i", 0), FORK.Value("q", 0)
    sink = FORK.Process(target=serve, args=(port, count), daemon=True)
    sink.start()
    clinic, campaign_id = _make(n)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port.value
    content = _example(clinic, campaign_id)
    half = n // 2 // n_workers
    bare = [lambda: _bare(port.value, half, content)] * n_workers
    first = _timed(bare, sink.pid)
    told = multiprocessing.Manager().dict()
    ours = _timed([lambda: _ours(clinic.pk, campaign_id, told)] * n_workers, sink.pid)
    second = _timed(bare, sink.pid)
    n_bare = 2 * half * n_workers
    bare_times = [one + another for one, another in zip(first, second, strict=True)]
    with clinic_scope(clinic.pk):
        n_sent = Message.objects.filter(campaign=campaign_id, state="sent").count()
    n_taken = count.value - n_bare
    print(f"{n_sent:,} of {n:,} sent, {n_taken:,} taken, {len(content):,} bytes each")
    bare_rate, bare_cpu = _say("bare loop", n_bare, *bare_times)
    rate, cpu = _say("ours", n_sent, *ours, database=told["database"])
    print(f"memory of a worker: {told['rss_first'] / 1024:.0f} MB at first,"
          f" {told['rss_last'] / 1024:.0f} MB at most")  # fmt: skip
    usual = _usual(port.value, n_workers, n=min(max(200, n // 50), 2_000))
    received = _received(clinic.pk, campaign_id, n_workers)
    ratio = rate / bare_rate
    print(f"ratio {ratio:.2f} (at least {FLOOR}) {'ok' if ratio >= FLOOR else 'MISSED'};"
          f" by processor time {bare_cpu / cpu:.2f}")  # fmt: skip
    print(
        f"one Celery task a recipient: {usual:,.0f} a second, ours {rate / usual:.1f} times it"
        f" (at least {TIMES_USUAL}) {'ok' if rate >= TIMES_USUAL * usual else 'MISSED'}"
    )
    print(f"receipts: {received:,.0f} a second, {received / rate:.2f} times the mails"
          f" (at least 1) {'ok' if received >= rate else 'MISSED'}")  # fmt: skip
    is_whole = n_sent == n == n_taken
    is_fast = ratio >= FLOOR and rate >= TIMES_USUAL * usual and received >= rate
    return 0 if is_whole and is_fast else 1


def _usual(port: int, n_workers: int, *, n: int) -> float:
    """Mails a second by one task each, of a campaign of its own; the last line of its kind."""
    clinic, campaign_id = _make(n)
    return reference(clinic.pk, campaign_id, port=port, n_workers=n_workers)


def _received(clinic_id: int, campaign_id: int, n_workers: int) -> float:
    """Reports a second, by as many workers as sent."""
    told = multiprocessing.Manager().dict()
    parts = [
        reports_of(clinic_id, campaign_id, part=part, n_parts=n_workers)
        for part in range(n_workers)
    ]
    _timed([partial(take_in, clinic_id, part, told) for part in parts], None)
    with clinic_scope(clinic_id):
        kept = Receipt.objects.filter(message__campaign=campaign_id).count()
    if kept != sum(len(part) for part in parts):
        sys.exit(f"{kept} reports were kept")
    return sum(n for _s, n in told.values()) / max(seconds for seconds, _n in told.values())


def _say(
    who: str, n: int, wall: float, cpu: float, sink: float, database: float = 0.0
) -> tuple[float, float]:
    """(mails a second, processor seconds of one mail, sink and database included)"""
    each = [1e6 * seconds / n for seconds in (cpu, database, sink)]
    print(f"{who:10} {n / wall:8,.0f} a second; µs of processor a mail: {each[0]:4,.0f} worker,"
          f" {each[1]:4,.0f} database, {each[2]:4,.0f} sink")  # fmt: skip
    return n / wall, sum(each)


if __name__ == "__main__":
    sys.exit(main())
