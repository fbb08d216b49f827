"""Skip a step whose inputs are what they were when it last succeeded."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from devstack.state import State, write_private


def of_files(root: Path, files: Iterable[Path]) -> str:
    """A hash over names and contents; the order of the files does not matter."""
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()


def is_unchanged(state: State, step: str, fingerprint: str) -> bool:
    return _read(state).get(step) == fingerprint


def remember(state: State, step: str, fingerprint: str) -> None:
    """Call after the step has succeeded, never before."""
    write_private(_file(state), json.dumps(_read(state) | {step: fingerprint}, indent=2))


def _file(state: State) -> Path:
    return state.folder / "fingerprints.json"


def _read(state: State) -> dict[str, str]:
    try:
        return json.loads(_file(state).read_text())
    except (OSError, ValueError):
        return {}
