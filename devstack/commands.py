"""The commands of `./dev`."""

import argparse
import os
import shutil
import sys

from devstack import (
    building,
    checks,
    console,
    environment,
    postgres,
    processes,
    servers,
    stopping,
    throwaway,
)
from devstack import up as upping
from devstack.console import say
from devstack.errors import DevError
from devstack.state import ROOT, StackLock, State

N_TEST_WORKERS = "3"  # on two cores: some tests wait for workers to die or for locks
DATA_FOLDERS = ("mail", "media", "beat", "logs")


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if options.run is None:
        parser.print_help()
        return 0
    if rest and not options.passes_on:
        parser.error(f"{options.command} does not know {' '.join(rest)}")
    try:
        with stopping.by_signal():
            return options.run(options, rest) or 0
    except DevError as failure:
        console.print_failure(failure)
        return 1
    except stopping.Stopped as stopped:
        say("\nEverything is stopped." if options.command == "up" else "\nStopped.")
        return 0 if options.command == "up" else stopped.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev", description="Run and check clinic_crm.")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(dest="command", metavar="command")

    def add(name: str, run, about: str, *, passes_on: bool = False) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about, add_help=not passes_on)
        command.set_defaults(run=run, passes_on=passes_on)
        return command

    start = add("up", up, "start everything, with two demo clinics; Ctrl-C stops it")
    start.add_argument("--follow", action="store_true", help="print what the programs log")
    add("test", test, "run the tests in a stack of their own (arguments go to pytest)",
        passes_on=True)  # fmt: skip
    add("manage", manage, "run a manage.py command inside the stack", passes_on=True)
    add("check", check, "format, lint, imports, types, templates, migrations, walls, deployment")
    add("build", build, "front end, translations, static files")
    add("bench", bench, "run the benchmarks, or one by its name", passes_on=True)
    delete = add("reset", reset, "delete the demo's data")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    add("help", lambda *_: parser.print_help(), "this list")
    return parser


def _home() -> State:
    return State(ROOT / ".dev")


def up(options: argparse.Namespace, _rest: list[str]) -> None:
    state = _home()
    lock = StackLock(state.folder)
    with lock.held("up"):
        upping.up(state, lock, shows_lines=options.follow)


def test(_options: argparse.Namespace, rest: list[str]) -> int:
    home = _home()
    building.build_all(home, for_serving=False)
    chosen = any(word.startswith(("-n", "--numprocesses")) for word in rest)
    # Tests differ a hundredfold in time: who is done takes over from who is not.
    parallel = [] if chosen else ["-n", N_TEST_WORKERS, "--dist", "worksteal"]
    with throwaway.stack(os.environ, home) as settings:
        say()
        return processes.run_in_foreground(
            [sys.executable, "-m", "pytest", *parallel, *rest], environment=settings
        )


def manage(_options: argparse.Namespace, rest: list[str]) -> int:
    """Inside the running stack, or with its databases started for as long as it takes."""
    console.screen.to_stderr = True  # the command's own output may go into a file
    command = [sys.executable, "manage.py", *rest]
    state = _home()
    lock = StackLock(state.folder)
    holder = lock.holder()
    if holder and "environment" in holder:
        return processes.run_in_foreground(command, environment=holder["environment"])
    with lock.held("manage"), servers.running(state, os.environ, home=state) as running:
        settings = environment.of_demo(
            os.environ,
            state,
            running,
            public_url=os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{upping.DEFAULT_PORT}"),
            email_url=os.environ.get("EMAIL_URL", "smtp://127.0.0.1:1025"),
        )
        return processes.run_in_foreground(command, environment=settings)


def check(_options: argparse.Namespace, _rest: list[str]) -> int:
    home = _home()
    building.build_all(home, for_serving=False)
    return checks.check(home)


def build(_options: argparse.Namespace, _rest: list[str]) -> None:
    building.build_all(_home())


def bench(_options: argparse.Namespace, rest: list[str]) -> int:
    known = sorted(file.stem for file in (ROOT / "bench").glob("[!_]*.py"))
    names, arguments = (rest[:1], rest[1:]) if rest else (known, [])
    if unknown := set(names) - set(known):
        raise DevError(f"There is no benchmark {unknown.pop()}.", mend=f"one of: {known}")
    home = _home()
    building.build_all(home, for_serving=False)
    worst = 0
    for name in names:
        say(f"\n{name}")
        with throwaway.stack(os.environ, home, own_database=True) as settings:
            upping.manage("migrate", "--database", "owner", "--noinput", settings=settings)
            code = processes.run_in_foreground(
                [sys.executable, "-m", f"bench.{name}", *arguments], environment=settings
            )
            worst = max(worst, code)
    return worst


def reset(options: argparse.Namespace, _rest: list[str]) -> None:
    state = _home()
    with StackLock(state.folder).held("reset"):
        if not options.yes:
            _ask(f"Delete the demo's clinics, mails and files of {ROOT}?")
        postgres.delete_data(state)
        for name in DATA_FOLDERS:
            shutil.rmtree(state.folder / name, ignore_errors=True)
        state.file.unlink(missing_ok=True)
    say("Deleted. ./dev up starts anew.")
    if os.environ.get("DATABASE_URL"):
        say("Your own server (DATABASE_URL) was left as it is: ./dev only deletes its own data.")


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise DevError("There is nobody to ask.", mend="./dev reset --yes")
    if input(f"{question} [y/N] ").strip().lower() not in {"y", "yes"}:
        raise DevError("Nothing was deleted.")
