"""`./dev check`: every check on its own line; the output of those that failed, and exit code 1."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack import catalogues, processes, throwaway
from devstack.console import coloured, say
from devstack.errors import DevError
from devstack.state import ROOT, State

TYPED = (
    *("*/services", "segmentation/scoring", "analytics/measure"),
    *("campaigns/gates.py", "loyalty/liability.py"),
)
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
# As in production, with values that are well-formed but belong to nobody.
LIKE_PRODUCTION = {
    "DEBUG": "0",
    "DEMO": "0",
    "SECRET_KEY": "a-long-word-only-for-checking-0123456789-abcdefghijklmnopqrstuvwxyz",
    "PUBLIC_URL": "https://crm.example",
    "ALLOWED_HOSTS": "crm.example",
    "CSRF_TRUSTED_ORIGINS": "https://crm.example",
}


@dataclass(frozen=True)
class Check:
    """One line of the report. Without `settings` it runs in the caller's environment."""

    name: str
    command: list[str]
    settings: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    name: str
    is_ok: bool
    seconds: float
    output: str


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def typed_paths() -> list[str]:
    """The parts whose types are checked: services and arithmetic."""
    found = {path for pattern in TYPED for path in ROOT.glob(pattern)}
    return [str(path.relative_to(ROOT)) for path in sorted(found) if holds_code(path)]


def holds_code(path: Path) -> bool:
    return path.is_file() or any(path.glob("*.py"))


def all_checks(settings: Mapping[str, str]) -> list[Check]:
    """In the order they run; the walls are looked at after the migrations have built them."""
    production = {**settings, **LIKE_PRODUCTION}
    return [
        Check("format", python("-m", "ruff", "format", "--check", "--output-format=concise", ".")),
        Check("lint", python("-m", "ruff", "check", "--output-format=concise", ".")),
        Check("imports", python("-c", LINT_IMPORTS)),
        Check("types", python("-m", "mypy", *typed_paths()), settings),
        Check("templates", python("-m", "djlint", "templates", "--lint", "--quiet")),
        Check("settings and models", python("manage.py", "check"), settings),
        Check(
            "migrations complete",
            python("manage.py", "makemigrations", "--check", "--dry-run"),
            settings,
        ),
        Check(
            "migrations run",
            python("manage.py", "migrate", "--database", "owner", "--noinput"),
            settings,
        ),
        Check("walls", python("manage.py", "check_walls"), settings),
        Check(
            "deployment",
            python("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
            production,
        ),
    ]


def check(home: State) -> int:
    """Run everything against a throw-away stack; 0 when all is well, 1 otherwise."""
    outcomes = [_translations()]
    with throwaway.stack(os.environ, home, own_database=True) as settings:
        say()
        _print(outcomes[0])
        for each in all_checks(settings):
            outcomes.append(_run(each))
            _print(outcomes[-1])
    failed = [outcome for outcome in outcomes if not outcome.is_ok]
    for outcome in failed:
        say(f"\n{coloured(f'── {outcome.name} failed', 'red')}\n{outcome.output.rstrip()}")
    n_failed = len(failed)
    say(f"\n{len(outcomes) - n_failed} checks ok" + (f", {n_failed} failed" if n_failed else ""))
    return 1 if failed else 0


def _run(each: Check) -> Outcome:
    started = time.monotonic()
    code, output = processes.run(
        each.command,
        what=each.name,
        environment=os.environ if each.settings is None else each.settings,
        may_fail=True,
    )
    return Outcome(each.name, code == 0, time.monotonic() - started, output)


def _translations() -> Outcome:
    started = time.monotonic()
    try:
        catalogues.build(ROOT)
    except DevError as fault:
        return Outcome("translations", False, time.monotonic() - started, fault.output)
    return Outcome("translations", True, time.monotonic() - started, "")


def _print(outcome: Outcome) -> None:
    word = coloured("ok", "green") if outcome.is_ok else coloured("failed", "red")
    say(f"  {outcome.name:<24} {outcome.seconds:6.1f} s  {word}")
