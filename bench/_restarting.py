"""Restarting the servers of a throw-away stack: found by their processes, ended without mercy, and
started again as they were. For benchmarks that `./dev bench` gave servers of their own."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import redis
from django.conf import settings
from django.db import OperationalError, connection, connections

SECONDS = 60.0


class Refused(Exception):
    """These servers are not ours to restart."""


class PostgresRestart:
    """Call it to shut the server down at once and to start it again. Commits survive: the role
    that asks keeps `synchronous_commit` on, as any server but a throw-away one does."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = on")
            cursor.execute("SELECT pg_backend_pid()")
            backend = cursor.fetchone()[0]
        connections.close_all()
        self._pid = _parent(backend)
        self._words = _command(self._pid)
        if b"fsync=off" not in self._words:
            raise Refused("the server of the database is none to throw away")
        folder = Path(os.fsdecode(self._words[self._words.index(b"-D") + 1]))
        self._owner = pwd.getpwuid(folder.stat().st_uid)
        self._folder = folder.parent
        self._server: subprocess.Popen | None = None

    def __call__(self) -> None:
        os.kill(self._pid, signal.SIGQUIT)
        if self._server is not None:
            self._server.wait()
        _wait_until(lambda: _is_gone(self._pid))
        self._server = _started(self._words, self._folder, self._owner)
        self._pid = self._server.pid
        _wait_until(_database_answers)

    def close(self) -> None:
        """Nothing of ours goes on running."""
        connections.close_all()
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait()


class BrokerRestart:
    """Call it to empty the broker, kill it and start it again."""

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(settings.REDIS_URL)
        told = self._client.info("server")  # its own words are overwritten by its title
        self._pid = int(told["process_id"])
        program = Path(f"/proc/{self._pid}/exe").readlink()
        self._words = [os.fsencode(program), os.fsencode(told["config_file"])]
        self._folder = Path(f"/proc/{self._pid}/cwd").readlink()
        self._server: subprocess.Popen | None = None

    def __call__(self) -> None:
        self._client.flushall()
        os.kill(self._pid, signal.SIGKILL)
        if self._server is not None:
            self._server.wait()
        _wait_until(lambda: _is_gone(self._pid))
        self._server = _started(self._words, self._folder, None)
        self._pid = self._server.pid
        _wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait()


def _started(
    words: Sequence[bytes], folder: Path, owner: pwd.struct_passwd | None
) -> subprocess.Popen:
    rights = (
        {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        if owner and os.geteuid() == 0
        else {}
    )
    return subprocess.Popen(
        [os.fsdecode(word) for word in words], cwd=folder, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **rights,
    )  # fmt: skip


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    connections.close_all()
    return True


def _wait_until(is_so) -> None:
    until = time.monotonic() + SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError("a server did not come back")
        time.sleep(0.05)


def _is_gone(pid: int) -> bool:
    """Ended, be it that nobody has asked for its last word yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _command(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
