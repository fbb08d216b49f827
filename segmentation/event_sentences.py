"""A condition on what happened, as a clause: «who bought Filler in the last 90 days»."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segmentation.attributes import Kind
from segmentation.choice_book import ChoiceBook
from segmentation.events import EventKind, event_kinds
from segmentation.words import day_text, enumerated, money_text


def event_clause(condition: dict[str, Any], *, currency: str, book: ChoiceBook) -> str:
    """One clean condition in the language of the reader."""
    kind = event_kinds()[condition["event"]]
    is_never = condition["count"]["operator"] == "never"
    return str(kind.did_not if is_never else kind.did) % {
        "details": _details(kind, condition["where"], currency, book),
        "times": _times(condition["count"]),
        "period": _period(condition["period"]),
    }


def _details(kind: EventKind, where: dict[str, Any], currency: str, book: ChoiceBook) -> str:
    said = []
    for detail in kind.details:  # in their order, whatever the order of writing
        if detail.key not in where:
            continue
        value = where[detail.key]
        if detail.kind == Kind.CHOICE:
            text = enumerated(book.labels(detail, value))
        else:
            text = money_text(value, currency) if detail.kind == Kind.MONEY else str(value)
        said.append(str(detail.phrase) % {"value": text})
    return "".join(said)


def _times(count: dict[str, Any]) -> str:
    n = count.get("value", 0)
    match count["operator"]:
        case "at_least" if n > 1:
            return ngettext(" at least %(n)s time", " at least %(n)s times", n) % {"n": n}
        case "at_most":
            return ngettext(" at most %(n)s time", " at most %(n)s times", n) % {"n": n}
        case "is":
            return ngettext(" exactly %(n)s time", " exactly %(n)s times", n) % {"n": n}
    return ""


def _period(period: dict[str, Any]) -> str:
    value = period.get("value")
    match period["operator"]:
        case "in_last_days":
            return ngettext(
                " in the last %(n)s day", " in the last %(n)s days", value
            ) % {"n": value}  # fmt: skip
        case "in_next_days":
            return ngettext(
                " in the next %(n)s day", " in the next %(n)s days", value
            ) % {"n": value}  # fmt: skip
        case "more_than_days_ago":
            return ngettext(
                " more than %(n)s day ago", " more than %(n)s days ago", value
            ) % {"n": value}  # fmt: skip
        case "between_days_ago":
            return _(" between %(low)s and %(high)s days ago") % {
                "low": value[0], "high": value[1],
            }  # fmt: skip
        case "since":
            return _(" since %(day)s") % {"day": day_text(value)}
        case "before":
            return _(" before %(day)s") % {"day": day_text(value)}
        case "between":
            low, high = (day_text(one) for one in value)
            return _(" between %(low)s and %(high)s") % {"low": low, "high": high}
    return ""
