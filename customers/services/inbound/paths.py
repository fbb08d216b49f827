"""Where a value stands in an event: `data.customer.id`, `phones.0.number`, or `= north`.

A path is names and list positions joined by dots. What begins with `=` is a constant.
"""

from typing import Any

MAX_PATH = 200
CONSTANT = "="


def is_path(text: str) -> bool:
    """Whether this is a path or a constant, or empty: «we do not read this»."""
    if len(text) > MAX_PATH or not text.isprintable():
        return False
    if not text or text.startswith(CONSTANT):
        return True
    return all(part and part == part.strip() for part in text.split("."))


def find(value: Any, path: str) -> Any:
    """The value at this path; None where there is nothing."""
    if path.startswith(CONSTANT):
        return path.removeprefix(CONSTANT).strip()
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdecimal():
            value = value[int(part)] if int(part[:6]) < len(value) else None
        else:
            return None
    return value
