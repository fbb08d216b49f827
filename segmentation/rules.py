"""Segment rules as they are stored: JSON, checked here and nowhere else.

{"format": 2, "match": "all" | "any", "not": false, "conditions": [
    {"attribute": "stage", "operator": "is", "value": ["dormant"]},
    {"event": "purchase", "count": {"operator": "at_least", "value": 2},
     "period": {"operator": "in_last_days", "value": 300}, "where": {"treatment": [3]}},
    {"match": "any", "conditions": [...]}]}

Money is in minor units, rates in 0–1, days are ISO text, choices and tags are lists. A rule with no
condition at all means everybody. What became of older formats: `rule_formats.py`; what a rule means
to the database: `compiling.py`; why it is like this: docs/decisions/0011.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from segmentation import attributes
from segmentation.attributes import BARE_OPERATORS, Attribute, Kind
from segmentation.choice_book import ChoiceBook
from segmentation.event_conditions import clean_event
from segmentation.rule_formats import FORMAT, upgraded
from segmentation.rule_refusals import RuleRefused, below, refuse_unknown_keys, shown
from segmentation.rule_values import ValueRefused, clean_value

__all__ = ["EVERYBODY", "ChoiceBook", "RuleRefused", "clean_rule", "conditions_of"]

MOST_CONDITIONS = 50
DEEPEST = 4
EVERYBODY: dict[str, Any] = {"format": FORMAT, "match": "all", "conditions": []}


def clean_rule(rule: Any, *, book: ChoiceBook | None = None) -> dict[str, Any]:
    """The rule checked and normalised, ready to store, in the newest format. Raises RuleRefused.

    book: also look whether the chosen tags, branches… exist. Without it only the shape is checked.
    """
    if not isinstance(rule, dict):
        raise RuleRefused(_("A group must be an object with “match” and “conditions”."))
    rule = upgraded(rule)
    _refuse_size(rule)
    return {"format": FORMAT, **_clean_group(rule, "", depth=1, book=book)}


def conditions_of(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every condition of a clean rule, however deep."""
    for part in rule["conditions"]:
        if "conditions" in part:
            yield from conditions_of(part)
        else:
            yield part


def _refuse_size(rule: dict[str, Any]) -> None:
    """Count before anything is read: not by recursion, and no deeper than is allowed."""
    n_conditions, waiting = 0, [(rule, 1)]
    while waiting:
        part, depth = waiting.pop()
        inner = part.get("conditions") if isinstance(part, dict) else None
        if isinstance(inner, list) and depth <= DEEPEST:
            waiting.extend((one, depth + 1) for one in inner)
        else:
            n_conditions += 1
    if n_conditions > MOST_CONDITIONS:
        raise RuleRefused(
            _("%(n)s conditions are too many: at most %(most)s.")
            % {"n": n_conditions, "most": MOST_CONDITIONS},
            "conditions",
        )


def _clean_group(group: Any, where: str, *, depth: int, book: ChoiceBook | None) -> dict[str, Any]:
    refuse_unknown_keys(group, {"match", "conditions", "not"}, where)
    if depth > DEEPEST:
        raise RuleRefused(_("Groups are nested too deep: at most %(n)s.") % {"n": DEEPEST}, where)
    match, parts, negated = group.get("match"), group.get("conditions"), group.get("not", False)
    if match not in ("all", "any"):
        raise RuleRefused(_("“match” must be “all” or “any”."), below(where, "match"))
    if not isinstance(negated, bool):
        raise RuleRefused(_("“not” must be true or false."), below(where, "not"))
    if not isinstance(parts, list):
        raise RuleRefused(_("“conditions” must be a list."), below(where, "conditions"))
    if depth > 1 and not parts:
        raise RuleRefused(_("An inner group needs at least one condition."), where)
    cleaned = [
        _clean_part(part, below(where, f"conditions[{i}]"), depth=depth, book=book)
        for i, part in enumerate(parts)
    ]
    return {"match": match, "conditions": cleaned} | ({"not": True} if negated else {})


def _clean_part(part: Any, where: str, *, depth: int, book: ChoiceBook | None) -> dict[str, Any]:
    if not isinstance(part, dict):
        raise RuleRefused(_("A condition must be an object."), where)
    if "conditions" in part:
        return _clean_group(part, where, depth=depth + 1, book=book)
    if "event" in part:
        return clean_event(part, where, book=book)
    return _clean_condition(part, where, book)


def _clean_condition(part: dict[str, Any], where: str, book: ChoiceBook | None) -> dict[str, Any]:
    refuse_unknown_keys(part, {"attribute", "operator", "value"}, where)
    asked = _known_attribute(part, where)
    operator = part.get("operator")
    if operator not in asked.operators:
        raise RuleRefused(
            _("%(label)s cannot be asked with “%(operator)s”. Use one of: %(known)s.")
            % {"label": asked.label, "operator": shown(operator),
               "known": ", ".join(asked.operators)},
            below(where, "operator"),
        )  # fmt: skip
    if operator in BARE_OPERATORS:
        return {"attribute": asked.key, "operator": operator}
    value = _clean_value(asked, str(operator), part.get("value"), where, book)
    return {"attribute": asked.key, "operator": operator, "value": value}


def _clean_value(
    asked: Attribute, operator: str, value: Any, where: str, book: ChoiceBook | None
) -> Any:
    try:
        cleaned = clean_value(asked, operator, value, book.of(asked) if book else None)
    except ValueRefused as refusal:
        raise RuleRefused(f"{asked.label}: {refusal}", below(where, "value")) from None
    if asked.kind == Kind.SEGMENT and not all(isinstance(one, int) for one in cleaned):
        raise RuleRefused(f"{asked.label}: " + _("Choose from the list."), below(where, "value"))
    return cleaned


def _known_attribute(part: dict[str, Any], where: str) -> Attribute:
    key = part.get("attribute")
    found = attributes.attribute(key) if isinstance(key, str) else None
    if found is None:
        raise RuleRefused(
            _("There is no attribute “%(key)s”.") % {"key": shown(key)}, below(where, "attribute")
        )
    return found
