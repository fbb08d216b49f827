"""A condition on what happened: its stored shape, checked, and what it means to the database.

{"event": "purchase", "count": {"operator": "at_least", "value": 2},
 "period": {"operator": "in_last_days", "value": 300}, "where": {"treatment": [3, 4]}}

"count" left out: at least once. "period" left out: ever. Days are the clinic's; both ends count.
"""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from segmentation.attributes import Kind
from segmentation.choice_book import ChoiceBook
from segmentation.events import EventDetail, EventKind, event_kinds
from segmentation.rule_refusals import RuleRefused, below, refuse_unknown_keys, shown
from segmentation.rule_values import (
    LARGEST,
    MOST_DAYS,
    ValueRefused,
    clean_choices,
    clean_day,
    clean_pair,
    clean_whole,
)
from tenancy.clock import start_of_day

COUNTS = ("at_least", "at_most", "is", "never")
PERIODS = (
    "ever", "in_last_days", "more_than_days_ago", "between_days_ago", "since", "before", "between",
    "in_next_days",
)  # fmt: skip
MOST_TIMES = 10_000
ONCE = {"operator": "at_least", "value": 1}
EVER = {"operator": "ever"}


def periods_of(kind: EventKind) -> tuple[str, ...]:
    return PERIODS if kind.has_future else PERIODS[:-1]


def clean_event(part: dict[str, Any], where: str, *, book: ChoiceBook | None) -> dict[str, Any]:
    """The condition checked and normalised. Raises RuleRefused."""
    refuse_unknown_keys(part, {"event", "count", "period", "where"}, where)
    key = part.get("event")
    kind = event_kinds().get(key) if isinstance(key, str) else None
    if kind is None:
        raise RuleRefused(
            _("There is no event “%(key)s”.") % {"key": shown(key)}, below(where, "event")
        )
    details = part.get("where", {})
    if not isinstance(details, dict):
        raise RuleRefused(_("“where” must be an object."), below(where, "where"))
    return {
        "event": kind.key,
        "count": _clean_count(kind, part.get("count", ONCE), below(where, "count")),
        "period": _clean_period(kind, part.get("period", EVER), below(where, "period")),
        "where": {
            name: _clean_detail(kind, name, value, below(where, "where"), book)
            for name, value in details.items()
        },
    }


def _operator(kind: EventKind, said: Any, known: tuple[str, ...], where: str) -> str:
    if not isinstance(said, dict):
        raise RuleRefused(_("Give an object with “operator” and “value”."), where)
    refuse_unknown_keys(said, {"operator", "value"}, where)
    operator = said.get("operator")
    if operator not in known:
        raise RuleRefused(
            _("%(label)s cannot be asked with “%(operator)s”. Use one of: %(known)s.")
            % {"label": kind.label, "operator": shown(operator), "known": ", ".join(known)},
            below(where, "operator"),
        )
    return str(operator)


def _clean_count(kind: EventKind, said: Any, where: str) -> dict[str, Any]:
    operator = _operator(kind, said, COUNTS, where)
    if operator == "never":
        return {"operator": operator}
    least = 1 if operator == "at_least" else 0
    with _refusing(kind.label, where):
        return {"operator": operator, "value": clean_whole(said.get("value"), least, MOST_TIMES)}


def _clean_period(kind: EventKind, said: Any, where: str) -> dict[str, Any]:
    operator = _operator(kind, said, periods_of(kind), where)
    value = said.get("value")
    with _refusing(kind.label, where):
        match operator:
            case "ever":
                return {"operator": operator}
            case "since" | "before":
                value = clean_day(value)
            case "between":
                value = clean_pair(value, clean_day)
            case "between_days_ago":
                value = clean_pair(value, lambda one: clean_whole(one, 0, MOST_DAYS))
            case _:
                value = clean_whole(value, 0, MOST_DAYS)
    return {"operator": operator, "value": value}


