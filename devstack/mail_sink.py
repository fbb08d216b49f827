"""The demo's mail server: takes every mail over SMTP and puts it into a Maildir, sends none on."""

import argparse
import asyncio
import signal
import socket
import sys
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

from devstack import processes
from devstack.processes import Child
from devstack.state import State

MAX_BYTES = 10 * 1024 * 1024


def start(state: State, maildir: Path) -> tuple[Child, str]:
    """Start the server as a process of its own; the process and its EMAIL_URL."""
    with processes.listen() as listener:
        handle = listener.fileno()
        child = processes.spawn(
            "Mail server",
            [sys.executable, "-m", "devstack.mail_sink", "--fd", str(handle), maildir],
            log=state.logs / "mail.log",
            keep_open=[handle],
        )
        return child, f"smtp://127.0.0.1:{listener.getsockname()[1]}"


async def serve(listener: socket.socket, maildir: Path) -> None:
    """Receive until SIGTERM. The envelope is kept in X-MailFrom and X-RcptTo of each mail."""
    loop = asyncio.get_running_loop()
    handler = Mailbox(maildir)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True), sock=listener
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("maildir", type=Path)
    options = parser.parse_args()
    asyncio.run(serve(socket.socket(fileno=options.fd), options.maildir))


if __name__ == "__main__":
    main()
