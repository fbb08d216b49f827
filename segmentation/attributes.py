"""What a segment may ask of a customer: one registry, filled by every app in `AppConfig.ready()`.

An attribute knows its kind (which decides the operators), and how a condition on it becomes a `Q`
over Customer. Apps above register theirs:

    register(Attribute("tier", _("Tier"), Kind.CHOICE, app="loyalty", field="tier",
                       within=in_default_account, choices=tier_choices, in_list=True))
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from customers.filters import CustomerFilter, register_filter

Text = str | Promise
Choice = tuple[Any, Text]


class Kind(StrEnum):
    NUMBER = "number"  # whole numbers
    RATE = "rate"  # 0–1, shown as percent
    MONEY = "money"  # minor units, shown in the clinic's currency
    DATE = "date"
    CHOICE = "choice"
    TEXT = "text"
    FLAG = "flag"
    TAG = "tag"
    SEGMENT = "segment"  # other segments; the compiler puts their rules in their place


_SIZES = ("at_least", "at_most", "between", "is")
OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.NUMBER: _SIZES,
    Kind.RATE: ("at_least", "at_most", "between"),
    Kind.MONEY: ("at_least", "at_most", "between"),
    Kind.DATE: (
        "more_than_days_ago", "in_last_days", "in_next_days", "before", "after", "between",
        "is_known", "is_unknown",
    ),
    Kind.CHOICE: ("is", "is_not"),
    Kind.TEXT: ("is", "is_not", "contains", "is_unknown"),
    Kind.FLAG: ("is",),
    Kind.TAG: ("has_any", "has_all", "has_none"),
    Kind.SEGMENT: ("is", "is_not"),
}  # fmt: skip
DAY_OPERATORS = frozenset({"more_than_days_ago", "in_last_days", "in_next_days"})
BARE_OPERATORS = frozenset({"is_known", "is_unknown"})  # take no value
LIST_KINDS = frozenset({Kind.CHOICE, Kind.TAG, Kind.SEGMENT})  # values are chosen from a list
EVERYBODY = Q(pk__isnull=False)  # an empty Q would vanish beside an OR
NOBODY = Q(pk__in=[])


@dataclass(frozen=True)
class OneRow:
    """Rows elsewhere, at most one a customer, such as the current scores.

    Because there is at most one, conditions on them may be put together before the rows are looked
    up: ten conditions on scores read the scores once (`segmentation.compiling`).
    """

    rows: Callable[[], QuerySet[Any]]

    def __call__(self, q: Q) -> Q:
        """Customers whose row meets q: an IN of its own, computed once whatever the planner says.

        A correlated EXISTS is slow right after a big import, when tables have no statistics yet.
        """
        return Q(pk__in=self.rows().filter(q).values("customer"))


@dataclass(frozen=True)
class Among:
    """Customers whose one row of `source` meets `q`, or all others."""

    source: OneRow
    q: Q
    is_negated: bool = False

    def as_q(self) -> Q:
        found = self.source(self.q)
        return ~found if self.is_negated else found


Meaning = Q | Among


@dataclass(frozen=True)
class Attribute:
    """One thing a condition may be about.

    field: lookup path on Customer, or on the rows that `within` looks among.
    within: turns a Q over those rows into a Q over Customer: a OneRow where a customer has at most
        one such row; None: the field is Customer's own.
    choices: () → [(value, label)], read inside the clinic's scope; for CHOICE and TAG.
    build: (operator, clean value, today) → Q over Customer, where field and within do not do.
    phrases: operator → clause of the sentence, with %(value)s (or %(low)s, %(high)s); a flag's
        operators are "yes" and "no". What is missing is said by `segmentation.sentences`.
    in_list: also a filter of the customers' list, as `?key=value`.
    minimum, maximum: bounds a value must keep, in the attribute's own unit.
    only: the operators that make sense, where not all of its kind do.
    """

    key: str
    label: Text
    kind: Kind
    app: str
    field: str = ""
    within: Callable[[Q], Q] | None = None
    choices: Callable[[], Iterable[Choice]] | None = None
    build: Callable[[str, Any, date], Q] | None = None
    phrases: Mapping[str, Text] = dataclasses.field(default_factory=dict)
    in_list: bool = False
    minimum: float | None = None
    maximum: float | None = None
    only: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        return self.only or OPERATORS[self.kind]


_registry: dict[str, Attribute] = {}
_providers: list[Callable[[], Iterable[Attribute]]] = []


def register(attribute: Attribute) -> None:
    """Make an attribute known to rules, to the builder and, if it asks, to the customers' list.

    Raises ValueError when another attribute has the key already.
    """
    known = _registry.get(attribute.key)
    if known is not None and known.app != attribute.app:
        raise ValueError(f"Attribute {attribute.key!r} is registered by {known.app} already.")
    if attribute.kind in LIST_KINDS and attribute.choices is None:
        raise ValueError(f"Attribute {attribute.key!r} needs choices.")
    _registry[attribute.key] = attribute
    if attribute.in_list:
        register_filter(
            CustomerFilter(
                attribute.key, attribute.label, attribute.choices, _list_condition(attribute)
            )
        )


def _list_condition(attribute: Attribute) -> Callable[[list[Any], date], Q]:
    def condition(values: list[Any], on: date) -> Q:
        return condition_of(attribute, "is", values, on)

    return condition


def register_provider(provider: Callable[[], Iterable[Attribute]]) -> None:
    """Attributes that a clinic made for itself; asked for inside the clinic's scope."""
    if provider not in _providers:
        _providers.append(provider)


