"""Idempotency-Key: a request sent again gets the first answer and has no second effect.

The answer is stored in the transaction of its effect, so there is never one without the other.
A request that was refused left nothing behind and is not remembered: correct it and send it again.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tenancy.models import IdempotencyKey
from tenancy.turns import try_turn

HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotent-Replay"
MAX_LENGTH = 200
REMEMBERED_FOR = timedelta(days=7)


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = _(
        "This Idempotency-Key was used for another request. Use a new key for every new request."
    )


class InvalidKey(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_idempotency_key"
    default_detail = _("An Idempotency-Key has 1 to 200 printable ASCII characters.")


class KeyInFlight(APIException):
    """The first request with this key is still at work."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_in_flight"
    default_detail = _(
        "The first request with this Idempotency-Key is still at work. Send the same again in a "
        "second to get its answer."
    )
    wait = 1  # seconds, for Retry-After


class IdempotentPostMixin:
    """Gives a view its `post`; the view writes in `write(request)` and answers with a Response."""

    is_idempotent = True

    def write(self, request: Request) -> Response:
        raise NotImplementedError

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return self.write(request)
        _check(key)
        fingerprint = _fingerprint(request.data)
        if not try_turn(f"idempotency:{key}"):
            raise KeyInFlight
        if earlier := IdempotencyKey.objects.filter(key=key).first():
            return _replay(earlier, request.path, fingerprint)
        response = self.write(request)
        IdempotencyKey.objects.create(
            key=key,
            route=request.path[:200],
            request_hash=fingerprint,
            status=response.status_code,
            body=JSONRenderer().render(response.data).decode(),  # as text: jsonb forgets the order
        )
        return response


def forget_old_keys(*, at: datetime) -> int:
    """Delete answers nobody will ask for again; the number deleted."""
    return IdempotencyKey.objects.filter(created_at__lt=at - REMEMBERED_FOR).delete()[0]


def _check(key: str) -> None:
    if not 0 < len(key) <= MAX_LENGTH or not key.isascii() or not key.isprintable():
        raise InvalidKey


def _fingerprint(data: Any) -> str:
    """Of what the body says, whatever its spaces and the order of its fields."""
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _replay(earlier: IdempotencyKey, route: str, fingerprint: str) -> Response:
    if (earlier.route, earlier.request_hash) != (route[:200], fingerprint):
        raise KeyReused
    body = json.loads(earlier.body)
    return Response(body, status=earlier.status, headers={REPLAY_HEADER: "true"})
