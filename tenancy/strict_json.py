"""A JSON parser that refuses what Postgres cannot keep, with a 400 and not a 500."""

import json
import math
import re
from json import JSONDecodeError
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 20
MAX_BODY_BYTES = 1024 * 1024  # of one record; a view may say `max_body_bytes`
MAX_DIGITS = 18  # more would not fit a bigint
_STRING_OR_BRACKET = re.compile(
    r'"[^"\\]*+(?:\\(?:.|\Z)[^"\\]*+)*+(?:"|\Z)|[\[\]{}]', re.DOTALL
)  # possessive: nothing a body holds makes it look twice
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = _("The body is too large.")

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            _("The body is larger than %(n)s MB. Send fewer or smaller records.")
            % {"n": max_bytes // 1024**2}
        )


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            text = _read(stream, parser_context).decode("utf-8")
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        return parse_text(text)


def parse_text(text: str) -> Any:
    """The value of a JSON text. Raises ParseError for what is malformed or cannot be stored."""
    if _is_too_deep(text):
        raise ParseError(_("The JSON is nested more than %(n)s levels deep.") % {"n": MAX_DEPTH})
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_finite,
            object_pairs_hook=_once_each,
        )
    except (JSONDecodeError, RecursionError) as error:
        raise ParseError(_("Malformed JSON: %(error)s") % {"error": error}) from None
    _refuse_unstorable(value)
    return value


def _read(stream, parser_context: dict | None) -> bytes:
    """The body, unless it is too large: what it says of its length is enough to refuse it."""
    context = parser_context or {}
    most = getattr(context.get("view"), "max_body_bytes", MAX_BODY_BYTES)
    request = context.get("request")
    announced = request.META.get("CONTENT_LENGTH") if request is not None else None
    if announced and announced.isdecimal() and int(announced[:20]) > most:
        raise BodyTooLarge(most)
    body = stream.read(most + 1)
    if len(body) > most:
        raise BodyTooLarge(most)
    return body


def _is_too_deep(text: str) -> bool:
    """True when brackets outside strings nest deeper than MAX_DEPTH; linear in the text."""
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        first = found[0][0]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif first in "]}":
            depth -= 1
    return False


def _refuse_constant(name: str):
    raise ParseError(_("%(name)s is not a JSON number.") % {"name": name})


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise ParseError(_("A number has more than %(n)s digits.") % {"n": MAX_DIGITS})
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError(_("A number is too large."))
    return number


def _once_each(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A JSON object names the same field twice."))
    return found


def _refuse_unstorable(value) -> None:
    """NUL and lone surrogates cannot be stored by Postgres."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise ParseError(_("A text holds a NUL or half a surrogate pair."))
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
