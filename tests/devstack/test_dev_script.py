import os
import shutil
import subprocess
from pathlib import Path

import pytest

from devstack.state import ROOT


@pytest.fixture
def clone(tmp_path):
    """A clone with nothing installed, in a path with a blank and Chinese characters."""
    folder = tmp_path / "诊所 crm"
    folder.mkdir()
    for name in ("dev", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def dev(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ./dev from elsewhere, with nothing on PATH but basic tools and `clone`'s own programs."""
    tools = clone.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sh", "dirname", "cat", "rm", "mkdir", "chmod"):
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name))
    return subprocess.run(
        [clone / "dev", *arguments],
        cwd="/",
        env={"PATH": f"{clone.parent / 'programs'}:{tools}", "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_without_python_the_package_to_install_is_named(clone):
    result = dev(clone, "up")

    assert result.returncode == 1
    assert "needs Python 3.11 to 3.14, and none was found" in result.stderr
    assert "apt-get install python3 python3-venv" in result.stderr


def test_old_python_and_broken_shim_do_not_count(clone):
    program(clone.parent / "programs", "python3", "exit 1")
    program(
        clone.parent / "programs", "python3.11", "echo 'pyenv: command not found' >&2; exit 127"
    )

    assert "none was found" in dev(clone, "up").stderr


def test_python_without_venv_names_the_package(clone):
    script = """case "$2" in
        *ensurepip*) exit 1 ;;
        *sys.executable*) echo /usr/bin/python3 ;;
        *%d.%d*) echo 3.11 ;;
    esac"""
    program(clone.parent / "programs", "python3", script.replace("/usr/bin/python3", "$0"))

    result = dev(clone, "up")

    assert result.returncode == 1
    assert "apt-get install python3.11-venv" in result.stderr


def test_failed_installation_shows_what_uv_said(clone):
    programs = clone.parent / "programs"
    program(programs, "python3", 'case "$2" in *sys.executable*) echo "$0" ;; esac')
    program(programs, "uv", 'case "$1" in sync) echo "no such index" >&2; exit 2 ;; esac')

    result = dev(clone, "up")

    assert result.returncode == 1
    assert "no such index" in result.stderr
    assert "packages could not be installed" in result.stderr


def test_installs_once_and_hands_over_its_arguments(clone):
    programs = clone.parent / "programs"
    program(programs, "python3", 'case "$2" in *sys.executable*) echo "$0" ;; esac')
    sync = """[ "$1" = sync ] || exit 0
        echo "$@" >>calls
        mkdir -p .venv/bin
        printf '#!/bin/sh\\nfor word in "$@"; do echo "<$word>"; done\\n' >.venv/bin/python
        chmod 755 .venv/bin/python"""
    program(programs, "uv", sync)

    results = [dev(clone, "manage", "a b", "王") for _ in range(2)]

    assert [result.returncode for result in results] == [0, 0]
    assert results[1].stdout == "<-m>\n<devstack>\n<manage>\n<a b>\n<王>\n"
    assert (clone / "calls").read_text() == "sync --frozen --inexact --quiet\n"


def test_changed_lock_installs_again(clone):
    test_installs_once_and_hands_over_its_arguments(clone)
    with (clone / "uv.lock").open("a") as lock:
        lock.write("\n# newer\n")

    dev(clone, "up")

    assert len((clone / "calls").read_text().splitlines()) == 2
