"""The night: workers die, connections are cut, clocks step, and reports come back twice."""

import json
import multiprocessing
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from multiprocessing.process import BaseProcess
from random import Random

import httpx
from django.conf import settings
from django.db import connection, connections
from django.test import RequestFactory

from campaigns import faults
from campaigns.models import ProviderAccount
from campaigns.services import freezing
from campaigns.webhooks import receive_reports
from clinic_crm.sending_proof import naive, workers
from clinic_crm.sending_proof.world import World
from tenancy.scope import clinic_scope
from tenancy.webhook_signatures import signed_headers

Outage = tuple[str, Callable[[], None]]  # what it is called, and what does it
N_WORKERS = 2
POINT_SECONDS = 90.0  # then a worker will not come to its point any more
STEPS = (0, 0, 5, -5)  # seconds a worker's clock is off, about twice the age of a stale claim
# A launch happens once, so its point comes first; reports have a death of their own.
POINTS = ("in_expansion", *(p for p in faults.POINTS if p not in ("in_expansion", "in_receipts")))
_SCRIPT = {
    "refused_rate": 0.01, "later_rate": 0.02, "lost_before_rate": 0.02, "lost_after_rate": 0.03,
    "hang_rate": 0.004, "hangs": 1.4, "garbage_rate": 0.01, "latency": 0.001,
    "storm_every": 700, "storm_calls": 6,
}  # fmt: skip


