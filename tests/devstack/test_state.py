import subprocess
import sys

import pytest

from devstack.errors import DevError
from devstack.state import ROOT, StackLock, State

HOLD = """
import sys, time, pathlib
from devstack.state import StackLock
lock = StackLock(pathlib.Path(sys.argv[1]))
with lock.held("up"):
    lock.describe(command="up", address="http://127.0.0.1:8000", environment={"A": "1"})
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], cwd=ROOT, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


def test_second_command_is_refused_and_told_where_the_first_is(tmp_path, holder):
    with pytest.raises(DevError) as refusal, StackLock(tmp_path).held("up"):
        pass

    assert refusal.value.message == (
        f"./dev up (process {holder.pid}) is already running in this clone "
        "at http://127.0.0.1:8000."
    )


def test_other_commands_learn_the_holders_environment(tmp_path, holder):
    assert StackLock(tmp_path).holder()["environment"] == {"A": "1"}


def test_killed_holder_leaves_no_lock(tmp_path, holder):
    holder.kill()
    holder.wait()

    assert StackLock(tmp_path).holder() is None
    with StackLock(tmp_path).held("up"):
        pass


def test_secrets_are_kept_and_readable_by_the_owner_alone(tmp_path):
    secret = State(tmp_path / "dev").secret("app")

    assert State(tmp_path / "dev").secret("app") == secret
    assert (tmp_path / "dev" / "state.json").stat().st_mode & 0o777 == 0o600


def test_moved_clone_keeps_its_data_and_a_copy_does_not(tmp_path):
    original = tmp_path / "original"
    secret = State(original / ".dev", clone=original).secret("app")
    (tmp_path / "copy" / ".dev").mkdir(parents=True)
    (tmp_path / "copy" / ".dev" / "state.json").write_bytes(
        (original / ".dev" / "state.json").read_bytes()
    )
    assert State(tmp_path / "copy" / ".dev", clone=tmp_path / "copy").secret("app") != secret

    original.rename(tmp_path / "moved")
    assert State(tmp_path / "moved" / ".dev", clone=tmp_path / "moved").secret("app") == secret


def test_damaged_state_is_named(tmp_path):
    (tmp_path / "state.json").write_text("{")

    with pytest.raises(DevError) as failure:
        State(tmp_path)
    assert str(tmp_path / "state.json") in failure.value.message
