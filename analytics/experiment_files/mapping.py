"""Which column is what: as a mapping file says it, the rest guessed and told.

{"columns": {"<header>": "arm" | "outcome" | "money" | "trait" | "ignore"}, "options": {…}}
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from analytics.exceptions import ExperimentRefused

ARM, OUTCOME, MONEY, TRAIT, IGNORE = ROLES = ("arm", "outcome", "money", "trait", "ignore")


@dataclass(frozen=True)
class Options:
    """What no column can say. control None: guessed; "" : there is none.

    shares: {arm: planned share}, any positive numbers. randomised False: nobody drew lots;
    None: lots were drawn, unless the arm's name says that it tells what happened to people.
    adjust_by: a trait, an amount from before the draw. may_be_negative: money columns.
    """

    name: str = ""
    control: str | None = None
    shares: AnyMapping[str, float] = field(default_factory=dict)
    randomised: bool | None = None
    adjust_by: str = ""
    may_be_negative: tuple[str, ...] = ()
    currency: str = ""


@dataclass(frozen=True)
class Mapping:
    """columns: {header: role}, only those that were named."""

    columns: AnyMapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    def named(self, role: str) -> list[str]:
        return [header for header, given in self.columns.items() if given == role]


def read_mapping(data: Any, headers: tuple[str, ...]) -> Mapping:
    """Raises ExperimentRefused naming everything that is wrong with it."""
    if not isinstance(data, dict) or data.keys() - {"columns", "options"}:
        raise ExperimentRefused(
            _("The mapping must be an object with «columns» (column name → role) and «options».")
        )
    columns, options = data.get("columns", {}), data.get("options", {})
    if not isinstance(columns, dict) or not isinstance(options, dict):
        raise ExperimentRefused(_("«columns» and «options» must be objects."))
    problems = _wrong_columns(columns, headers) + _wrong_options(options, headers)
    if problems:
        raise ExperimentRefused(" ".join(problems))
    return Mapping(columns, _options(options))


def _wrong_columns(columns: dict[str, Any], headers: tuple[str, ...]) -> list[str]:
    problems = [
        _("The file has no column «%(header)s». Its columns are: %(headers)s.")
        % {"header": header, "headers": ", ".join(headers)}
        for header in columns
        if header not in headers
    ]
    problems += [
        _("Column «%(header)s» cannot be «%(role)s». Roles are: %(roles)s.")
        % {"header": header, "role": role, "roles": ", ".join(ROLES)}
        for header, role in columns.items()
        if role not in ROLES
    ]
    if sum(role == ARM for role in columns.values()) > 1:
        problems.append(_("Only one column can be the arm."))
    return problems


_SHAPES: dict[str, tuple[type, ...]] = {
    "name": (str,), "control": (str, int, type(None)), "shares": (dict,), "randomised": (bool,),
    "adjust_by": (str,), "may_be_negative": (list,), "currency": (str,),
}  # fmt: skip


def _wrong_options(options: dict[str, Any], headers: tuple[str, ...]) -> list[str]:
    problems = [
        _("«%(option)s» is no option. Options are: %(options)s.")
        % {"option": option, "options": ", ".join(_SHAPES)}
        for option in options.keys() - _SHAPES.keys()
    ]
    problems += [
        _("Option «%(option)s» cannot be «%(value)s».") % {"option": option, "value": value}
        for option, value in options.items()
        if option in _SHAPES and not _fits(option, value)
    ]
    negative = options.get("may_be_negative")
    asked = [options.get("adjust_by")] + (negative if isinstance(negative, list) else [])
    problems += [
        _("The file has no column «%(header)s». Its columns are: %(headers)s.")
        % {"header": header, "headers": ", ".join(headers)}
        for header in asked
        if header and header not in headers
    ]
    return problems


def _fits(option: str, value: Any) -> bool:
    if not isinstance(value, _SHAPES[option]) or isinstance(value, bool) != (
        option == "randomised"
    ):
        return False
    if option == "may_be_negative":
        return all(isinstance(header, str) for header in value)
    if option == "shares":
        return len(value) > 0 and all(
            isinstance(share, int | float) and not isinstance(share, bool) and 0 < share < 1e12
            for share in value.values()
        )
    return option != "currency" or value == "" or (len(value) == 3 and value.isalpha())


def _options(options: dict[str, Any]) -> Options:
    given = dict(options)
    if "control" in given and given["control"] is None:
        given["control"] = ""  # said: there is none
    elif "control" in given:
        given["control"] = str(given["control"])  # 0 is as good as "0"
    if "may_be_negative" in given:
        given["may_be_negative"] = tuple(given["may_be_negative"])
    return Options(**given)
