"""A small server on loopback that takes webhooks, as another system would."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """calls: (path, headers, body) in the order they came. answer: number of the call → status."""

    def __init__(self, answer: Callable[[int], int] = lambda n: 200, tls=None) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = answer
        self.body = b"thank you"
        self.headers: dict[str, str] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hooks"

    @property
    def events(self) -> list[dict]:
        return [json.loads(body) for _path, _headers, body in self.calls]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _path, headers, _body in self.calls]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            named = {name.lower(): value for name, value in self.headers.items()}
            receiver.calls.append((self.path, named, body))
            self.send_response(receiver.answer(len(receiver.calls)))
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_arguments) -> None:
            pass

    return Handler


@contextmanager
def receiving(answer: Callable[[int], int] = lambda n: 200, tls=None) -> Iterator[Receiver]:
    receiver = Receiver(answer, tls)
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()
