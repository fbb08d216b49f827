"""`./dev up`: everything from the front end to the demo clinics, then run until Ctrl-C."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devstack import building, console, environment, fingerprints, mail_sink, processes, servers
from devstack.console import say, step
from devstack.errors import DevError
from devstack.processes import Child
from devstack.state import ROOT, StackLock, State
from devstack.supervisor import Program, Supervisor, wait_until_ready

DEFAULT_PORT = 8000
QUEUES = "default,send,import,score,webhook"
RESET_HINT = "`./dev reset` starts with new data; `./dev manage …` works on the data as it is."


def up(state: State, lock: StackLock, *, shows_lines: bool) -> None:
    """Build, then run in the foreground. Raises DevError naming the step that failed."""
    say(f"clinic_crm in {ROOT}")
    building.build_all(state)
    serve(state, lock, shows_lines=shows_lines)


def serve(state: State, lock: StackLock, *, shows_lines: bool) -> None:
    """Run what is built, its data in the folder of `state`, until a signal comes."""
    with (
        _web_socket() as listener,
        servers.running(state, os.environ, home=state) as running,
        mail_server(state) as (mail, email_url),
    ):
        port = listener.getsockname()[1]
        public_url = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/")
        settings = environment.of_demo(
            os.environ, state, running, public_url=public_url, email_url=email_url
        )
        with step("Database tables", mend=RESET_HINT) as shown:
            shown.note = migrated(state, settings)
        with step("Demo clinics", mend=RESET_HINT):
            logins = seeded(state, settings)
        supervisor = Supervisor(state.logs, settings, shows_lines=shows_lines)
        with supervisor.stopped_at_the_end():
            with step("Web, workers, beat", mend=f"look into {state.logs}") as shown:
                _start_programs(supervisor, state, listener, settings)
                shown.note = public_url
            lock.describe(command="up", address=public_url, environment=settings)
            say("\n" + console.box(welcome(public_url, logins, state, bool(mail))))
            supervisor.watch([*running.children, *([mail] if mail else [])])


@contextmanager
def _web_socket() -> Iterator[socket.socket]:
    """The web server's port: 8000, or the next free one; says so when it had to give way."""
    wanted = os.environ.get("PORT", str(DEFAULT_PORT))
    if not wanted.isdecimal() or not 0 < int(wanted) < 65_536:
        raise DevError(f"PORT={wanted} is no port.", mend="PORT=9000 ./dev up")
    with processes.listen(int(wanted)) as listener:
        port = listener.getsockname()[1]
        if port != int(wanted):
            say(f"  ! port {wanted} is taken by another program: using {port}")
        yield listener


@contextmanager
def mail_server(state: State) -> Iterator[tuple[Child | None, str]]:
    """The demo's mail server and its address, or none of ours where EMAIL_URL names one."""
    if email_url := os.environ.get("EMAIL_URL"):
        yield None, email_url
        return
    with step("Mail server") as shown:
        child, email_url = mail_sink.start(state, state.folder / "mail")
        shown.note = email_url
    try:
        yield child, email_url
    finally:
        child.stop()


def manage(*arguments: str, settings: Mapping[str, str]) -> str:
    """Run a manage.py command to its end; what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    return processes.run(command, what=f"manage.py {arguments[0]}", environment=settings)[1]


def migrated(state: State, settings: Mapping[str, str]) -> str:
    """Bring the tables up to date, unless what makes them is what last made these."""
    asked = ("migrate", "--database", "owner", "--noinput")
    if os.environ.get("DATABASE_URL"):  # whose tables others change, too
        manage(*asked, settings=settings)
        return ""
    kept, sources = state.section("postgres"), fingerprints.of_files(ROOT, _table_sources())
    if kept.get("tables") == sources:
        return "unchanged"
    manage(*asked, settings=settings)
    kept["tables"] = sources
    state.save()
    return ""


def _table_sources() -> list[Path]:
    patterns = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "tenancy/wall*.py", "uv.lock")
    return [file for pattern in patterns for file in ROOT.glob(pattern)]


def seeded(state: State, settings: Mapping[str, str]) -> list[dict[str, str]]:
    """The demo's logins. They are kept with the embedded data: a later start has not to ask."""
    if os.environ.get("DATABASE_URL"):  # whose data come and go without us
        return seed(settings)
    kept = state.section("postgres")
    if "logins" not in kept:
        kept["logins"] = seed(settings)
        state.save()
    return kept["logins"]


def seed(settings: Mapping[str, str]) -> list[dict[str, str]]:
    """Make the demo clinics where there are none; the logins ({role, email, password, clinic})."""
    output = manage("seed_demo", "--json", settings=settings)
    for line in reversed(output.splitlines()):
        if line.startswith("{") and "logins" in (answer := json.loads(line)):
            return answer["logins"]
    raise DevError("manage.py seed_demo named no logins.", output=output[-2000:])


def _start_programs(
    supervisor: Supervisor, state: State, listener: socket.socket, settings: Mapping[str, str]
) -> None:
    """Web first, the others once it answers: on two cores a page is there sooner this way."""
    python = [sys.executable, "-m"]
    handle, port = listener.fileno(), listener.getsockname()[1]
    # Loading once and forking is quicker, but code loaded before the fork cannot be reloaded.
    loading = "--reload" if settings["DEBUG"] == "1" else "--preload"
    web = ["gunicorn", "clinic_crm.wsgi", "--worker-class", "gthread", "--bind", f"fd://{handle}"]
    # No access log: it would keep what people search for. The project logs each request itself.
    web += ["--workers", "2", "--threads", "4", loading]
    child = supervisor.start(Program("web", python + web, "green", keep_open=(handle,)))
    wait_until_ready(child, port)
    # The sender only sends: no import and no night of scores keeps a campaign waiting.
    for name, queues, n in (("worker", QUEUES, "2"), ("sender", "send", "1")):
        worker = ["celery", "-A", "clinic_crm", "worker", "-Q", queues, "-c", n, "-l", "info"]
        worker += ["-n", f"{name}@%h"]
        # Cold: with the broker gone as well, a warm stop would wait for it without end.
        supervisor.start(Program(name, python + worker, "blue", death_signal=signal.SIGQUIT))
    schedule = state.subfolder("beat") / "schedule"
    beat = ["celery", "-A", "clinic_crm", "beat", "-l", "info", "--schedule", str(schedule)]
    supervisor.start(Program("beat", [*python, *beat, "--pidfile", ""], "magenta"))


def welcome(
    public_url: str, logins: list[dict[str, str]], state: State, has_mailbox: bool
) -> list[str]:
    """The closing box: where, as whom, and where the mails and logs are."""
    columns = ("clinic", "role", "email", "password")
    widths = {
        column: max(console.width_on_screen(login[column]) for login in logins)
        for column in columns
    }
    lines = ["clinic_crm is running:  " + public_url, "", "Sign in as"]
    lines += [
        "  " + "  ".join(console.padded(login[column], widths[column]) for column in columns)
        for login in logins
    ]
    if has_mailbox:
        lines += ["", f"Mails it sends:  {public_url}/demo/mailbox/"]
    shown_logs = state.logs.relative_to(ROOT) if state.logs.is_relative_to(ROOT) else state.logs
    lines += [f"Logs:            {shown_logs}/  (or ./dev up --follow)"]
    return [*lines, "", "Ctrl-C stops everything; the data stay. ./dev help lists the rest."]
