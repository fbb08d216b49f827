"""A stack for one test run or benchmark, gone without trace afterwards."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from devstack import environment, outside, postgres, servers
from devstack.servers import Servers
from devstack.state import State

PREFIX = "clinic-crm-test-"
SETTLED_SECONDS = 600


@contextmanager
def stack(
    outer: Mapping[str, str], home: State, *, own_database: bool = False
) -> Iterator[dict[str, str]]:
    """The environment for programs that use a stack of their own.

    outer: names outside servers, if any.
    own_database: on an outside server work in a new database, dropped afterwards (the tests need
    none: they make their own).
    """
    with _folder() as folder:
        state = State(folder)
        try:
            is_new = own_database and bool(outer.get("DATABASE_URL"))
            with (
                servers.running(state, outer, home=home, is_throw_away=True) as running,
                _database(running, is_new) as used,
            ):
                yield environment.of_tests(outer, state, used)
        finally:
            postgres.delete_data(state)


@contextmanager
def _database(running: Servers, is_new: bool) -> Iterator[Servers]:
    if not is_new:
        yield running
        return
    with outside.scratch_database(running.owner_url) as name:
        yield replace(
            running,
            owner_url=outside.of_database(running.owner_url, name),
            app_url=outside.of_database(running.app_url, name),
        )


@contextmanager
def _folder() -> Iterator[Path]:
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    with (folder / "in-use").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove what runs killed without mercy have left: folders of ours that nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        facts = folder.lstat()
        is_ours = facts.st_uid == os.geteuid() and not folder.is_symlink()
        if is_ours and time.time() - facts.st_mtime > SETTLED_SECONDS:
            _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    try:
        with (folder / "in-use").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / "state.json").exists():
                postgres.delete_data(State(folder))
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # in use, or removed by another in this moment
