"""ETags: a reader need not read twice, a writer need not write over what others wrote."""

import hashlib
import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = _(
        "The record is not as your If-Match or If-None-Match wants it. Read it again, and decide "
        "anew."
    )


def etag_of(data: Any) -> str:
    """Of what we answer: the same text has the same tag."""
    return hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]


def is_conditional(request: Request) -> bool:
    return "If-Match" in request.headers or "If-None-Match" in request.headers


def check(request: Request, current: Any | None) -> None:
    """current: the record as we would answer it, None when there is none.

    Raises PreconditionFailed.
    """
    tag = None if current is None else etag_of(current)
    wanted = request.headers.get("If-Match")
    if wanted is not None and not _names(wanted, tag):
        raise PreconditionFailed
    unwanted = request.headers.get("If-None-Match")
    if unwanted is not None and _names(unwanted, tag):
        raise PreconditionFailed


def answer(request: Request, data: Any) -> Response:
    """The record with its ETag, or 304 for somebody who has it."""
    tag = etag_of(data)
    headers = {"ETag": f'"{tag}"'}
    if _names(request.headers.get("If-None-Match", ""), tag):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(data, headers=headers)


def _names(header: str, tag: str | None) -> bool:
    """Whether a list of ETags holds this one; `*` holds every one there is."""
    if tag is None:
        return False
    return header.strip() == "*" or tag in _ETAG.findall(header)
