"""What the story tells beside its events: who sold, who wrote, what was said. One query a page."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, NullIf

from customers.models import (
    Appointment,
    CustomerEvent,
    CustomerFile,
    Interaction,
    Note,
    Package,
    PackageSession,
    Sale,
)

Facts = dict[str, Any]


def facts_of(events: Iterable[CustomerEvent]) -> dict[str, Facts]:
    """{source key: facts} of the rows these events tell of; one query, however many kinds.

    Every facts have "who", the name of the member who did it, perhaps "". What was deleted since
    has none.
    """
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        word, _colon, number = event.source_key.partition(":")
        if word in _ROWS and number.isascii() and number.isdigit() and len(number) < 19:
            ids[word].add(int(number))
    parts = [_ROWS[word](found).order_by() for word, found in sorted(ids.items())]
    if not parts:
        return {}
    first, *others = parts
    return dict(first.union(*others, all=True) if others else first)


def member_name(path: str) -> Coalesce:
    """How a member is called, like str(membership)."""
    return Coalesce(
        NullIf(f"{path}__display_name", Value("")),
        NullIf(f"{path}__user__name", Value("")),
        F(f"{path}__user__email"),
        Value(""),
    )


def _is(**condition: Any) -> ExpressionWrapper:
    return ExpressionWrapper(Q(**condition), output_field=BooleanField())


def _told(rows: QuerySet[Any], word: str, **facts: Any) -> QuerySet[Any]:
    key = Concat(Value(f"{word}:"), Cast("pk", TextField()), output_field=TextField())
    return rows.annotate(event_key=key, facts=JSONObject(pk="pk", **facts)).values_list(
        "event_key", "facts"
    )


def _notes(ids: set[int]) -> QuerySet[Any]:
    return _told(
        Note.objects.filter(pk__in=ids),
        "note",
        who=member_name("author"),
        author="author",
        text="text",
        is_pinned="is_pinned",
        is_changed=_is(changed_at__isnull=False),
        is_deleted=_is(deleted_at__isnull=False),
    )


def _interactions(ids: set[int]) -> QuerySet[Any]:
    return _told(
        Interaction.objects.filter(pk__in=ids),
        "interaction",
        who=member_name("by"),
        kind="kind",
        channel="channel",
        direction="direction",
        summary="summary",
    )


def _files(ids: set[int]) -> QuerySet[Any]:
    return _told(
        CustomerFile.objects.filter(pk__in=ids),
        "file",
        who=member_name("added_by"),
        title="title",
        is_medical="is_medical",
    )


def _sales(ids: set[int]) -> QuerySet[Any]:
    return _told(Sale.objects.filter(pk__in=ids), "sale", who=member_name("consultant"))


def _appointments(ids: set[int]) -> QuerySet[Any]:
    sessions = PackageSession.objects.filter(appointment=OuterRef("pk"))
    return _told(
        Appointment.objects.filter(pk__in=ids),
        "appointment",
        who=member_name("consultant"),
        waited="waiting_minutes",
        of_package=Exists(sessions),
    )


def _packages(ids: set[int]) -> QuerySet[Any]:
    return _told(
        Package.objects.filter(pk__in=ids),
        "package",
        who=member_name("sold_by"),
        treatment="treatment__name",
        n_sessions="n_sessions",
    )


_ROWS: dict[str, Callable[[set[int]], QuerySet[Any]]] = {
    "appointment": _appointments,
    "file": _files,
    "interaction": _interactions,
    "note": _notes,
    "package": _packages,
    "sale": _sales,
}
