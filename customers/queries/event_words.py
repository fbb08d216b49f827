"""The words under an entry of the story, in the reader's language."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers.models import Interaction
from customers.queries.event_facts import Facts

MOST_ITEMS = 5
Text = str | Promise

# What a payload may say, in the order it is shown. Sources add freely; the rest stays unshown.
_SHOWN = (
    "treatment", "items", "campaign", "subject", "tier", "expires_on", "outcome", "csat", "reason",
)  # fmt: skip
_CALL_OUTCOMES = {
    "reached": _("Reached"),
    "no_answer": _("No answer"),
    "booked": _("Booked"),
    "declined": _("Does not want to come"),
}


def details_of(payload: Any, facts: Facts, *, sees_health: bool) -> list[Text]:
    """Short texts in their order. sees_health: the names of medical files too."""
    if "text" in facts:
        return [_("This note was deleted.") if facts["is_deleted"] else facts["text"]]
    if "channel" in facts:
        return _of_interaction(facts)
    if "is_medical" in facts:
        return [facts["title"] if sees_health or not facts["is_medical"] else _("A medical file")]
    if "n_sessions" in facts:
        return [facts["treatment"], _sessions(facts["n_sessions"])]
    return _of_payload(payload) + _of_appointment(facts)


def _of_interaction(facts: Facts) -> list[Text]:
    """A call needs no channel said."""
    said: list[Text] = [Interaction.Direction(facts["direction"]).label]
    if facts["kind"] != Interaction.Kind.CALL:
        said.insert(0, Interaction.Channel(facts["channel"]).label)
    return [*said, facts["summary"]] if facts["summary"] else said


def _of_appointment(facts: Facts) -> list[Text]:
    said: list[Text] = []
    if facts.get("waited"):
        n = facts["waited"]
        said.append(ngettext("waited %(n)s minute", "waited %(n)s minutes", n) % {"n": n})
    if facts.get("of_package"):
        said.append(_("paid with a package"))
    return said


def _sessions(n: int) -> str:
    return ngettext("%(n)s session", "%(n)s sessions", n) % {"n": n}


def _of_payload(payload: Any) -> list[Text]:
    if not isinstance(payload, dict):
        return []
    shown = [_shown(key, payload[key], payload) for key in _SHOWN if payload.get(key)]
    return [text for text in shown if text]


def _shown(key: str, value: Any, payload: dict[str, Any]) -> Text:
    match key:
        case "tier" if payload.get("old_tier"):
            return f"{payload['old_tier']} → {value}"
        case "expires_on" if payload.get("points"):
            day = date_format(date.fromisoformat(value))
            return gettext("%(n)s points end on %(day)s") % {"n": payload["points"], "day": day}
        case "outcome":
            return _CALL_OUTCOMES.get(str(value), str(value))
        case "csat":
            return gettext("%(n)s of 5") % {"n": value}
        case _ if isinstance(value, list):
            return _items(value)
    return str(value)


def _items(values: list[Any]) -> str:
    named = ", ".join(str(one) for one in values[:MOST_ITEMS])
    n_more = len(values) - MOST_ITEMS
    if n_more <= 0:
        return named
    return gettext("%(items)s and %(n)s more") % {"items": named, "n": n_more}
