"""A JSON parser that refuses what Postgres cannot keep, with a 400 and not a 500."""

import json
from json import JSONDecodeError

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 20


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            text = stream.read().decode("utf-8")
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        if _is_too_deep(text):
            raise ParseError(
                _("The JSON is nested more than %(n)s levels deep.") % {"n": MAX_DEPTH}
            )
        try:
            value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once_each)
        except (JSONDecodeError, RecursionError) as error:
            raise ParseError(_("Malformed JSON: %(error)s") % {"error": error}) from None
        _refuse_unstorable(value)
        return value


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


def _once_each(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A JSON object names the same field twice."))
    return found


def _refuse_unstorable(value) -> None:
    """NUL and lone surrogates cannot be stored by Postgres; very large numbers by nobody."""
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
