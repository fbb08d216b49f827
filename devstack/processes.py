"""Programs we start: each in its own process group, none able to outlive us."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import DevError
from devstack.state import ROOT

WRAPPER = Path(__file__).with_name("child.py")
HEAD_LINES, TAIL_LINES = 6, 25


@dataclass(frozen=True)
class Account:
    """The system user a program runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    """A program of ours that keeps running until it is stopped."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals
    pump: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, *, patience: float = 15.0) -> None:
        """Ask, wait `patience` seconds, then end the whole group."""
        if self.is_alive:
            self.process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        end_group(self.process)
        if self.pump:
            self.pump.join(2)

    def closing_lines(self) -> str:
        return tail(self.log)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group a process of ours leads."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wrapped(
    command: Sequence[str | Path], *, death_signal: signal.Signals, account: Account | None = None
) -> list[str]:
    """The command line that makes a program end with us (see child.py)."""
    identity = ["--uid", str(account.uid), "--gid", str(account.gid)] if account else []
    return [
        *(sys.executable, "-I", "-S", str(WRAPPER)),
        *("--parent", str(os.getpid()), "--death-signal", str(int(death_signal))),
        *identity,
        "--",
        *map(str, command),
    ]


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals | None = None,
    account: Account | None = None,
    keep_open: Sequence[int] = (),
    on_line: Callable[[str], None] | None = None,
) -> Child:
    """Start a program that writes to `log`; with `on_line` each of its lines is shown too.

    Call from the main thread only: the death signal follows the thread that started the child.
    """
    output = subprocess.PIPE if on_line else log.open("ab")
    process = subprocess.Popen(
        wrapped(command, death_signal=death_signal or stop_signal, account=account),
        cwd=folder,
        env=dict(environment if environment is not None else os.environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,
        pass_fds=tuple(keep_open),
    )
    child = Child(name, process, log, stop_signal)
    if on_line:
        child.pump = threading.Thread(target=_pump, args=(process, log, on_line), daemon=True)
        child.pump.start()
    else:
        output.close()  # type: ignore[union-attr]
    return child


def _pump(process: subprocess.Popen[bytes], log: Path, on_line: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with log.open("ab") as file:
        for line in process.stdout:
            file.write(line)
            file.flush()
            on_line(line.decode(errors="replace").rstrip("\n"))


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    account: Account | None = None,
    may_fail: bool = False,
) -> tuple[int, str]:
    """Run a program to its end; its exit code, and what it wrote to stdout and stderr together.

    Raises DevError «`what` failed» with the closing lines, unless `may_fail`.
    """
    process = subprocess.Popen(
        wrapped(command, death_signal=signal.SIGKILL, account=account),
        cwd=folder,
        env=dict(environment if environment is not None else os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    try:
        output = process.communicate()[0].decode(errors="replace")
    except BaseException:
        end_group(process)
        raise
    if process.returncode and not may_fail:
        raise DevError(f"{what} failed (exit code {process.returncode}).", output=abridged(output))
    return process.returncode, output


def run_in_foreground(command: Sequence[str | Path], *, environment: Mapping[str, str]) -> int:
    """Give a program the terminal (a shell, pytest) and return its exit code.

    It shares our process group, so the terminal's Ctrl-C reaches it directly; a signal sent to us
    alone is passed on. Our own clean-up runs after it has ended.
    """
    process = subprocess.Popen(
        wrapped(command, death_signal=signal.SIGTERM), cwd=ROOT, env=dict(environment)
    )

    def pass_on(number: int, _frame: object) -> None:
        if number != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(number)

    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    earlier = {number: signal.signal(number, pass_on) for number in watched}
    try:
        code = process.wait()
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def abridged(output: str) -> str:
    """The first and last lines: some programs name the fault first, most last."""
    lines = output.rstrip().splitlines()
    if len(lines) > TAIL_LINES + HEAD_LINES:
        lines = [*lines[:HEAD_LINES], "…", *lines[-TAIL_LINES:]]
    return "\n".join(lines)


def tail(path: Path, n_lines: int = TAIL_LINES) -> str:
    """The closing lines of a log."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 16_384))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-n_lines:])


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Whether a server could listen there right now. Port 0 is none."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return port != 0


def listen(preferred_port: int = 0, *, n_tries: int = 50) -> socket.socket:
    """A listening socket on 127.0.0.1, on the preferred port or the next free one.

    The socket itself is handed to the server, so nobody can take the port in between.
    """
    for offset in range(n_tries):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", preferred_port + offset if preferred_port else 0))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise DevError(
        f"Ports {preferred_port} to {preferred_port + n_tries - 1} are all taken.",
        mend="free one of them, or name another start with PORT=9000 ./dev up.",
    )


def wait_until(is_ready: Callable[[], bool], child: Child, *, seconds: float) -> None:
    """Wait until a started program answers. Raises DevError when it ended or took too long."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if not child.is_alive:
            raise DevError(
                f"{child.name} ended while starting (exit code {child.process.returncode}).",
                output=child.closing_lines(),
            )
        if time.monotonic() > deadline:
            raise DevError(
                f"{child.name} did not answer within {seconds:.0f} s.",
                output=child.closing_lines(),
            )
        time.sleep(0.05)
