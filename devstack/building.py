"""What must be built before the project can run: front end, translations, static files."""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack import catalogues, fingerprints, frontend, processes
from devstack.console import step
from devstack.state import ROOT, State

NPM_HINT = "npm's registry must be reachable; `rm -r frontend/node_modules` starts it afresh."
# Settings refuse to load without these; collectstatic connects to none of them.
NOT_USED = {
    "SECRET_KEY": "only-to-collect-static-files",
    "HEALTH_KEYS": "only-to-collect-static-files-nothing-is-sealed",
    "TOMBSTONE_KEYS": "only-to-collect-static-files-nobody-is-erased",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "DATABASE_OWNER_URL": "",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DEBUG": "0",
}


def build_all(state: State, *, for_serving: bool = True) -> None:
    """Bring all up to date; what has not changed is skipped. One builder at a time.

    for_serving: also collect the static files, which tests and checks do without.
    """
    with _alone(state):
        with step("Front end", mend=NPM_HINT) as shown:
            shown.note = frontend.build(state)
        with step("Translations") as shown:
            shown.note = catalogues.build(ROOT)
        if for_serving:
            with step("Static files") as shown:
                shown.note = collect_static(state)


@contextmanager
def _alone(state: State) -> Iterator[None]:
    with (state.folder / "building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def collect_static(state: State) -> str:
    """`manage.py collectstatic` with names that carry a hash, and compressed copies."""
    target = ROOT / "staticfiles"
    sources = fingerprints.of_files(ROOT, _static_sources())
    if target.exists() and fingerprints.is_unchanged(state, "static", sources):
        return "unchanged"
    shutil.rmtree(target, ignore_errors=True)
    processes.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        what="Collecting the static files",
        environment=os.environ | NOT_USED,
    )
    fingerprints.remember(state, "static", sources)
    return "collected"


def _static_sources() -> list[Path]:
    patterns = ("frontend/dist/**/*", "*/static/**/*")
    own = [file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()]
    return [*own, ROOT / "uv.lock", ROOT / "clinic_crm" / "settings.py"]
