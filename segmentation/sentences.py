"""A rule as one sentence: «Customers who are dormant and whose last visit was … ago»."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from babel import dates, numbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext_lazy

from segmentation import attributes
from segmentation.attributes import BARE_OPERATORS, DAY_OPERATORS, Attribute, Kind, Text
from segmentation.event_sentences import event_clause
from segmentation.rules import ChoiceBook, clean_rule
from segmentation.words import enumerated, money_text, reader_locale

_HAN_AFTER_LATIN = re.compile(r"([A-Za-z0-9%])([\u4e00-\u9fff])")
_LATIN_AFTER_HAN = re.compile(r"([\u4e00-\u9fff])([A-Za-z0-9¥$])")
_SIZE_PHRASES: Mapping[str, Text] = {
    "at_least": lazy("whose %(label)s is at least %(value)s"),
    "at_most": lazy("whose %(label)s is at most %(value)s"),
    "between": lazy("whose %(label)s is between %(low)s and %(high)s"),
    "is": lazy("whose %(label)s is %(value)s"),
}
PHRASES: Mapping[Kind, Mapping[str, Text]] = {
    Kind.NUMBER: _SIZE_PHRASES,
    Kind.RATE: _SIZE_PHRASES,
    Kind.MONEY: _SIZE_PHRASES,
    Kind.DATE: {
        "more_than_days_ago": ngettext_lazy(
            "whose %(label)s was more than %(value)s day ago",
            "whose %(label)s was more than %(value)s days ago",
            "value",
        ),
        "in_last_days": ngettext_lazy(
            "whose %(label)s was in the last %(value)s day",
            "whose %(label)s was in the last %(value)s days",
            "value",
        ),
        "in_next_days": ngettext_lazy(
            "whose %(label)s is in the next %(value)s day",
            "whose %(label)s is in the next %(value)s days",
            "value",
        ),
        "before": lazy("whose %(label)s is before %(value)s"),
        "after": lazy("whose %(label)s is after %(value)s"),
        "between": lazy("whose %(label)s is between %(low)s and %(high)s"),
        "is_known": lazy("whose %(label)s is known"),
        "is_unknown": lazy("whose %(label)s is not known"),
    },
    Kind.CHOICE: {
        "is": lazy("whose %(label)s is %(value)s"),
        "is_not": lazy("whose %(label)s is not %(value)s"),
    },
    Kind.TEXT: {
        "is": lazy("whose %(label)s is %(value)s"),
        "is_not": lazy("whose %(label)s is not %(value)s"),
        "contains": lazy("whose %(label)s contains %(value)s"),
        "is_unknown": lazy("whose %(label)s is not known"),
    },
    Kind.SEGMENT: {
        "is": lazy("who are in the segment %(value)s"),
        "is_not": lazy("who are not in the segment %(value)s"),
    },
    Kind.FLAG: {"yes": lazy("with %(label)s"), "no": lazy("without %(label)s")},
    Kind.TAG: {
        "has_any": lazy("tagged %(value)s"),
        "has_all": lazy("tagged with all of %(value)s"),
        "has_none": lazy("not tagged %(value)s"),
    },
}


def sentence_of(rule: Any, *, currency: str, book: ChoiceBook | None = None) -> str:
    """The rule in the language of the reader. Raises RuleRefused.

    currency: ISO code of the clinic, for money.
    book: labels already read; pass one book for a whole page of rules.
    """
    book = book or ChoiceBook()
    cleaned = clean_rule(rule)
    if not cleaned["conditions"]:
        return _("All customers")
    said = _group(cleaned, currency, book)
    return _aired(_("Customers %(conditions)s") % {"conditions": said})


def _aired(sentence: str) -> str:
    """Chinese is written with a space beside Latin letters and figures."""
    return _LATIN_AFTER_HAN.sub(r"\1 \2", _HAN_AFTER_LATIN.sub(r"\1 \2", sentence))


def _group(group: dict[str, Any], currency: str, book: ChoiceBook) -> str:
    parts = []
    for part in group["conditions"]:
        if "conditions" in part:
            inner = _group(part, currency, book)
            parts.append(inner if part.get("not") or len(part["conditions"]) == 1
                         else _("(%(inner)s)") % {"inner": inner})  # fmt: skip
        else:
            parts.append(clause_of(part, currency=currency, book=book))
    said = (_(" and ") if group["match"] == "all" else _(" or ")).join(parts)
    return (
        _("to whom this does not apply: (%(inner)s)") % {"inner": said}
        if group.get("not")
        else said
    )


def clause_of(condition: dict[str, Any], *, currency: str, book: ChoiceBook) -> str:
    """One clean condition as a clause: «whose last visit was more than 90 days ago»."""
    if "event" in condition:
        return event_clause(condition, currency=currency, book=book)
    asked = attributes.attribute(condition["attribute"])
    assert asked is not None  # clean_rule looked
    operator, value = condition["operator"], condition.get("value")
    if asked.kind == Kind.FLAG:
        operator = "yes" if value else "no"
    phrase = asked.phrases.get(operator) or PHRASES[asked.kind][operator]
    words: dict[str, Any] = {"label": _in_sentence(str(asked.label))}
    if operator == "between":
        words["low"], words["high"] = (_value(asked, one, currency) for one in value)
    elif operator in DAY_OPERATORS | BARE_OPERATORS:
        words["value"] = value
    elif isinstance(value, list):
        words["value"] = enumerated(_listed(asked, value, currency, book), operator)
    else:
        words["value"] = _value(asked, value, currency)
    return str(phrase % words)


def _listed(asked: Attribute, values: list[Any], currency: str, book: ChoiceBook) -> list[str]:
    if asked.kind == Kind.TEXT:
        return [_("“%(text)s”") % {"text": value} for value in values]
    labels = book.labels(asked, values)
    if asked.kind in (Kind.TAG, Kind.SEGMENT) or asked.key == "list":
        return [_("“%(text)s”") % {"text": label} for label in labels]
    return [_in_sentence(label) if asked.key == "stage" else label for label in labels]


def _value(asked: Attribute, value: Any, currency: str) -> str:
    locale = reader_locale()
    match asked.kind:
        case Kind.MONEY:
            return money_text(value, currency)
        case Kind.RATE:
            return str(numbers.format_percent(value, format="#,##0.#%", locale=locale))
        case Kind.DATE:
            return str(dates.format_date(date.fromisoformat(value), locale=locale))
        case Kind.TEXT:
            return _("“%(text)s”") % {"text": value}
        case Kind.NUMBER:
            return str(numbers.format_decimal(value, locale=locale))
        case _:
            return str(value)


def _in_sentence(label: str) -> str:
    """«Last visit» → «last visit», but «R score» stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
