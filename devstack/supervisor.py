"""Keep the long-running programs running, show what they say, and stop them in order."""

import http.client
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devstack import processes
from devstack.console import coloured, say
from devstack.errors import DevError
from devstack.processes import Child

NAME_WIDTH = 7
MAX_RESTARTS = 1


@dataclass(frozen=True)
class Program:
    """One program of the stack.

    death_signal: what it gets when the supervisor is killed; with nobody left to wait for it and
    no broker to finish with, that may have to be ruder than the polite stop.
    """

    name: str
    command: list[str]
    colour: str
    death_signal: signal.Signals = signal.SIGTERM
    keep_open: tuple[int, ...] = ()


@dataclass
class Supervisor:
    """Starts programs, restarts one that dies once, stops all in reverse order."""

    logs: Path
    environment: Mapping[str, str]
    shows_lines: bool = False
    programs: dict[str, Program] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    n_restarts: dict[str, int] = field(default_factory=dict)

    def start(self, program: Program) -> Child:
        self.programs[program.name] = program
        child = self.children[program.name] = processes.spawn(
            program.name,
            program.command,
            log=self.logs / f"{program.name}.log",
            environment=self.environment,
            death_signal=program.death_signal,
            keep_open=program.keep_open,
            on_line=self._printer(program),
        )
        return child

    def _printer(self, program: Program) -> Callable[[str], None]:
        prefix = coloured(f"{program.name:<{NAME_WIDTH}}│", program.colour)

        def show(line: str) -> None:
            if self.shows_lines:
                say(f"{prefix} {line}")

        return show

    def watch(self, foundations: Iterable[Child]) -> None:
        """Look after everything until a signal ends us.

        foundations: servers that are not restarted, for everything else hangs on them.
        """
        servers = list(foundations)
        while True:
            for server in servers:
                if not server.is_alive:
                    raise ended(server)
            for name, child in list(self.children.items()):
                if not child.is_alive:
                    self._restart(name, child)
            time.sleep(0.3)

    def _restart(self, name: str, child: Child) -> None:
        child.stop()  # what is left of its group
        self.n_restarts[name] = self.n_restarts.get(name, 0) + 1
        if self.n_restarts[name] > MAX_RESTARTS:
            raise ended(child, "again, ")
        say(
            f"{name} ended by itself (exit code {child.process.returncode}) "
            f"and is started once more. Its log: {child.log}"
        )
        self.start(self.programs[name])

    def stop(self) -> None:
        """Stop what was started last first: beat, worker, web."""
        for child in reversed(self.children.values()):
            child.stop()

    @contextmanager
    def stopped_at_the_end(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.stop()


def ended(child: Child, again: str = "") -> DevError:
    return DevError(
        f"{child.name} ended {again}by itself (exit code {child.process.returncode}), "
        "so everything was stopped.",
        output=child.closing_lines(),
        mend=f"the whole log is {child.log}",
    )


def wait_until_ready(web: Child, port: int, *, seconds: float = 60.0) -> None:
    """Wait until the web server answers /readyz with 200: it reaches database and broker."""
    processes.wait_until(lambda: _answers(port), web, seconds=seconds)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
