"""A condition on what happened while somebody builds it, and back to a rule.

Its fields, by path: `attribute:` holds "event.<key>", `operator:` and `value:` how often,
`period:`, `from:` and `until:` when, `where:<path>:<detail>` what it is narrowed to.
"""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from segmentation.attributes import Attribute, Choice, Kind, Text
from segmentation.choice_book import ChoiceBook
from segmentation.draft_values import typed_value, value_texts
from segmentation.event_conditions import COUNTS, EVER, ONCE, periods_of
from segmentation.events import EventDetail, EventKind, event_kinds

PREFIX = "event."
COUNT_LABELS: dict[str, Text] = {
    "at_least": _("at least"), "at_most": _("at most"), "is": _("exactly"),
    "never": _("not at all"),
}  # fmt: skip
PERIOD_LABELS: dict[str, Text] = {
    "ever": _("at any time"), "in_last_days": _("in the last … days"),
    "more_than_days_ago": _("more than … days ago"),
    "between_days_ago": _("between … and … days ago"), "since": _("since a day"),
    "before": _("before a day"), "between": _("between two days"),
    "in_next_days": _("in the next … days"),
}  # fmt: skip
PAIRS = ("between", "between_days_ago")
DAYS = ("since", "before", "between")
_PLAIN = {"count": Kind.NUMBER, "days": Kind.NUMBER, "day": Kind.DATE}


@dataclass
class DetailDraft:
    detail: EventDetail
    texts: list[str]
    choices: list[Choice] = field(default_factory=list)
    error: str = ""

    @property
    def first(self) -> str:
        return self.texts[0] if self.texts else ""


@dataclass
class EventDraft:
    """period_texts: what the fields from and until hold. error_at: "count", "period" or ""."""

    path: str
    kind: EventKind
    operator: str = "at_least"
    count_text: str = "1"
    period: str = "ever"
    period_texts: list[str] = field(default_factory=lambda: ["", ""])
    details: list[DetailDraft] = field(default_factory=list)
    error: str = ""
    error_at: str = ""
    is_new: bool = False

    is_group = False
    is_event = True

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def key(self) -> str:
        return PREFIX + self.kind.key

    @property
    def label(self) -> Text:
        return self.kind.label

    @property
    def counts(self) -> list[tuple[str, Text]]:
        return [(one, COUNT_LABELS[one]) for one in COUNTS]

    @property
    def periods(self) -> list[tuple[str, Text]]:
        return [(one, PERIOD_LABELS[one]) for one in periods_of(self.kind)]

    @property
    def period_widget(self) -> str:
        """none, day or days."""
        return "none" if self.period == "ever" else "day" if self.period in DAYS else "days"

    @property
    def is_pair(self) -> bool:
        return self.period in PAIRS

    def fill_choices(self, book: ChoiceBook) -> None:
        for one in self.details:
            one.choices = [(str(value), label) for value, label in book.of(one.detail) or []]

    def show_refusal(self, place: str, reason: str) -> None:
        """place: what follows the condition in a refusal, as in "where.treatment.value"."""
        part, _dot, rest = place.partition(".")
        for one in self.details:
            if part == "where" and rest.partition(".")[0] == one.detail.key:
                one.error = reason
                return
        self.error, self.error_at = reason, part


def read_event(post: QueryDict, path: str, key: str) -> EventDraft | None:
    """The fields as they were sent; None for an event that nobody knows."""
    kind = event_kinds().get(key.removeprefix(PREFIX))
    if kind is None:
        return None
    if post.get(f"was:{path}", key) != key:  # it was about something else: these fields are new
        return new_event(path, kind)
    operator, period = post.get(f"operator:{path}", ""), post.get(f"period:{path}", "")
    return EventDraft(
        path,
        kind,
        operator if operator in COUNTS else COUNTS[0],
        post.get(f"value:{path}", "1"),
        period if period in periods_of(kind) else "ever",
        [post.get(f"from:{path}", ""), post.get(f"until:{path}", "")],
        [DetailDraft(one, post.getlist(f"where:{path}:{one.key}")) for one in kind.details],
    )


def new_event(path: str, kind: EventKind) -> EventDraft:
    return EventDraft(path, kind, details=[DetailDraft(one, []) for one in kind.details])


def event_of_rule(condition: dict[str, Any], path: str, currency: str) -> EventDraft:
    """A stored, clean condition as the form shows it."""
    kind = event_kinds()[condition["event"]]
    count, period = condition.get("count", ONCE), condition.get("period", EVER)
    value = period.get("value", "")
    texts = [str(one) for one in value] if isinstance(value, list) else [str(value), ""]
    where = condition.get("where", {})
    details = [
        DetailDraft(one, _texts(one, where[one.key], currency) if one.key in where else [])
        for one in kind.details
    ]
    return EventDraft(
        path,
        kind,
        count["operator"],
        str(count.get("value", 1)),
        period["operator"],
        texts,
        details,
    )


def _texts(detail: EventDetail, value: Any, currency: str) -> list[str]:
    return value_texts(_as_attribute(detail), "at_least", value, currency)


def condition_of_event(draft: EventDraft, currency: str) -> dict[str, Any]:
    """What the form asks for, not yet checked: what was not understood stays a text."""
    count: dict[str, Any] = {"operator": draft.operator}
    if draft.operator != "never":
        count["value"] = _typed("count", draft.count_text, currency)
    period: dict[str, Any] = {"operator": draft.period}
    if draft.period_widget != "none":
        pair = [_typed(draft.period_widget, text, currency) for text in draft.period_texts]
        period["value"] = pair if draft.is_pair else pair[0]
    where = {one.detail.key: _said(one, currency) for one in draft.details if any(one.texts)}
    return {"event": draft.kind.key, "count": count, "period": period, "where": where}


def _said(one: DetailDraft, currency: str) -> Any:
    if one.detail.kind == Kind.CHOICE:
        return [text for text in one.texts if text]
    return typed_value(_as_attribute(one.detail), one.first, currency)


def _as_attribute(detail: EventDetail) -> Attribute:
    return Attribute(detail.key, detail.label, detail.kind, app="")


def _typed(kind: str, text: str, currency: str) -> Any:
    return typed_value(Attribute(kind, kind, _PLAIN[kind], app=""), text, currency)
