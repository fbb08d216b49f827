"""One call to an address that somebody else chose: checked, bounded, never redirected.

The name is resolved by us, all its addresses are checked, and the connection goes to a checked one;
Host and SNI keep the name, so certificates are checked as ever. A name that changes between the
check and the call cannot lead us elsewhere: there is no second look-up.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
from django.utils.translation import gettext as _

from customers.services.outgoing.targets import TargetRefused, public_addresses

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0  # of one call, however slowly the other side drips
MAX_ANSWER_BYTES = 16 * 1024
EXCERPT_CHARS = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """status: None when there was none; then `error` says why."""

    status: int | None
    latency_ms: int
    excerpt: str = ""
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Caller:
    """Keeps its connection open from one call to the next. Use as a context."""

    def __init__(self, trusts: ssl.SSLContext | None = None) -> None:
        """trusts: whose certificates are good; None: those the system trusts."""
        self._network = _CheckedNetwork()
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusts or ssl.create_default_context(),
            max_connections=1,
            keepalive_expiry=30,
            network_backend=self._network,
        )

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.close()

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it and read a little of the answer. What went wrong is the answer, never raised."""
        started = time.monotonic()
        self._network.deadline = started + TOTAL_SECONDS
        status, excerpt, error = None, "", ""
        try:
            status, excerpt = self._exchange(url, headers, body)
        except TargetRefused as refused:
            error = refused.message
        except (httpcore.ConnectError, ssl.SSLError) as failure:
            error = _("No connection: %(error)s") % {"error": failure}
        except httpcore.TimeoutException:
            error = _("No answer within %(n)s seconds.") % {"n": int(TOTAL_SECONDS)}
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
        ) as failure:
            error = _("The answer broke off: %(error)s") % {"error": failure}
        latency_ms = int((time.monotonic() - started) * 1000)
        return Answer(status, latency_ms, excerpt, error[:300])

    def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        seconds = {"connect": CONNECT_SECONDS, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS}
        with self._pool.stream(
            "POST", url, headers=list(headers.items()), content=body,
            extensions={"timeout": seconds | {"pool": CONNECT_SECONDS}},
        ) as response:  # fmt: skip
            received = b""
            for chunk in response.iter_stream():
                received += chunk
                if len(received) >= MAX_ANSWER_BYTES:
                    break  # leaving the block closes the connection
            return response.status, _printable(received)


def _printable(received: bytes) -> str:
    text = received[: 4 * EXCERPT_CHARS].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text)[:EXCERPT_CHARS]


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses only, and to none that was not looked at."""

    deadline = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in public_addresses(host, port):
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, _left(self, timeout), local_address, socket_options
                )
                return _BoundedStream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every step must end before the call's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, network: _CheckedNetwork) -> None:
        self._inner, self._network = inner, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._network, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._network, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._network, timeout)
        return _BoundedStream(
            self._inner.start_tls(ssl_context, server_hostname, left), self._network
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(network: _CheckedNetwork, timeout: float | None) -> float:
    """Seconds this step may take. Raises ReadTimeout when the call's time is over."""
    left = network.deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the call took too long")
    return min(left, timeout) if timeout is not None else left