def _clean_detail(
    kind: EventKind, name: str, value: Any, where: str, book: ChoiceBook | None
) -> Any:
    detail = kind.detail(name)
    if detail is None:
        raise RuleRefused(
            _("%(label)s cannot be narrowed by “%(key)s”. Use one of: %(known)s.")
            % {"label": kind.label, "key": shown(name),
               "known": ", ".join(one.key for one in kind.details)},
            where,
        )  # fmt: skip
    with _refusing(detail.label, below(where, name)):
        if detail.kind == Kind.CHOICE:
            return clean_choices(value, book.of(detail) if book else None)
        return clean_whole(value, 0, LARGEST)


class _refusing:
    """A refused value becomes a refused rule that names place and label."""

    def __init__(self, label: Any, where: str) -> None:
        self.label, self.where = label, where

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, ValueRefused):
            raise RuleRefused(f"{self.label}: {error}", below(self.where, "value")) from None


def event_q(condition: dict[str, Any], *, on: date, zone: ZoneInfo) -> Q:
    """A Q over Customer for one clean condition; on: the clinic's today, zone: its own."""
    kind = event_kinds()[condition["event"]]
    rows = kind.rows().order_by().filter(_when(kind, condition["period"], on, zone))
    for name, value in condition["where"].items():
        rows = rows.filter(_narrowed(kind.details, name, value))
    operator, n_times = condition["count"]["operator"], condition["count"].get("value", 0)
    match operator:
        case "at_least":
            return _at_least(kind, rows, n_times)
        case "at_most" | "never":
            return _fewer_than(kind, rows, n_times + 1)
        case _:
            exactly_or_more = _at_least(kind, rows, n_times) if n_times else Q()
            return exactly_or_more & _fewer_than(kind, rows, n_times + 1)


def _narrowed(details: tuple[EventDetail, ...], name: str, value: Any) -> Q:
    detail = next(one for one in details if one.key == name)
    value = detail.resolved(value) if detail.resolved else value
    return Q(**{f"{detail.lookup}__{'in' if detail.kind == Kind.CHOICE else 'gte'}": value})


def _at_least(kind: EventKind, rows: QuerySet[Any], n_times: int) -> Q:
    """Customers with that many. Two different ones are told by the first and the last of them."""
    if n_times > 1:
        rows, counted = rows.values(kind.customer), kind.counted or "pk"
        if n_times == 2:
            rows = rows.annotate(first=Min(counted), last=Max(counted))
            rows = rows.filter(first__lt=F("last"))
        else:
            rows = rows.annotate(n=Count(counted, distinct=True)).filter(n__gte=n_times)
    return Q(pk__in=rows.values(kind.customer))


def _fewer_than(kind: EventKind, rows: QuerySet[Any], n_times: int) -> Q:
    """Customers with fewer, none included.

    Each of the others once: what NOT IN reads the planner else arranges to begin soon and not to
    end soon, as if half of it were enough.
    """
    return ~_at_least(
        kind, rows.values(kind.customer).distinct() if n_times == 1 else rows, n_times
    )


def _when(kind: EventKind, period: dict[str, Any], on: date, zone: ZoneInfo) -> Q:
    first, last = _days(period, on)
    low, high = f"{kind.day}__gte", f"{kind.day}__lte"
    known = Q(**{f"{kind.day}__isnull": False})
    if kind.is_instant:
        high = f"{kind.day}__lt"
        first = first and start_of_day(zone, first)
        last = last and start_of_day(zone, last + timedelta(days=1))
    if first is not None:
        known &= Q(**{low: first})
    return known & Q(**{high: last}) if last is not None else known


def _days(period: dict[str, Any], on: date) -> tuple[date | None, date | None]:
    """The first and the last day, both counted; None: no end."""
    value = period.get("value")
    match period["operator"]:
        case "in_last_days":
            return on - timedelta(days=value), on
        case "more_than_days_ago":
            return None, on - timedelta(days=value + 1)
        case "between_days_ago":
            return on - timedelta(days=value[1]), on - timedelta(days=value[0])
        case "since":
            return date.fromisoformat(value), None
        case "before":
            return None, date.fromisoformat(value) - timedelta(days=1)
        case "between":
            return date.fromisoformat(value[0]), date.fromisoformat(value[1])
        case "in_next_days":
            return on, on + timedelta(days=value)
    return None, None
