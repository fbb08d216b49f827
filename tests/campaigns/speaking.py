"""A server on a free port that answers as a provider's API does and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request: query and form as dicts, the body as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Speaking:
    """answer: request → (status, object or bytes); drips: seconds between two bytes, 0: at once."""

    answer: Callable[[Asked], tuple[int, object]] = lambda asked: (200, {})
    asked: list[Asked] = field(default_factory=list)
    drips: float = 0.0
    url: str = ""

    def start(self) -> ThreadingHTTPServer:
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
                told.asked.append(asked)
                status, said = told.answer(asked)
                content = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                for octet in content if told.drips else [content]:
                    time.sleep(told.drips)
                    try:
                        self.wfile.write(bytes([octet]) if told.drips else octet)
                    except OSError:
                        return

            do_GET = do_POST

            def log_message(self, *_args):
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        return server
