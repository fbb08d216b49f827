"""What the benchmarks share: fair timing by turns, counting queries, one line a figure.

Named with an underscore because `./dev bench` runs every other file of this folder.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from django.db import connection, connections, reset_queries, transaction

N_TIMES = 4  # each text, the first uncounted
TRANSACTION_WORDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def medians_by_turns(
    works: dict[str, Callable[[], object]], *, n_rounds: int, n_warm_up: int = 5
) -> dict[str, float]:
    """{name: median seconds}. All works in each round, the order turned round every time.

    By turns, because a shared machine is slow for minutes and then is not: every work meets the
    same moods of it, and their ratio means something where a time alone would not.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    order = list(works)
    for number in range(n_warm_up + n_rounds):
        for name in order if number % 2 else reversed(order):
            began = perf_counter()
            works[name]()
            if number >= n_warm_up:
                taken[name].append(perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def best_times(
    work: Callable[[str], object], texts: list[str], *, time: Callable[[], float]
) -> list[float]:
    """ms of each text, the best of several times. time: a clock in seconds."""
    best = []
    for text in texts:
        work(text)
        taken = []
        for _time in range(N_TIMES - 1):
            began = time()
            work(text)
            taken.append((time() - began) * 1000)
        best.append(min(taken))
    return best


class BackendClock:
    """Seconds of processor that the backend of Postgres has used for this connection.

    What others do on the machine makes a statement wait, not work: this clock hardly hears them.
    Workers that the backend calls to help are not counted.
    """

    def __init__(self, alias: str = "default") -> None:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._schedule = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def __call__(self) -> float:
        return int(self._schedule.read_text().split()[0]) / 1e9


class ProcessorClock(BackendClock):
    """The same and what this process itself has used: all of a request."""

    def __call__(self) -> float:
        return process_time() + super().__call__()


@dataclass(frozen=True)
class Asked:
    """What a page asked the database: n questions, and n words that only frame transactions."""

    n_queries: int
    n_transaction_words: int
    statements: list[str]


def asked_by(work: Callable[[], object]) -> Asked:
    """Run it once and count every statement Django logs on the web's connection."""
    was_forced = connection.force_debug_cursor
    connection.force_debug_cursor = True
    reset_queries()
    try:
        work()
        statements = [query["sql"] for query in connection.queries]
    finally:
        connection.force_debug_cursor = was_forced
    framing = [text for text in statements if text.lstrip().startswith(TRANSACTION_WORDS)]
    return Asked(len(statements) - len(framing), len(framing), statements)


@dataclass
class Report:
    """Prints `name  value  limit  ok|over` as figures come; `exit_code` is 1 when one is over."""

    is_over: bool = field(default=False, init=False)

    def limited(self, name: str, value: float, limit: float) -> None:
        """A figure with a limit it must not exceed."""
        is_over = value > limit
        self.is_over |= is_over
        _print(name, value, f"{limit:g}", "over" if is_over else "ok")

    def told(self, name: str, value: float, unit: str = "") -> None:
        """A figure that is printed and decides nothing."""
        _print(name, value, "-", unit)

    @property
    def exit_code(self) -> int:
        return int(self.is_over)


def _print(name: str, value: float, limit: str, verdict: str) -> None:
    shown = str(value) if isinstance(value, int) else f"{value:.3f}"
    print(f"{name:<44} {shown:>10} {limit:>8}  {verdict}".rstrip(), flush=True)
