"""The single errors of a problem, each with the place in the body it speaks of."""

from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ErrorDetail

Path = tuple[str, ...]
_WHOLE = "non_field_errors"  # DRF's name for an error of the object itself


def items_of(detail: Any, *, in_body: bool, under: Path = ()) -> Iterator[dict[str, Any]]:
    """One {code, detail, attr, pointer} for every error in DRF's nested `detail`.

    in_body: whether the paths lead into the request's body; only then there is a JSON pointer
        (RFC 6901, as a URI fragment). under: where in the body the detail's own root stands.
    """
    for path, error in _leaves(detail, under):
        named = tuple(step for step in path if step != _WHOLE)
        yield {
            "code": error.code,
            "detail": str(error),
            "attr": ".".join(named) or None,
            "pointer": _pointer(named) if in_body else None,
        }


def _leaves(detail: Any, path: Path) -> Iterator[tuple[Path, ErrorDetail]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            is_leaf = isinstance(inner, ErrorDetail)
            yield from _leaves(inner, path if is_leaf else (*path, str(number)))
    else:
        yield path, detail


def _pointer(path: Path) -> str:
    return "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)
