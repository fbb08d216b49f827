"""One value of a condition: is it of the attribute's kind, and how is it stored."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segmentation.attributes import DAY_OPERATORS, Attribute, Choice, Kind

MOST_DAYS = 36_500
LARGEST = 10**15
LONGEST_TEXT = 200
MOST_VALUES = 200
FIRST_YEAR, LAST_YEAR = 1900, 2199


class ValueRefused(ValueError):
    """The value does not fit; the message says why, in words for the person who wrote it."""


def clean_value(
    attribute: Attribute, operator: str, value: Any, choices: list[Choice] | None
) -> Any:
    """The value as it is stored in a rule (dates as ISO text). None where none is taken.

    choices: what the attribute offers now; None skips the look whether a choice still exists.
    Raises ValueRefused.
    """
    if operator in DAY_OPERATORS:
        return clean_whole(value, 0, MOST_DAYS)
    if operator == "between":
        return clean_pair(value, lambda one: _single(attribute, one))
    match attribute.kind:
        case Kind.FLAG:
            return _flag(value)
        case Kind.CHOICE | Kind.TAG | Kind.SEGMENT:
            return clean_choices(value, choices)
        case Kind.TEXT:
            return _text(value) if operator == "contains" else _texts(value)
        case _:
            return _single(attribute, value)


def compared(attribute: Attribute, operator: str, value: Any) -> Any:
    """The stored value as the database compares it: ISO text of a day becomes a date."""
    if attribute.kind != Kind.DATE or operator in DAY_OPERATORS:
        return value
    if isinstance(value, list):
        return [date.fromisoformat(one) for one in value]
    return date.fromisoformat(value)


def _single(attribute: Attribute, value: Any) -> Any:
    low = -LARGEST if attribute.minimum is None else attribute.minimum
    high = LARGEST if attribute.maximum is None else attribute.maximum
    match attribute.kind:
        case Kind.DATE:
            return clean_day(value)
        case Kind.RATE:
            return _rate(value)
        case _:
            return clean_whole(value, low, high)


def clean_pair(value: Any, clean_one: Callable[[Any], Any]) -> list[Any]:
    """[from, to]. Raises ValueRefused."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueRefused(_("Give two values: from and to."))
    pair = [clean_one(one) for one in value]
    if pair[0] > pair[1]:
        raise ValueRefused(_("The first value is larger than the second."))
    return pair


def clean_whole(value: Any, low: float, high: float) -> int:
    """A whole number within its bounds. Raises ValueRefused, as all of these do."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueRefused(_("Give a whole number."))
    if not low <= value <= high:
        raise ValueRefused(
            _("Give a number from %(low)s to %(high)s.") % {"low": int(low), "high": int(high)}
        )
    return value


def _rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueRefused(_("Give a share from 0 to 1."))  # also NaN, which is within nothing
    return float(value)


def clean_day(value: Any) -> str:
    """ISO text of a day."""
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueRefused(_("Give a day as YYYY-MM-DD, for example 2026-03-31.")) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueRefused(
            _("Give a day of the years %(first)s to %(last)s.")
            % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return day.isoformat()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueRefused(_("Answer yes or no."))
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueRefused(_("Write at least one character."))
    text = value.strip()
    if len(text) > LONGEST_TEXT:
        raise ValueRefused(
            ngettext("At most %(n)s character.", "At most %(n)s characters.", LONGEST_TEXT)
            % {"n": LONGEST_TEXT}
        )
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueRefused(_("This text holds characters that cannot be stored."))
    return text


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in _listed(value)]


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueRefused(_("Give a list of values."))
    if not value:
        raise ValueRefused(_("Choose at least one."))
    if len(value) > MOST_VALUES:
        raise ValueRefused(_("Too many values: at most %(n)s.") % {"n": MOST_VALUES})
    return value


def clean_choices(value: Any, choices: list[Choice] | None) -> list[Any]:
    """Some of the choices, each once; None: only the kind of the values is checked."""
    wanted = _listed(value)
    if any(isinstance(one, bool) or not isinstance(one, str | int) for one in wanted):
        raise ValueRefused(_("Choose from the list."))
    if any(isinstance(one, int) and abs(one) > LARGEST for one in wanted):
        raise ValueRefused(_("Choose from the list."))
    wanted = [_text(one) if isinstance(one, str) else one for one in wanted]
    if choices is None:
        return wanted
    known = {str(choice): choice for choice, _label in choices}
    if any(str(one) not in known for one in wanted):
        raise ValueRefused(_("One of these no longer exists. Choose from the list."))
    return list(dict.fromkeys(known[str(one)] for one in wanted))
