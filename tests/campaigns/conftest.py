"""A real mail server on a free port, and customers who may be written to."""

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.factories.customers import ConsentFactory, ContactPointFactory, CustomerFactory


class Inbox:
    """Keeps what it takes. `answers`: address → reply to RCPT; `hang_up_on`: addresses at whose
    text the line goes dead without a reply."""

    def __init__(self) -> None:
        self.mails = []
        self.answers: dict[str, str] = {}
        self.hang_up_on: set[str] = set()
        self.n_connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.n_connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail.envelope_to = envelope.rcpt_tos
        mail.raw = envelope.content
        self.mails.append(mail)
        if set(envelope.rcpt_tos) & self.hang_up_on:
            server.transport.abort()
            return "421 gone"
        return "250 OK"

    def mails_to(self, address: str) -> list:
        return [mail for mail in self.mails if mail.envelope_to == [address]]


class _Server(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def smtp_settings(settings):
    """Mail goes over SMTP to a free port where nobody listens yet."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_TIMEOUT = 5
    return settings


@pytest.fixture
def mail_server(smtp_settings):
    """start() → Inbox; everything started is stopped."""
    running = []

    def start() -> Inbox:
        inbox = Inbox()
        server = _Server(inbox, hostname="127.0.0.1", port=smtp_settings.EMAIL_PORT)
        server.start()
        running.append(server)
        return inbox

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def inbox(mail_server) -> Inbox:
    return mail_server()


@pytest.fixture
def reachable(clinic):
    """reachable("Anna", email="a@b.example") → a customer with an address who said yes."""

    def make(name: str = "Anna Smith", *, email: str = "", **fields):
        customer = CustomerFactory(name=name, **fields)
        point = {"value": email} if email else {}
        ContactPointFactory(customer=customer, **point)
        ConsentFactory(customer=customer)
        return customer

    return make
