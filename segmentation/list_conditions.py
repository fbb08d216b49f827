"""Every attribute of the registry as a filter of the customers' list: `?where={"attribute": …}`."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.filters import Condition, register_language
from segmentation import drafts
from segmentation.attributes import attributes
from segmentation.compiling import compile_rule
from segmentation.drafts import ConditionDraft
from segmentation.event_drafts import PREFIX
from segmentation.rules import ChoiceBook, RuleRefused, clean_rule
from segmentation.sentences import clause_of

LONGEST = 2_000


class RuleConditions:
    """One condition of a segment's rule, written as JSON in an address."""

    template = "segmentation/_list_condition.html"

    def form(self, fields: QueryDict, *, currency: str) -> Mapping[str, Any]:
        draft = _draft(fields)
        drafts.fill_choices(drafts.GroupDraft("", parts=[draft]), ChoiceBook())
        return {"part": draft, "attributes": attributes()}

    def written(self, fields: QueryDict, *, currency: str) -> str:
        group = drafts.GroupDraft("", parts=[_draft(fields)])
        try:
            rule = clean_rule(drafts.rule_of(group, currency=currency), book=ChoiceBook())
        except RuleRefused as refusal:
            raise RuleRefused(refusal.reason) from None  # where it stands in a rule means nothing
        return json.dumps(rule["conditions"][0], ensure_ascii=False, separators=(",", ":"))

    def read(self, text: str, *, on: date, currency: str) -> Condition:
        rule = {"match": "all", "conditions": [_parsed(text)]}
        book = ChoiceBook()
        try:
            (cleaned,) = clean_rule(rule, book=book)["conditions"]
        except RuleRefused as refusal:
            raise RuleRefused(refusal.reason) from None
        said = clause_of(cleaned, currency=currency, book=book)
        return Condition(compile_rule(rule, on=on), said)


def _draft(fields: QueryDict) -> ConditionDraft:
    """What the form holds; its one condition has the path 0."""
    given = fields.copy()
    given.setlist("parts:", ["0"])
    given.pop("match:0", None)
    if given.get("attribute:0", "").startswith(PREFIX):
        given["attribute:0"] = ""  # the list's filter asks for attributes only
    (draft,) = drafts.draft_of_post(given).parts
    assert isinstance(draft, ConditionDraft)
    return draft


def _parsed(text: str) -> dict[str, Any]:
    try:
        condition = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        condition = None
    if not isinstance(condition, dict) or "conditions" in condition:
        raise RuleRefused(_("A part of the filter could not be read."))
    return condition


def register() -> None:
    register_language(RuleConditions())
