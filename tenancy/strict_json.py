"""A JSON parser that refuses what Postgres cannot keep, with a 400 and not a 500."""

import json
import math
from json import JSONDecodeError

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 20
MAX_BODY_BYTES = 1024 * 1024
MAX_DIGITS = 18  # more would not fit a bigint


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = _("The body is larger than 1 MB. Send one record a request.")


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            text = _read(stream, parser_context).decode("utf-8")
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        if _is_too_deep(text):
            raise ParseError(
                _("The JSON is nested more than %(n)s levels deep.") % {"n": MAX_DEPTH}
            )
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
    request = (parser_context or {}).get("request")
    announced = request.META.get("CONTENT_LENGTH") if request is not None else None
    if announced and announced.isdecimal() and int(announced[:20]) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _is_too_deep(text: str) -> bool:
    """True when brackets outside strings nest deeper than MAX_DEPTH; linear in the text."""
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif character in "]}":
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
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise ParseError(_("A text holds a NUL or half a surrogate pair."))
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
