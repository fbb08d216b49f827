"""Clients spread over worker processes; workers are killed and begin again, the server crashes."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from django.db import connection, connections

from clinic_crm.ledger_proof.clients import GONE, answer
from clinic_crm.ledger_proof.world import Try, World

N_THREADS = 5  # clients of one worker that speak at the same time
_fork = multiprocessing.get_context("fork")


@dataclass
class Ran:
    """answers: key → what its client was told, also by workers that died later."""

    n_killed: int = 0
    n_crashed: int = 0
    seconds: float = 0.0
    answers: dict[str, str] = field(default_factory=dict)


def run_clients(
    world: World, *, folder: Path, seed: int, n_workers: int, n_kills: int, n_crashes: int
) -> Ran:
    """Until every client was answered. A worker that died starts over with all its keys."""
    dice = Random(seed + 1)  # noqa: S311 a proof must be repeatable
    shares = [world.clients[number::n_workers] for number in range(n_workers)]
    connections.close_all()  # a connection must not be shared with a child
    began, ran = time.monotonic(), Ran()
    workers = {number: _start(world, share, folder, number) for number, share in enumerate(shares)}
    while workers:
        time.sleep(dice.uniform(0.05, 0.4))
        if n_crashes and ran.n_killed * 2 >= n_kills and (pid := server_process()):
            ran.n_crashed, n_crashes = ran.n_crashed + crash_server(pid), n_crashes - 1
        elif ran.n_killed < n_kills:
            number = dice.choice(sorted(workers))
            workers[number].kill()
            workers[number].join()
            ran.n_killed += workers[number].exitcode == -signal.SIGKILL
            workers[number] = _start(world, shares[number], folder, number)
        for number in [n for n, worker in workers.items() if not worker.is_alive()]:
            if workers[number].exitcode:
                workers[number] = _start(world, shares[number], folder, number)
            else:
                del workers[number]
    ran.seconds = time.monotonic() - began
    for path in sorted(folder.glob("answers-*")):
        ran.answers |= dict(line.split(" ") for line in path.read_text().splitlines())
    return ran


def _start(world: World, share: list[list[Try]], folder: Path, number: int):
    worker = _fork.Process(target=_work, args=(world, share, folder / f"answers-{number}"))
    worker.start()
    return worker


def _work(world: World, share: list[list[Try]], answers: Path) -> None:
    """Each client one after the other, a few at once; an answer is noted when it was given."""
    file = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def client(tries: list[Try]) -> None:
        for one in tries:
            told = answer(world, one)
            os.write(file, f"{one.key} {told}\n".encode())
        connections.close_all()

    with ThreadPoolExecutor(N_THREADS) as pool:
        list(pool.map(client, share))
    os._exit(0)


def server_process() -> int | None:
    """The number of the server's process behind our own connection; None while it recovers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]
    except GONE:
        connections.close_all()
        return None


def crash_server(pid: int) -> bool:
    """Kill one process of the server: Postgres then ends all of them and recovers.

    Only where the server runs on this machine and we may, as with the embedded one.
    """
    named, is_killed = Path(f"/proc/{pid}/cmdline"), False
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        if b"postgres" in named.read_bytes():
            os.kill(pid, signal.SIGKILL)
            is_killed = True
    with suppress(*GONE):
        connections.close_all()  # no child may inherit what is left of it
    return is_killed
