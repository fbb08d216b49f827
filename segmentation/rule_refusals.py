"""How a rule is refused: always with the place, and words for the person who wrote it."""

from typing import Any

from django.utils.translation import gettext as _

from tenancy.exceptions import DomainError

LONGEST_SHOWN = 60


class RuleRefused(DomainError):
    """The rule cannot be used; `where` names the place, as in "conditions[2].value"."""

    code = "rule_refused"

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where
        self.reason = message


class RuleTooCostly(RuleRefused):
    """The database would have to read too much, or did not answer in time."""

    code = "rule_too_costly"


def below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def shown(value: Any) -> str:
    """What was written, short; of lists and objects only that they are some."""
    if isinstance(value, list | dict):
        return _("a list") if isinstance(value, list) else _("an object")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return _("a very large number")  # the digits of a huge one take minutes to write
    return str(value)[:LONGEST_SHOWN].replace("\x00", "�")


def refuse_unknown_keys(part: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(key) for key in part.keys() - known)
    if unknown:
        raise RuleRefused(_("“%(key)s” is not known here.") % {"key": shown(unknown[0])}, where)
