"""Guess which field a column fills, from its header in Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from customers.files.fields import Field, Kind, shape_of

IN_BRACKETS = re.compile(r"[(\[（【<].*?[)\]）】>]")
SURE = 0.9  # at and above: the column says it itself
LIKELY = 0.6  # below: not offered
SHORTEST_PART = 2  # Chinese signs; English words must be longer to be told from parts of others


@dataclass(frozen=True)
class Guess:
    """field: name of the field or None. score: 0–1, how sure we are."""

    header: str
    field: str | None
    score: float


def key(text: str) -> str:
    """A header stripped to what it says: half-width, lower case, letters and digits only."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in text if sign.isalnum())


def guess_mapping(headers: Sequence[str], kind: str | Kind) -> list[Guess]:
    """One guess a header, in the order of the file; no field is given out twice."""
    fields = shape_of(kind).fields
    candidates = sorted(
        (
            (-score(header, field), column, position, field.name)
            for column, header in enumerate(headers)
            for position, field in enumerate(fields)
            if score(header, field) >= LIKELY
        ),
    )
    taken: dict[int, tuple[str, float]] = {}
    given: set[str] = set()
    for negative, column, _position, name in candidates:
        if column not in taken and name not in given:
            taken[column] = (name, -negative)
            given.add(name)
    return [Guess(header, *taken.get(column, (None, 0.0))) for column, header in enumerate(headers)]


def score(header: str, field: Field) -> float:
    """1 the very word; 0.95 but for a remark in brackets; up to 0.8 when a part of it; else 0."""
    whole = key(header)
    if whole in field.keys:
        return 1.0
    bare = key(IN_BRACKETS.sub("", header))
    if bare in field.keys:
        return 0.95
    parts = [k for k in field.keys if _is_part(k, bare)]
    return max((0.4 + 0.4 * len(part) / len(bare) for part in parts), default=0.0)


def _is_part(synonym: str, bare: str) -> bool:
    if synonym.isascii():
        return len(synonym) >= 5 and (bare.startswith(synonym) or bare.endswith(synonym))
    return len(synonym) >= SHORTEST_PART and synonym in bare
