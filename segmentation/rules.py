"""Segment rules: JSON in, one `Q` over Customer out.

{"match": "all" | "any", "not": false, "conditions": [
    {"attribute": "stage", "operator": "is", "value": ["dormant"]},
    {"match": "any", "conditions": [...]}]}

Money is in minor units, rates in 0–1, days are ISO text, choices and tags are lists. A rule with no
condition at all means everybody.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from segmentation import attributes
from segmentation.attributes import BARE_OPERATORS, Attribute, Choice
from segmentation.rule_values import ValueRefused, clean_value, compared
from tenancy.exceptions import DomainError

MOST_CONDITIONS = 50
DEEPEST = 4
EVERYBODY: dict[str, Any] = {"match": "all", "conditions": []}


class RuleRefused(DomainError):
    """The rule cannot be used; `where` names the place, as in "conditions[2].value"."""

    code = "rule_refused"

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where
        self.reason = message


class ChoiceBook:
    """The choices of attributes, each read once: one book serves a whole page of rules."""

    def __init__(self) -> None:
        self._read: dict[str, list[Choice]] = {}

    def of(self, attribute: Attribute) -> list[Choice] | None:
        """[(value, label)] or None when the attribute has no list."""
        if attribute.choices is None:
            return None
        if attribute.key not in self._read:
            self._read[attribute.key] = list(attribute.choices())
        return self._read[attribute.key]

    def labels(self, attribute: Attribute, values: list[Any]) -> list[str]:
        """Labels of chosen values; one that is gone is said to be so."""
        known = {str(value): label for value, label in self.of(attribute) or []}
        return [str(known.get(str(value), _("(no longer exists)"))) for value in values]


def clean_rule(rule: Any, *, book: ChoiceBook | None = None) -> dict[str, Any]:
    """The rule checked and normalised, ready to store. Raises RuleRefused.

    book: also look whether the chosen tags, branches… exist. Without it only the shape is checked.
    """
    cleaned = _clean_group(rule, "", depth=1, book=book)
    n_conditions = sum(1 for _condition in conditions_of(cleaned))
    if n_conditions > MOST_CONDITIONS:
        raise RuleRefused(
            _("%(n)s conditions are too many: at most %(most)s.")
            % {"n": n_conditions, "most": MOST_CONDITIONS}
        )
    return cleaned


def conditions_of(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every condition of a clean rule, however deep."""
    for part in rule["conditions"]:
        if "conditions" in part:
            yield from conditions_of(part)
        else:
            yield part


def compile_rule(rule: Any, *, on: date) -> Q:
    """One Q over Customer; every value travels as a parameter. Raises RuleRefused.

    on: the clinic's today, which «90 days ago» counts from.
    """
    return _compile_group(clean_rule(rule), on)


def _compile_group(group: dict[str, Any], on: date) -> Q:
    parts = [
        _compile_group(part, on) if "conditions" in part else _compile_condition(part, on)
        for part in group["conditions"]
    ]
    combined = Q()
    for part in parts:
        combined = combined & part if group["match"] == "all" else combined | part
    return ~combined if group.get("not") and parts else combined


def _compile_condition(condition: dict[str, Any], on: date) -> Q:
    asked = _known_attribute(condition, "")
    operator = condition["operator"]
    value = compared(asked, operator, condition.get("value")) if "value" in condition else None
    return attributes.condition_of(asked, operator, value, on)


def _clean_group(group: Any, where: str, *, depth: int, book: ChoiceBook | None) -> dict[str, Any]:
    if not isinstance(group, dict):
        raise RuleRefused(_("A group must be an object with “match” and “conditions”."), where)
    _refuse_unknown_keys(group, {"match", "conditions", "not"}, where)
    if depth > DEEPEST:
        raise RuleRefused(_("Groups are nested too deep: at most %(n)s.") % {"n": DEEPEST}, where)
    match, parts, negated = group.get("match"), group.get("conditions"), group.get("not", False)
    if match not in ("all", "any"):
        raise RuleRefused(_("“match” must be “all” or “any”."), _below(where, "match"))
    if not isinstance(negated, bool):
        raise RuleRefused(_("“not” must be true or false."), _below(where, "not"))
    if not isinstance(parts, list):
        raise RuleRefused(_("“conditions” must be a list."), _below(where, "conditions"))
    if depth > 1 and not parts:
        raise RuleRefused(_("An inner group needs at least one condition."), where)
    if len(parts) > MOST_CONDITIONS:
        raise RuleRefused(
            _("%(n)s conditions are too many: at most %(most)s.")
            % {"n": len(parts), "most": MOST_CONDITIONS},
            _below(where, "conditions"),
        )
    cleaned = [
        _clean_part(part, _below(where, f"conditions[{i}]"), depth=depth, book=book)
        for i, part in enumerate(parts)
    ]
    return {"match": match, "conditions": cleaned} | ({"not": True} if negated else {})


def _clean_part(part: Any, where: str, *, depth: int, book: ChoiceBook | None) -> dict[str, Any]:
    if isinstance(part, dict) and "conditions" in part:
        return _clean_group(part, where, depth=depth + 1, book=book)
    if not isinstance(part, dict):
        raise RuleRefused(_("A condition must be an object."), where)
    _refuse_unknown_keys(part, {"attribute", "operator", "value"}, where)
    asked = _known_attribute(part, where)
    operator = part.get("operator")
    if operator not in asked.operators:
        raise RuleRefused(
            _("%(label)s cannot be asked with “%(operator)s”. Use one of: %(known)s.")
            % {"label": asked.label, "operator": _shown(operator),
               "known": ", ".join(asked.operators)},
            _below(where, "operator"),
        )  # fmt: skip
    if operator in BARE_OPERATORS:
        return {"attribute": asked.key, "operator": operator}
    return {
        "attribute": asked.key,
        "operator": operator,
        "value": _clean_value(asked, operator, part.get("value"), where, book),
    }


def _clean_value(
    asked: Attribute, operator: str, value: Any, where: str, book: ChoiceBook | None
) -> Any:
    try:
        return clean_value(asked, operator, value, book.of(asked) if book else None)
    except ValueRefused as refusal:
        raise RuleRefused(f"{asked.label}: {refusal}", _below(where, "value")) from None


def _known_attribute(part: dict[str, Any], where: str) -> Attribute:
    key = part.get("attribute")
    found = attributes.attribute(key) if isinstance(key, str) else None
    if found is None:
        raise RuleRefused(
            _("There is no attribute “%(key)s”.") % {"key": _shown(key)}, _below(where, "attribute")
        )
    return found


def _refuse_unknown_keys(part: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(key) for key in part.keys() - known)
    if unknown:
        raise RuleRefused(_("“%(key)s” is not known here.") % {"key": _shown(unknown[0])}, where)


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _shown(value: Any) -> str:
    return str(value)[:60]
