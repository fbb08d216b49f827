"""How long a clinic's hundred messages wait while another clinic launches and sends a million.

    ./dev bench fairness [--n 1000000] [--shapes 1 2 2+1]

Real Celery workers of each shape: one process for all queues, two, and two beside one that only
sends, as the product is started. The large clinic launches; a hundred of another clinic are
launched in the middle of that, in the middle of the sending, and while reports of what was sent
pour in; told is the time from the click to the last mail. Then the large campaign is paused (when
did the last mail leave?) and cancelled (how long does the browser wait?). With a process that only
sends a hundred are launched once more while all others are held by long work.
"""

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bench._django  # noqa: F401  isort: skip

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connections, transaction
from django.utils import timezone

from bench._crowd import make_crowd
from bench._measuring import Report
from bench._receipts import reports_of, take_in
from bench._smtp_sink import serve
from campaigns.models import Campaign, Enrolment, Message
from campaigns.services import control, launch
from segmentation.models import Segment
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

FEW, LONGEST_WAIT, LONGEST_PAUSE = 100, 60.0, 5.0
QUEUES = "default,send,import,score,webhook"
FORK = multiprocessing.get_context("fork")


@contextmanager
def workers(shape: str, port: int) -> Iterator[None]:
    """Shape "2+1": two processes for all queues, and one that only sends."""
    current_app.control.purge()
    cache.clear()
    started = []
    for name, n, queues in zip(("all", "sender"), shape.split("+"), (QUEUES, "send"), strict=False):
        command = [sys.executable, "-m", "celery", "-A", "clinic_crm", "worker", "-Q", queues]
        command += ["-c", n, "-l", "warning", "-n", f"{name}@bench", "-I", "bench._holding"]
        started.append(
            subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle"],
                cwd=settings.BASE_DIR, start_new_session=True,
                env=os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{port}"},
            )
        )  # fmt: skip
    try:
        until(lambda: len(current_app.control.ping(timeout=1) or []) == len(started), seconds=60)
        yield
    finally:
        for worker in started:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def until(holds: Callable[[], bool], *, seconds: float = 900.0) -> float:
    """Wait for it; how long it took. Ends the benchmark when it never comes."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            sys.exit("it did not come to that")
        time.sleep(0.1)
    return time.monotonic() - began


def launched(clinic: Clinic) -> int:
    """A campaign to everybody, confirmed as the browser does; its number."""
    with clinic_scope(clinic.pk):
        segment, _is_new = Segment.objects.get_or_create(
            name="All", defaults={"rule": {"match": "all", "conditions": []}}
        )
        campaign = Campaign.objects.create(
            name="Fairness", segment=segment, holdout_rate=0, no_holdout_reason="bench",
            subject="{{ first_name }}, we miss you",
            body="Dear {{ salutation }},\n\nBook here: https://clinic.example/book",
        )  # fmt: skip
        launch.confirm(
            campaign=campaign, clinic=clinic, by=None, at=timezone.now(), actor_label="bench"
        )
    return campaign.pk


def n_of(clinic: Clinic, **which) -> int:
    with clinic_scope(clinic.pk):
        return Message.objects.filter(**which).count()


def waiting_time(slug: str) -> float:
    """Seconds from the click until the last of a hundred is sent."""
    clinic = make_crowd(slug, FEW)
    began = time.monotonic()
    launched(clinic)
    until(lambda: n_of(clinic, state="sent") == FEW)
    return time.monotonic() - began


def measure(report: Report, shape: str, n: int, port: int, count) -> None:
    slug = f"{shape.replace('+', '-')}-{int(time.time())}"
    large = make_crowd(f"large-{slug}", n)
    with workers(shape, port):
        began = time.monotonic()
        campaign_id = launched(large)
        report.told(f"{shape}: large launch, the browser waits", time.monotonic() - began, "s")
        until(lambda: n_enrolled(large) > n // 10)
        told(report, f"{shape}: while another launches", waiting_time(f"b1-{slug}"))
        until(lambda: state_of(large) == "running")
        report.told(f"{shape}: large launch, until it runs", time.monotonic() - began, "s")
        until(lambda: n_of(large, state="sent") > n // 50)
        told(report, f"{shape}: while another sends", waiting_time(f"b2-{slug}"))
        reports = reports_of(large.pk, campaign_id, part=0, n_parts=1)
        connections.close_all()
        receiving = FORK.Process(target=take_in, args=(large.pk, reports, {}), daemon=True)
        receiving.start()
        told(report, f"{shape}: while receipts pour in", waiting_time(f"b3-{slug}"))
        stop(report, shape, large, campaign_id, count)
        receiving.kill()
        if "+" in shape:
            for _process in range(int(shape[0])):
                current_app.send_task("bench.hold", queue="score")
            time.sleep(2)
            told(report, f"{shape}: while others work long", waiting_time(f"b4-{slug}"))


def told(report: Report, name: str, seconds: float) -> None:
    report.limited(f"{name}, s to the last of {FEW}", seconds, LONGEST_WAIT)


def state_of(clinic: Clinic) -> str:
    with clinic_scope(clinic.pk):
        return Campaign.objects.get().state


def n_enrolled(clinic: Clinic) -> int:
    with clinic_scope(clinic.pk):
        return Enrolment.objects.count()


def stop(report: Report, shape: str, large: Clinic, campaign_id: int, count) -> None:
    """Pause: when the last mail came in after the click. Cancel: how long the browser waits."""
    if not n_of(large, state="queued"):
        sys.exit("all was sent before it could be paused: take a larger --n")
    with clinic_scope(large.pk, atomic=False):
        with transaction.atomic():
            campaign = Campaign.objects.get(pk=campaign_id)
        n_taken = count.value
        until(lambda: count.value > n_taken)  # it is at it now
        began, n_taken = time.monotonic(), count.value
        last_at = began
        control.pause(campaign=campaign, by=None, actor_label="bench")
        while time.monotonic() < began + 2 * LONGEST_PAUSE:
            if count.value > n_taken:
                last_at, n_taken = time.monotonic(), count.value
            time.sleep(0.01)
        report.limited(f"{shape}: paused, s to the last mail", last_at - began, LONGEST_PAUSE)
        began = time.monotonic()
        control.cancel(campaign=campaign, by=None, actor_label="bench")
        report.told(f"{shape}: cancelled, the browser waits", time.monotonic() - began, "s")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=200_000)
    parser.add_argument("--shapes", nargs="+", default=["1", "2", "2+1"])
    options = parser.parse_args()
    report = Report()
    port, count = FORK.Value("i", 0), FORK.Value("q", 0)
    sink = FORK.Process(target=serve, args=(port, count), daemon=True)
    sink.start()
    until(lambda: port.value > 0, seconds=10)
    for shape in options.shapes:
        measure(report, shape, options.n, port.value, count)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