class Provider:
    """The recording provider in a process of its own. Use as a context."""

    def __init__(self, seed: int) -> None:
        script = {**_SCRIPT, "seed": seed}
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in script.items()]
        self._process = subprocess.Popen(  # noqa: S603 our own module
            [sys.executable, "-m", "campaigns.recording_provider", "--port=0", *arguments],
            stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()

    def told(self) -> dict[str, Mapping[str, int]]:
        return httpx.get(f"{self.url}/taken", timeout=30).json()


def configure(provider: Provider) -> None:
    """What makes a night of hours one of minutes; inherited by every worker."""
    settings.PROVIDER_ENDPOINTS = {"recording": provider.url}
    settings.PROVIDER_TIMEOUT_SECONDS = 1
    settings.SENDING_STALE_SECONDS = 3
    settings.SENDING_RETRY_SECONDS = 0.1
    freezing.BATCH = 40  # so that a launch has batches to die between


def run_naive(world: World, *, n_kills: int, seed: int, seconds: float = 120.0) -> None:
    """The careless sender, killed a few times on its way."""
    dice, until = Random(seed), time.monotonic() + seconds  # noqa: S311 must be repeatable
    for _kill in range(n_kills):
        worker = naive.start(world)
        worker.join(0.1 + 0.4 * dice.random())
        worker.kill()
        worker.join()
    worker = naive.start(world)
    worker.join(max(until - time.monotonic(), 1))
    worker.kill()


class Night:
    """Kills until enough are done, then lets the workers finish."""

    def __init__(
        self,
        worlds: Sequence[World],
        provider: Provider,
        *,
        seed: int,
        outages: Sequence[Outage] = (),
    ) -> None:
        self._worlds, self._provider = worlds, provider
        self._outages = list(outages)
        self._dice = Random(seed)  # noqa: S311 a proof must be repeatable
        self._running: list[BaseProcess] = []
        self.n_killed = self.n_cut = 0
        self.points_died_at: list[str] = []
        self.outages_had: list[str] = []

    def run(self, *, n_kills: int, seconds: float, say: Callable[[str], object]) -> None:
        until = time.monotonic() + seconds
        self._die_at_each_point()
        while self.n_killed < n_kills and self._is_open() and time.monotonic() < until:
            self._fill_up(with_steps=True)
            time.sleep(0.05 + 0.35 * self._dice.random())
            self._harm()
            self._cut_off_if_its_turn(n_kills)
        say(f"killed at {', '.join(self.points_died_at)}; {self.n_killed} more at random,"
            f" {self.n_cut} sessions of the database cut; {self._told_outages()};"
            " now the rest in peace")  # fmt: skip
        while self._is_open() and time.monotonic() < until:
            self._fill_up(with_steps=False)
            time.sleep(0.3)
        for worker in self._running:
            worker.kill()
            worker.join()

    def _cut_off_if_its_turn(self, n_kills: int) -> None:
        """Servers go away under the workers' hands, spread evenly over the kills."""
        n_due = len(self._outages) * self.n_killed // n_kills
        while len(self.outages_had) < n_due:
            name, strike = self._outages[len(self.outages_had)]
            connections.close_all()
            strike()
            self.outages_had.append(name)

    def _told_outages(self) -> str:
        counted = Counter(self.outages_had)
        return ", ".join(f"{n} × {name}" for name, n in counted.items()) or "no server restarted"

    def _die_at_each_point(self) -> None:
        """One worker after the other, so that each really comes to its point."""
        for point in POINTS:
            often = point in ("mid_call", "after_reply", "after_acceptance")
            passing = self._dice.randint(2, 20) if often else 1
            if point == "in_expansion":
                passing = 2  # one batch is in, the next dies
            worker = workers.start(self._worlds, dies_at=f"{point}:{passing}")
            worker.join(POINT_SECONDS)
            if worker.exitcode == -signal.SIGKILL:
                self.points_died_at.append(point)
            worker.kill()
            worker.join()

    def _is_open(self) -> bool:
        return any(workers.n_open(world) for world in self._worlds)

    def _fill_up(self, *, with_steps: bool) -> None:
        self._running = [worker for worker in self._running if worker.is_alive()]
        while len(self._running) < N_WORKERS:
            step = timedelta(seconds=self._dice.choice(STEPS) if with_steps else 0)
            worlds = self._dice.sample(self._worlds, len(self._worlds))
            self._running.append(workers.start(worlds, clock_step=step))

    def _harm(self) -> None:
        worker = self._dice.choice(self._running)
        if self._dice.random() < 0.1:
            self.n_cut += cut_connections()
        if worker.is_alive():
            worker.kill()
            self.n_killed += 1
        worker.join()
        self._running.remove(worker)


def cut_connections() -> int:
    """End the sessions of every worker, as a restart of the server does; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user"
            " AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def die_in_receipts(world: World, taken: Mapping[str, int]) -> bool:
    """Reports are taken in by a process that dies in the middle; whether it did. Nothing of them
    may be kept, and the same reports are taken in later as if they were new."""
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=_report_and_die, args=(world, taken))
    child.start()
    child.join(POINT_SECONDS)
    return child.exitcode == -signal.SIGKILL


def _report_and_die(world: World, taken: Mapping[str, int]) -> None:
    faults._planned, faults._passed = {"in_receipts": 1}, Counter()
    report_back(world, taken, seed=0)


def report_back(world: World, taken: Mapping[str, int], *, seed: int, batch: int = 500) -> int:
    """What the provider took is reported twice, shuffled, some of it forged; the number of forged
    ones that were let in."""
    with clinic_scope(world.clinic.pk):
        account = ProviderAccount.objects.get(pk=world.account_id)
    dice = Random(seed + 1)  # noqa: S311 a proof must be repeatable
    reports = [
        {"id": f"{kind}:{reference}", "kind": kind, "reference": reference}
        for reference in taken for kind in ("delivered", "opened")
    ] * 2  # fmt: skip
    dice.shuffle(reports)
    n_let_in = 0
    for start in range(0, len(reports), batch):
        body = json.dumps({"reports": reports[start : start + batch]}).encode()
        post(world, account.token, account.secret, body)
        if start == 0:
            n_let_in += post(world, account.token, "whsec_" + "A" * 44, body) == 200
    return n_let_in


def post(world: World, token: str, secret: str, body: bytes) -> int:
    """The status of the door."""
    headers = signed_headers([secret], message_id="proof", sent_at=int(time.time()), body=body)
    request = RequestFactory().post("/", body, content_type="application/json", headers=headers)
    return receive_reports(request, clinic=world.clinic.slug, token=token).status_code
