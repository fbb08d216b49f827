"""The parts of docs/webhooks.md that are written from the code: event kinds and readable fields."""

import json
import re
from collections.abc import Callable

from django.utils import translation

from customers.services.inbound.fields import FIELDS
from customers.services.outgoing.kinds import OUTGOING, example


def with_generated_parts(text: str) -> str:
    """The page with what stands between its marks written anew."""
    with translation.override("en"):
        for name, write in _PARTS.items():
            start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
            pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
            part = f"{start}\n{write()}\n{end}"
            text, n_found = pattern.subn(lambda _found, part=part: part, text)
            if n_found != 1:
                raise ValueError(f"docs/webhooks.md must hold {start} … {end} once.")
    return text


def _kinds() -> str:
    blocks = []
    for kind, told in OUTGOING.items():
        shown = json.dumps(example(kind), ensure_ascii=False, indent=2)
        blocks.append(f"#### `{kind}`\n{told.label}.\n\n```json\n{shown}\n```")
    return "\n\n".join(blocks)


def _fields() -> str:
    lines = ["| kind | field | what it is | shape |", "|---|---|---|---|"]
    for kind, fields in FIELDS.items():
        for field in fields:
            words = f": {', '.join(word for word in field.words if word)}" if field.words else ""
            shape = field.shape.replace("_", "/")
            lines.append(f"| {kind} | `{field.name}` | {field.label} | {shape}{words} |")
    return "\n".join(lines)


_PARTS: dict[str, Callable[[], str]] = {"event kinds": _kinds, "readable fields": _fields}
