"""The whole product as `./dev up` runs it, in a stack of its own that leaves nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devstack import building, postgres, stopping
from devstack import up as upping
from devstack.state import ROOT, StackLock, State

START_SECONDS = 600  # the demo clinics' history is years long
# Servers of the caller's are not for us: the demo clinics would stay in them.
NOT_OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_URL",
            "DEMO", "DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "MAILBOX_DIR",
            "MEDIA_ROOT", "SECRET_KEY", "HEALTH_KEYS", "TOMBSTONE_KEYS",
            "DJANGO_SETTINGS_MODULE")  # fmt: skip


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    password: str
    clinic: str  # slug


@dataclass(frozen=True)
class Product:
    """A running product: where it is and who may sign in."""

    url: str
    logins: list[Login] = field(repr=False)

    def login(self, role: str, clinic: str) -> Login:
        return next(one for one in self.logins if (one.role, one.clinic) == (role, clinic))


def at(url: str) -> Product:
    """A product that runs already, with the demo's logins."""
    from clinic_crm.demo.logins import LOGINS

    return Product(url, [Login(one.role, one.email, one.password, one.clinic) for one in LOGINS])


@contextmanager
def running() -> Iterator[Product]:
    """Start everything, wait until it answers, stop it at the end. Raises RuntimeError."""
    with tempfile.TemporaryDirectory(prefix="clinic-crm-journey-") as name:
        folder, log = Path(name) / "state", Path(name) / "log"
        environment = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.journeys.product", str(folder)],
                cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            yield at(_address(process, folder / "running.json", log))
        finally:
            process.terminate()
            process.wait(120)


def _address(process: subprocess.Popen[bytes], described: Path, log: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if described.exists() and (address := json.loads(described.read_text()).get("address")):
            return address
        time.sleep(0.3)
    raise RuntimeError(f"The product did not start:\n{log.read_text(errors='replace')}")


def main(folder: Path) -> None:
    """What `./dev up` does, with its data in `folder`, until a signal ends it."""
    with stopping.by_signal():
        building.build_all(State(ROOT / ".dev"))  # once for all stacks of this clone
        state, lock = State(folder), StackLock(folder)
        try:
            with lock.held("journeys"):
                upping.serve(state, lock, shows_lines=False)
        finally:
            postgres.delete_data(state)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except stopping.Stopped:
        sys.exit(0)
