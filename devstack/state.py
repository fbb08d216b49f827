"""The clone's own folder `.dev/`: settings that must survive a restart, logs, and the lock."""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devstack.errors import DevError

ROOT = Path(__file__).resolve().parent.parent


class State:
    """A small JSON file only its owner can read, and the folders beside it.

    folder: `.dev/` of a clone, or the folder of a throw-away stack.
    """

    def __init__(self, folder: Path, *, clone: Path = ROOT) -> None:
        self.folder = folder
        self.clone = clone
        self.file = folder / "state.json"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.values: dict[str, Any] = self._read()

    def _read(self) -> dict[str, Any]:
        if not self.file.exists():
            return {"clone": str(self.clone)}
        try:
            values = json.loads(self.file.read_text())
        except ValueError:
            raise DevError(
                f"{self.file} is damaged.", mend="delete it; ./dev starts with new data then."
            ) from None
        return self._disown_copy(values)

    def _disown_copy(self, values: dict[str, Any]) -> dict[str, Any]:
        """A clone copied together with its `.dev/` must not share the data of its original."""
        original = Path(values.get("clone", self.clone))
        is_copy = original != self.clone and (original / ".dev" / "state.json").exists()
        return {"clone": str(self.clone)} if is_copy else values | {"clone": str(self.clone)}

    def section(self, name: str) -> dict[str, Any]:
        """A part's own values; change it in place and call `save`."""
        return self.values.setdefault(name, {})

    def save(self) -> None:
        write_private(self.file, json.dumps(self.values, indent=2))

    def secret(self, name: str) -> str:
        """A random word made once and kept."""
        kept = self.section("secrets")
        if name not in kept:
            kept[name] = secrets.token_urlsafe(32)
            self.save()
        return kept[name]

    def subfolder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    @property
    def logs(self) -> Path:
        return self.subfolder("logs")


def write_private(path: Path, text: str) -> None:
    """Replace a file in one move; nobody else can read it, not even for a moment."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # made 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(path)


class StackLock:
    """Who is using the clone's databases. Held by one process; freed by the kernel when it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self.holder_file = folder / "running.json"

    def holder(self) -> dict[str, Any] | None:
        """What the running process wrote of itself ({"pid", "command"…}), or None."""
        if not self.path.exists():
            return None
        with self.path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self._described_holder()
        return None

    def _described_holder(self) -> dict[str, Any]:
        try:
            return json.loads(self.holder_file.read_text())
        except (OSError, ValueError):
            return {}  # it has only just begun

    def describe(self, **facts: Any) -> None:
        """Tell other commands of this clone who we are and how to reach the stack."""
        write_private(self.holder_file, json.dumps({"pid": os.getpid(), **facts}))

    @contextmanager
    def held(self, command: str) -> Iterator[None]:
        """Raises DevError naming the holder when another process of this clone has it."""
        with self.path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._refusal() from None
            self.describe(command=command)
            try:
                yield
            finally:
                self.holder_file.unlink(missing_ok=True)

    def _refusal(self) -> DevError:
        holder = self._described_holder()
        who = f"./dev {holder.get('command', '…')} (process {holder.get('pid', 'unknown')})"
        where = f" at {holder['address']}" if "address" in holder else ""
        return DevError(
            f"{who} is already running in this clone{where}.",
            mend="use that one, or stop it first with Ctrl-C in its terminal.",
        )
