"""What a segment may ask of a customer's history: one registry, as for attributes.

«Bought a filler at least twice in the last 300 days» is a condition on rows that tell of something
that happened on a day to a customer. Each app says in `AppConfig.ready()` which rows it has:

    register_event(EventKind("visit", _("Visit"), app="customers", rows=Visit.objects.all,
                             day="visited_on", did=_("who came%(details)s%(times)s%(period)s"),
                             did_not=_("who did not come%(details)s%(period)s")))
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from segmentation.attributes import Choice, Kind

Text = str | Promise


@dataclass(frozen=True)
class EventDetail:
    """What the rows may be narrowed by.

    lookup: path from the row. kind: CHOICE (one of the values), MONEY or NUMBER (at least so much).
    phrase: how the sentence says it, with %(value)s; it begins with its own space.
    resolved: the chosen values as the rows know them, where the rows hold something else; read
        beforehand, so that the database sees which few they are.
    """

    key: str
    label: Text
    lookup: str
    phrase: Text
    kind: Kind = Kind.CHOICE
    choices: Callable[[], Iterable[Choice]] | None = None
    resolved: Callable[[list[Any]], list[Any]] | None = None


@dataclass(frozen=True)
class EventKind:
    """One kind of thing that happens.

    rows: () → the rows, read inside the clinic's scope.
    customer: path from the row to its customer. day: the column that says when; is_instant: it
        holds instants, not local days.
    counted: "" counts rows; a day column counts the different days there (two sales on one day
        are one purchase).
    did, did_not: clauses with %(details)s and %(period)s, the first also with %(times)s.
    has_future: it may lie ahead, as appointments do.
    """

    key: str
    label: Text
    app: str
    rows: Callable[[], QuerySet[Any]]
    day: str
    did: Text
    did_not: Text
    is_instant: bool = False
    customer: str = "customer"
    counted: str = ""
    details: tuple[EventDetail, ...] = ()
    has_future: bool = False

    def detail(self, key: str) -> EventDetail | None:
        return next((one for one in self.details if one.key == key), None)


_registry: dict[str, EventKind] = {}


def register_event(kind: EventKind) -> None:
    """Make a kind known to rules and to the builder. Raises ValueError for a key of another app."""
    known = _registry.get(kind.key)
    if known is not None and known.app != kind.app:
        raise ValueError(f"Event {kind.key!r} is registered by {known.app} already.")
    for detail in kind.details:
        if detail.kind == Kind.CHOICE and detail.choices is None:
            raise ValueError(f"Event {kind.key!r}: {detail.key!r} needs choices.")
    _registry[kind.key] = kind


def event_kinds() -> Mapping[str, EventKind]:
    """Every kind by key, in the order of registration (lower apps first)."""
    return _registry
