"""Where webhooks may go: never inside, whatever an address looks like or a name leads to."""

import datetime as dt
import socket
import ssl
import threading
import time

import httpcore
import pytest

from customers.services.outgoing.calling import Caller
from customers.services.outgoing.targets import TargetRefused, check_url, is_public
from tests.customers.receivers import receiving

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
    "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_inner_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_outer_addresses_are_public(address):
    assert is_public(address)


def leads_to(monkeypatch, *answers: list[str]) -> list[str]:
    """Every name leads to these addresses, one list a look-up; returns the names asked for."""
    asked: list[str] = []
    waiting = list(answers)

    def look_up(host, port, *_args, **_kwargs):
        asked.append(host)
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x", "ftp://hooks.example/", "https:///x", "https://user:pw@hooks.example/",
        "https://hooks.example/#x", "https://hooks.example:99999/", "javascript:alert(1)",
        "https://hooks.example/\r\nX: y", "https://例.example/", "https://" + "x" * 600, "",
        "https://[::1", "//hooks.example/",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_refused(monkeypatch, url):
    leads_to(monkeypatch, ["93.184.216.34"])
    with pytest.raises(TargetRefused):
        check_url(url)


def test_a_name_that_leads_inside_with_one_of_its_addresses_is_refused(monkeypatch):
    leads_to(monkeypatch, ["93.184.216.34", "10.0.0.5"])
    with pytest.raises(TargetRefused, match=r"10\.0\.0\.5"):
        check_url("https://hooks.example/x")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "0x7f.1", "2130706433", "localhost"])
def test_loopback_in_every_spelling_is_refused(host):
    with pytest.raises(TargetRefused):
        check_url(f"https://{host}/x")


def test_a_name_that_changes_after_the_check_leads_nowhere(monkeypatch):
    with receiving() as receiver:
        leads_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
        url = f"https://hooks.example:{receiver.port}/x"
        assert check_url(url) == url
        with Caller() as caller:
            answer = caller.post(url, headers={}, body=b"{}")
    assert (answer.status, receiver.calls) == (None, [])
    assert "127.0.0.1" in answer.error


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """One look-up a connection: there is no second one in which the name could change."""
    asked = leads_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    called = []

    def connect(_self, host, port, *_args):
        called.append((host, port))
        raise httpcore.ConnectError("not really")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with Caller() as caller:
        caller.post("https://hooks.example/x", headers={}, body=b"{}")
    assert (asked, called) == (["hooks.example"], [("93.184.216.34", 443)])


@pytest.fixture
def certificate(tmp_path):
    """A certificate of hooks.example, and its files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


@pytest.mark.parametrize(("host", "status"), [("hooks.example", 200), ("other.example", None)])
def test_certificates_are_checked_by_name_though_we_call_an_address(
    monkeypatch, settings, certificate, host, status
):
    settings.WEBHOOKS_TO_PRIVATE = True
    asked_for = []
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(certificate)
    serves.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    with receiving(tls=serves) as receiver:
        leads_to(monkeypatch, ["127.0.0.1"])
        with Caller(trusts=ssl.create_default_context(cafile=certificate)) as caller:
            answer = caller.post(f"https://{host}:{receiver.port}/x", headers={}, body=b"{}")
    assert (answer.status, asked_for) == (status, [host])
    if status:
        assert receiver.calls[0][1]["host"] == f"{host}:{receiver.port}"


@pytest.fixture
def inside(settings):
    settings.WEBHOOKS_TO_PRIVATE = True


def test_redirects_are_not_followed(inside):
    with receiving() as inner, receiving(lambda n: 302) as receiver:
        receiver.headers = {"location": inner.url}
        with Caller() as caller:
            answer = caller.post(receiver.url, headers={}, body=b"{}")
    assert (answer.status, answer.is_taken, inner.calls) == (302, False, [])


def test_of_a_huge_answer_only_the_beginning_is_read(inside):
    with receiving() as receiver:
        receiver.body = b"x" * 5_000_000
        with Caller() as caller:
            answer = caller.post(receiver.url, headers={}, body=b"{}")
    assert (answer.status, answer.excerpt) == (200, "x" * 500)


def test_an_answer_that_drips_is_given_up(inside, monkeypatch):
    monkeypatch.setattr("customers.services.outgoing.calling.TOTAL_SECONDS", 0.5)
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip():
        connection, _address = listener.accept()
        with connection:
            for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000:
                if stop.wait(0.05):
                    return
                connection.sendall(bytes([byte]))

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    started = time.monotonic()
    with Caller() as caller:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        answer = caller.post(url, headers={}, body=b"{}")
    stop.set()
    thread.join()
    listener.close()
    assert answer.status is None
    assert time.monotonic() - started < 2


def test_one_connection_serves_many_calls(inside):
    with receiving() as receiver, Caller() as caller:
        answers = [caller.post(receiver.url, headers={}, body=b"{}").status for _call in range(5)]
    assert answers == [200] * 5
