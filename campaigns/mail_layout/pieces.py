"""A text cut once into literals and slots, so that filling it in is a join.

Only the plain forms `{{ field }}` and `{{ field | default: "words" }}` are cut here; whatever else
Liquid can say is rendered by Liquid. Values are cleaned by who fills in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import quote

from campaigns.exceptions import EmptyField

Values = Mapping[str, str | int]
How = Literal["text", "html", "href"]

_WORDS = r"""(?:"([^"{}\\\n]*)"|'([^'{}\\\n]*)')"""
_OUTPUT = re.compile(rf"\{{\{{ *([a-z_]+) *(?:\| *default *: *{_WORDS} *)?\}}\}}")
_LIQUID = re.compile(r"\{\{|\}\}|\{%|%\}")


@dataclass(frozen=True)
class Slot:
    """Where a value goes. fallback: said when there is none; None: then nobody gets the text."""

    name: str
    fallback: str | None = None
    how: How = "text"

    def said(self, values: Values) -> str:
        value = values.get(self.name, "")
        if value == "":
            if self.fallback is None:
                raise EmptyField(self.name)
            value = self.fallback
        if self.how == "text":
            return str(value)
        return quote(str(value), safe="") if self.how == "href" else escape(str(value))


Pieces = tuple[str | Slot, ...]


def cut(source: str) -> Pieces | None:
    """Literals and slots in turn; None when the source says more than plain fields."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")  # as Liquid reads it
    pieces: list[str | Slot] = []
    at = 0
    for found in _OUTPUT.finditer(source):
        pieces.append(source[at : found.start()])
        in_double, in_single = found.group(2), found.group(3)
        pieces.append(Slot(found.group(1), in_double if in_single is None else in_single))
        at = found.end()
    pieces.append(source[at:])
    if any(isinstance(piece, str) and _LIQUID.search(piece) for piece in pieces):
        return None
    return tuple(piece for piece in pieces if piece != "")


def join(pieces: Sequence[str | Slot], values: Values) -> str:
    """Raises EmptyField naming the first field that is empty and has no fallback."""
    return "".join([piece if isinstance(piece, str) else piece.said(values) for piece in pieces])
