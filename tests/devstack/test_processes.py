import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devstack import processes
from devstack.errors import DevError
from devstack.state import ROOT
from devstack.supervisor import Program, Supervisor

SUPERVISE = """
import pathlib, signal, sys
from devstack import stopping
from devstack.supervisor import Program, Supervisor
folder = pathlib.Path(sys.argv[1])
supervisor = Supervisor(folder, {"PATH": "/usr/bin:/bin"})
with stopping.by_signal(), supervisor.stopped_at_the_end():
    supervisor.start(Program("web", ["sh", "-c", "echo started; exec sleep 60"], "green"))
    supervisor.start(Program("worker", ["sleep", "60"], "blue", death_signal=signal.SIGQUIT))
    print(*(child.process.pid for child in supervisor.children.values()), flush=True)
    supervisor.watch([])
"""


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than an entry nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for_end(pids: list[int], seconds: float = 5) -> list[int]:
    """The processes still running after the wait."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_running(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_child_outlives_its_supervisor(tmp_path, number):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, tmp_path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    children = [int(word) for word in supervisor.stdout.readline().split()]
    assert len(children) == 2
    assert all(map(is_running, children))

    supervisor.send_signal(number)
    supervisor.wait(10)

    assert wait_for_end(children) == []


def test_program_that_ends_is_started_once_more_then_named_with_its_log(tmp_path, capsys):
    supervisor = Supervisor(tmp_path, os.environ)
    supervisor.start(Program("worker", ["sh", "-c", "echo no broker; exit 3"], "blue"))

    with pytest.raises(DevError) as failure, supervisor.stopped_at_the_end():
        supervisor.watch([])

    assert "worker ended again, by itself (exit code 3)" in failure.value.message
    assert failure.value.output == "no broker\nno broker"
    assert (
        "worker ended by itself (exit code 3) and is started once more" in capsys.readouterr().out
    )


def test_dead_server_stops_everything_and_is_named(tmp_path):
    supervisor = Supervisor(tmp_path, os.environ)
    web = supervisor.start(Program("web", ["sleep", "60"], "green"))
    database = processes.spawn("Postgres", ["false"], log=tmp_path / "postgres.log")
    database.process.wait()

    with pytest.raises(DevError, match="Postgres ended"), supervisor.stopped_at_the_end():
        supervisor.watch([database])

    assert not web.is_alive


def test_stop_ends_a_program_that_does_not_listen_and_its_children(tmp_path):
    script = "trap '' TERM; sleep 60 & echo $! > child; wait; wait"
    stubborn = processes.spawn(
        "web", ["sh", "-c", script], log=tmp_path / "web.log", folder=tmp_path
    )
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text().strip():
        time.sleep(0.02)

    stubborn.stop(patience=0.2)

    grandchild = int((tmp_path / "child").read_text())
    assert not stubborn.is_alive
    assert wait_for_end([grandchild]) == []


def test_taken_port_gives_way_to_the_next():
    with processes.listen() as first:
        taken = first.getsockname()[1]
        with processes.listen(taken) as second:
            assert second.getsockname()[1] > taken


def test_port_held_without_listening_is_taken_too():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        taken = holder.getsockname()[1]
        with processes.listen(taken) as listener:
            assert listener.getsockname()[1] != taken


def test_failed_program_shows_its_first_and_last_lines():
    script = "for i in $(seq 100); do echo line $i; done; exit 4"

    with pytest.raises(DevError) as failure:
        processes.run(["sh", "-c", script], what="Counting")

    lines = failure.value.output.splitlines()
    assert failure.value.message == "Counting failed (exit code 4)."
    assert (lines[0], lines[-1]) == ("line 1", "line 100")
    assert "…" in lines