def attributes() -> list[Attribute]:
    """Every attribute, in the order of registration (lower apps first), the clinic's own last."""
    return [*_registry.values(), *(one for provider in _providers for one in provider())]


def attribute(key: str) -> Attribute | None:
    if key in _registry:
        return _registry[key]
    return next((one for p in _providers for one in p() if one.key == key), None)


def condition_of(attribute: Attribute, operator: str, value: Any, on: date) -> Q:
    """A Q over Customer for one clean condition; on: the clinic's today."""
    meant = meaning_of(attribute, operator, value, on)
    return meant.as_q() if isinstance(meant, Among) else meant


def meaning_of(attribute: Attribute, operator: str, value: Any, on: date) -> Meaning:
    """The same, where it can be put together with others on the same rows left open for that."""
    if attribute.build is not None:
        return attribute.build(operator, value, on)
    match operator:
        case "is_not":
            return _among(attribute, Q(**{f"{attribute.field}__in": value}), is_negated=True)
        case "is_unknown":
            return _among(attribute, _known(attribute), is_negated=True)
        case "is_known":
            return _among(attribute, _known(attribute))
        case _:
            return _among(attribute, _comparison(attribute, operator, value, on))


def _among(attribute: Attribute, q: Q, *, is_negated: bool = False) -> Meaning:
    if isinstance(attribute.within, OneRow):
        return Among(attribute.within, q, is_negated)
    found = attribute.within(q) if attribute.within else q
    return ~found if is_negated else found


def _known(attribute: Attribute) -> Q:
    known = Q(**{f"{attribute.field}__isnull": False})
    return known & ~Q(**{attribute.field: ""}) if attribute.kind == Kind.TEXT else known


def _comparison(attribute: Attribute, operator: str, value: Any, on: date) -> Q:
    name = attribute.field
    match operator:
        case "is" if isinstance(value, list):
            return Q(**{f"{name}__in": value})
        case "is":
            return Q(**{name: value})
        case "at_least" | "after":
            return Q(**{f"{name}__gte" if operator == "at_least" else f"{name}__gt": value})
        case "at_most" | "before":
            return Q(**{f"{name}__lte" if operator == "at_most" else f"{name}__lt": value})
        case "between":
            return Q(**{f"{name}__gte": value[0], f"{name}__lte": value[1]})
        case "contains":
            return Q(**{f"{name}__icontains": value})
        case "more_than_days_ago":
            return Q(**{f"{name}__lt": on - timedelta(days=value)})
        case "in_last_days":
            return Q(**{f"{name}__gte": on - timedelta(days=value), f"{name}__lte": on})
        case "in_next_days":
            return Q(**{f"{name}__gte": on, f"{name}__lte": on + timedelta(days=value)})
    raise ValueError(f"{attribute.kind} has no operator {operator!r}")
