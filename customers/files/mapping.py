"""Which column fills which field, and how the file is to be read: checked against the file.

As JSON: {"columns": {"<header>": "<field>"}, "options": {"day_first": true, "currency": "GBP"}}.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from babel.numbers import list_currencies

from customers.files.fields import Kind, shape_of
from customers.files.headers import guess_mapping, key
from customers.files.refusals import MappingRefused, Refusal, shown

UNKNOWN_CUSTOMERS = ("auto", "create", "refuse")


@dataclass(frozen=True)
class Options:
    """None means: look at the file, or take what the clinic has.

    unknown_customers: what a sale of a customer we do not know does.
    """

    day_first: bool | None = None
    decimal_comma: bool | None = None
    currency: str | None = None
    unknown_customers: str = "auto"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None


@dataclass(frozen=True)
class Mapping:
    """columns: header → field name, headers exactly as in the file.

    with_own: the kind with the clinic's own fields, where it has some.
    """

    kind: str
    columns: dict[str, str]
    options: Options = field(default_factory=Options)
    with_own: Kind | None = field(default=None, compare=False)

    @property
    def shape(self) -> Kind:
        return self.with_own or shape_of(self.kind)

    def as_json(self) -> dict[str, Any]:
        """Readable by `read_mapping` again; options that are not set are left out."""
        options = {name: value for name, value in asdict(self.options).items() if value is not None}
        return {"columns": dict(self.columns), "options": options}

    def header_of(self, field_name: str) -> str | None:
        return next((h for h, name in self.columns.items() if name == field_name), None)


def guessed_mapping(
    headers: Sequence[str], kind: str | Kind, options: Options | None = None
) -> Mapping:
    """The mapping by headers alone. Raises MappingRefused when a required field has no column."""
    shape = shape_of(kind)
    columns = {g.header: g.field for g in guess_mapping(headers, shape) if g.field}
    if problems := _missing(shape, columns):
        raise MappingRefused(problems)
    return Mapping(shape.name, columns, options or Options(), shape)


def read_options(data: Any) -> Options:
    """The options of a mapping alone: some are needed before the file can be opened."""
    problems: list[Refusal] = []
    options = _options(data, problems)
    if problems:
        raise MappingRefused(problems)
    return options


def read_mapping(data: Any, headers: Sequence[str], kind: str | Kind) -> Mapping:
    """Check a mapping against the headers of a file; without «columns» they are guessed.

    A header may differ in case, width and spaces. A field of null or "" leaves the column out.
    Raises MappingRefused naming everything that is wrong.
    """
    if not isinstance(data, AnyMapping) or set(data) - {"columns", "options"}:
        raise MappingRefused([Refusal("mapping_shape")])
    shape = shape_of(kind)
    problems: list[Refusal] = []
    options = _options(data.get("options", {}), problems)
    if "columns" not in data:
        if problems:
            raise MappingRefused(problems)
        return guessed_mapping(headers, shape, options)
    columns = _columns(data["columns"], headers, shape, problems)
    if not problems:
        problems += _missing(shape, columns)
    if problems:
        raise MappingRefused(problems)
    return Mapping(shape.name, columns, options, shape)


def _columns(
    data: Any, headers: Sequence[str], kind: Kind, problems: list[Refusal]
) -> dict[str, str]:
    if not isinstance(data, AnyMapping):
        problems.append(Refusal("mapping_shape"))
        return {}
    by_key = {key(header): header for header in reversed(headers)}
    columns: dict[str, str] = {}
    filled_by: dict[str, list[str]] = defaultdict(list)
    for asked, name in data.items():
        header = asked if asked in headers else by_key.get(key(str(asked)))
        if header is None:
            params = {"header": shown(asked), "headers": shown_list(headers)}
            problems.append(Refusal("mapping_unknown_header", params))
        elif name is None or name == "":
            continue
        elif not isinstance(name, str) or kind.field(name) is None:
            known = ", ".join(f.name for f in kind.fields)
            params = {"header": header, "field": shown(name), "fields": known}
            problems.append(Refusal("mapping_unknown_field", params))
        else:
            columns[header] = name
            filled_by[name].append(str(asked))
    for name, asked_headers in filled_by.items():
        if len(asked_headers) > 1:
            params = {"field": name, "headers": shown_list(asked_headers)}
            problems.append(Refusal("mapping_field_twice", params))
    return columns


def shown_list(values: Sequence[str], most: int = 30) -> str:
    more = ["…"] if len(values) > most else []
    return ", ".join([shown(value) for value in values[:most]] + more)


def _missing(kind: Kind, columns: AnyMapping[str, str]) -> list[Refusal]:
    if not columns:
        return [Refusal("mapping_nothing")]
    mapped = set(columns.values())
    return [
        Refusal("mapping_required", {"fields": " / ".join(group)})
        for group in kind.required
        if not mapped.intersection(group)
    ]


def _options(data: Any, problems: list[Refusal]) -> Options:
    if not isinstance(data, AnyMapping):
        problems.append(Refusal("mapping_shape"))
        return Options()
    known = {f.name for f in fields(Options)}
    accepted: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            params = {"option": shown(name), "options": ", ".join(sorted(known))}
            problems.append(Refusal("mapping_unknown_option", params))
            continue
        is_right, allowed = OPTION_CHECKS[name]
        if value is None or is_right(value):
            accepted[name] = value
        else:
            params = {"option": name, "value": shown(value), "allowed": allowed}
            problems.append(Refusal("mapping_bad_option", params))
    if accepted.get("unknown_customers", "") is None:
        del accepted["unknown_customers"]
    return Options(**accepted)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


OPTION_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "day_first": (_is_bool, "true, false"),
    "decimal_comma": (_is_bool, "true, false"),
    "currency": (lambda v: isinstance(v, str) and v in list_currencies(), "ISO 4217: CNY, USD, …"),
    "unknown_customers": (
        lambda v: isinstance(v, str) and v in UNKNOWN_CUSTOMERS,
        ", ".join(UNKNOWN_CUSTOMERS),
    ),
    "encoding": (_is_text, "utf-8, gb18030, cp1252, …"),
    "delimiter": (lambda v: isinstance(v, str) and v in tuple(",;\t|"), ", ; \\t |"),
    "sheet": (_is_text, "…"),
    "header_line": (lambda v: isinstance(v, int) and not _is_bool(v) and v > 0, "1, 2, 3, …"),
}
