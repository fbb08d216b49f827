"""A provider on this machine that takes messages and keeps what it took: for the demo, for tests
and for the proof by faults. What goes wrong, and how often, is written into a Script.

    python -m campaigns.recording_provider --port 8099

POST /send {"class", "reference", "address", "text"}   GET /messages?reference=   GET /taken
Knows neither Django nor our database.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Script:
    """Rates are of calls, 0–1; seconds of one call.

    hangs: how long a call that times out is left without an answer. late: it is taken only after
    the caller gave up. storm_every, storm_calls: of so many calls, so many in a row answer 429.
    """

    seed: int = 7
    latency: float = 0.0
    refused_rate: float = 0.0
    later_rate: float = 0.0
    lost_before_rate: float = 0.0
    lost_after_rate: float = 0.0
    hang_rate: float = 0.0
    hangs: float = 1.5
    garbage_rate: float = 0.0
    storm_every: int = 0
    storm_calls: int = 0


class Book:
    """What was taken: reference → how often. A keyed provider takes a reference once."""

    def __init__(self, script: Script) -> None:
        self._script, self._lock = script, Lock()
        self._dice = Random(script.seed)  # noqa: S311 a proof must be repeatable
        self._n_calls = 0
        self.taken: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()

    def fate(self) -> str:
        """What is to happen to this call."""
        script = self._script
        with self._lock:
            self._n_calls += 1
            if script.storm_every and self._n_calls % script.storm_every < script.storm_calls:
                return self._noted("storm")
            drawn = self._dice.random()
            for fate, rate in (
                ("refused", script.refused_rate), ("later", script.later_rate),
                ("lost_before", script.lost_before_rate), ("lost_after", script.lost_after_rate),
                ("hang", script.hang_rate), ("garbage", script.garbage_rate),
            ):  # fmt: skip
                if drawn < rate:
                    return self._noted(fate)
                drawn -= rate
            return self._noted("ok")

    def _noted(self, fate: str) -> str:
        self.answers[fate] += 1
        return fate

    def take(self, reference: str, provider_class: str) -> None:
        with self._lock:
            if provider_class != "keyed" or not self.taken[reference]:
                self.taken[reference] += 1

    def n_of(self, reference: str) -> int:
        with self._lock:
            return self.taken.get(reference, 0)

    def told(self) -> dict[str, Any]:
        with self._lock:
            return {"taken": dict(self.taken), "answers": dict(self.answers)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        said = json.loads(self.rfile.read(length))
        book, script = self.server.book, self.server.script
        reference, provider_class = said["reference"], said.get("class", "keyed")
        fate = book.fate()
        time.sleep(script.latency)
        if fate in ("refused", "later") and provider_class == "keyed" and book.n_of(reference):
            fate = "ok"  # it has this one: what it said to it once, it says again
        if fate in ("storm", "refused", "later"):
            return self._answer({"storm": 429, "refused": 400, "later": 409}[fate], {"code": fate})
        if fate == "lost_before":
            return self._hang_up()
        if fate == "hang":
            time.sleep(script.hangs)
        book.take(reference, provider_class)
        if fate in ("lost_after", "hang"):
            return self._hang_up()
        if fate == "garbage":
            return self._send(200, b"<html>It works!</html>", "text/html")
        return self._answer(200, {"id": f"rec-{reference[:16]}"})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/taken":
            return self._answer(200, self.server.book.told())
        reference = (parse_qs(url.query).get("reference") or [""])[0]
        return self._answer(200, {"n": self.server.book.n_of(reference)})

    def _answer(self, status: int, said: Mapping[str, Any]) -> None:
        self._send(status, json.dumps(said).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Says nothing: references are nobody's business."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], script: Script) -> None:
        super().__init__(address, _Handler)
        self.script, self.book = script, Book(script)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that was killed hung up: that is what this provider is for."""


def serving(script: Script, *, port: int = 0) -> ThreadingHTTPServer:
    """Bound to loopback; the caller runs `serve_forever`."""
    return _Server(("127.0.0.1", port), script)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take messages and keep what was taken.")
    parser.add_argument("--port", type=int, default=8099)
    for one in fields(Script):
        kind = int if one.type is int or one.type == "int" else float
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=kind, default=one.default)
    return parser.parse_args()


if __name__ == "__main__":
    options = _options()
    chosen = Script(**{name: getattr(options, name) for name in asdict(Script())})
    running = serving(chosen, port=options.port)
    print(running.server_address[1], flush=True)  # noqa: T201 whoever started it reads the port
    running.serve_forever()
