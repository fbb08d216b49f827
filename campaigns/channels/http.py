"""Calls to a provider's HTTP API: bounded in time and size, and errors by what they mean.

An answer that did not come, came too slowly or is not what was asked for leaves it open whether the
message was taken. Redirects are not followed.
"""

import json
import time
from contextlib import suppress
from typing import Any

import httpx
from django.conf import settings

from campaigns import faults
from campaigns.channels.contract import (
    BaseChannel,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
)

CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 256 * 1024


class HttpChannel(BaseChannel):
    """Keeps its connection from one message to the next."""

    def __init__(self, endpoint: str) -> None:
        """endpoint: https://host, without a slash at the end."""
        self._endpoint = endpoint.rstrip("/")
        self._seconds = float(settings.PROVIDER_TIMEOUT_SECONDS)  # of a call, however slow it drips
        timeout = httpx.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds))
        self._client = httpx.Client(timeout=timeout, follow_redirects=False)

    def close(self) -> None:
        with suppress(Exception):
            self._client.close()

    def call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The JSON object of a 2xx answer. Raises the errors of `contract`.

        request: as httpx takes it (params, json, content, headers, data, auth).
        """
        status, content = self._exchange(method, self._endpoint + path, request)
        if status in (401, 403, 429, 503):
            raise ProviderUnavailable(str(status))
        if status >= 500 or status < 200 or 300 <= status < 400:
            raise OutcomeUnknown(str(status))
        answer = _object(content)
        if status >= 400:
            raise self.refusal(status, answer or {})
        if answer is None:
            raise OutcomeUnknown("the answer is no JSON object")
        return answer

    def refusal(self, status: int, answer: dict[str, Any]) -> Exception:
        """What a 4xx means; an adapter may know better by its code."""
        return MessageRefused(str(answer.get("code") or status)[:100])

    def _exchange(self, method: str, url: str, request: dict[str, Any]) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._seconds
        try:
            with self._client.stream(method, url, **request) as response:
                faults.point("after_acceptance")
                content = b""
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        raise OutcomeUnknown("the answer is too long")
                    if time.monotonic() > deadline:
                        raise OutcomeUnknown("the answer came too slowly")
                return response.status_code, content
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
