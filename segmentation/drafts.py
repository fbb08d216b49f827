"""A rule while somebody builds it: what the form holds, complete or not, and back to a rule.

Every part has a path ("0", "1.0"); its fields are named `attribute:<path>`, `operator:<path>`,
`value:<path>` and `until:<path>`, a group's `match:<path>`. The hidden fields `parts:<group>` say
which parts a group has and in which order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict

from segmentation import attributes
from segmentation.attributes import DAY_OPERATORS, LIST_KINDS, Attribute, Choice, Kind, Text
from segmentation.draft_values import typed_value, typed_values, value_texts
from segmentation.event_drafts import (
    PREFIX,
    EventDraft,
    condition_of_event,
    event_of_rule,
    read_event,
)
from segmentation.operator_labels import OPERATOR_LABELS
from segmentation.rules import DEEPEST, MOST_CONDITIONS, ChoiceBook

FIRST_ATTRIBUTE = "stage"


@dataclass
class ConditionDraft:
    """texts: what the value fields hold; for «between» the first is from, the second until."""

    path: str
    asked: Attribute
    operator: str
    texts: list[str] = field(default_factory=list)
    error: str = ""
    choices: list[Choice] = field(default_factory=list)
    is_new: bool = False

    is_group = False
    is_event = False

    @property
    def key(self) -> str:
        return self.asked.key

    @property
    def label(self) -> Text:
        return self.asked.label

    @property
    def name(self) -> str:
        """Its number within the group."""
        return self.path.rpartition(".")[2]

    @property
    def widget(self) -> str:
        """Which input the value needs."""
        if self.operator in ("is_known", "is_unknown"):
            return "none"
        if self.operator in DAY_OPERATORS:
            return "days"
        if self.asked.kind in LIST_KINDS:
            return "choice"
        return str(self.asked.kind)

    @property
    def operators(self) -> list[tuple[str, Text]]:
        return [(operator, OPERATOR_LABELS[operator]) for operator in self.asked.operators]

    @property
    def is_between(self) -> bool:
        return self.operator == "between"

    @property
    def first(self) -> str:
        return self.texts[0] if self.texts else ""

    @property
    def second(self) -> str:
        return self.texts[1] if len(self.texts) > 1 else ""


@dataclass
class GroupDraft:
    path: str
    match: str = "all"
    is_negated: bool = False
    parts: list["ConditionDraft | EventDraft | GroupDraft"] = field(default_factory=list)
    error: str = ""

    is_group = True
    is_event = False

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def depth(self) -> int:
        return self.path.count(".") + 1 if self.path else 0

    @property
    def may_nest(self) -> bool:
        return self.depth + 1 < DEEPEST

    def conditions(self) -> Iterator[ConditionDraft | EventDraft]:
        for part in self.parts:
            if isinstance(part, GroupDraft):
                yield from part.conditions()
            else:
                yield part


def draft_of_post(post: QueryDict) -> GroupDraft:
    """The form as it was sent. Unknown attributes fall back to the first one.

    Raises BadRequest where no form of ours could have sent it.
    """
    return _read_group(post, "", depth=1)


def _read_group(post: QueryDict, path: str, *, depth: int) -> GroupDraft:
    group = GroupDraft(
        path,
        "any" if post.get(f"match:{path}") == "any" else "all",
        post.get(f"not:{path}") == "yes",
    )
    # One more and one deeper than a rule may be: what is too much is refused, never left out.
    for name in post.getlist(f"parts:{path}")[: MOST_CONDITIONS + 1]:
        if not (name.isascii() and name.isdigit() and len(name) < 4):
            raise BadRequest(f"parts:{path}: “{name[:20]}” is no number of a part.")
        inner = _joined(path, name)
        if f"match:{inner}" in post:
            if depth <= DEEPEST:
                group.parts.append(_read_group(post, inner, depth=depth + 1))
        else:
            group.parts.append(_read_condition(post, inner))
    return group


def _read_condition(post: QueryDict, path: str) -> ConditionDraft | EventDraft:
    key = post.get(f"attribute:{path}", "")
    if key.startswith(PREFIX) and (event := read_event(post, path, key)):
        return event
    asked = attributes.attribute(key) or _first_attribute()
    operator = post.get(f"operator:{path}", "")
    was_for = post.get(f"was:{path}", asked.key)
    texts = post.getlist(f"value:{path}")
    if f"until:{path}" in post:
        texts = [*texts[:1], post.get(f"until:{path}", "")]
    if was_for != asked.key:  # another attribute was chosen: its operators and values are its own
        operator, texts = "", []
    if operator not in asked.operators:
        operator = asked.operators[0]
    if asked.kind == Kind.FLAG and not texts:
        texts = ["yes"]  # what the field shows first
    return ConditionDraft(path, asked, operator, texts)


def _first_attribute() -> Attribute:
    return attributes.attribute(FIRST_ATTRIBUTE) or attributes.attributes()[0]


def draft_of_rule(rule: dict[str, Any], *, currency: str) -> GroupDraft:
    """A stored, clean rule as the form shows it."""
    return _open_group(rule, "", currency)


def _open_group(rule: dict[str, Any], path: str, currency: str) -> GroupDraft:
    group = GroupDraft(path, rule["match"], rule.get("not", False))
    for i, part in enumerate(rule["conditions"]):
        inner = _joined(path, str(i))
        if "conditions" in part:
            group.parts.append(_open_group(part, inner, currency))
            continue
        if "event" in part:
            group.parts.append(event_of_rule(part, inner, currency))
            continue
        asked = attributes.attribute(part["attribute"]) or _first_attribute()
        texts = value_texts(asked, part["operator"], part.get("value"), currency)
        group.parts.append(ConditionDraft(inner, asked, part["operator"], texts))
    return group


def rule_of(draft: GroupDraft, *, currency: str) -> dict[str, Any]:
    """The rule the form asks for, not yet checked: what was not understood stays a text."""
    rule: dict[str, Any] = {
        "match": draft.match,
        "conditions": [
            rule_of(part, currency=currency)
            if isinstance(part, GroupDraft)
            else _condition_of(part, currency)
            for part in draft.parts
        ],
    }
    return rule | {"not": True} if draft.is_negated else rule


def _condition_of(draft: ConditionDraft | EventDraft, currency: str) -> dict[str, Any]:
    if isinstance(draft, EventDraft):
        return condition_of_event(draft, currency)
    condition = {"attribute": draft.asked.key, "operator": draft.operator}
    if draft.widget == "none":
        return condition
    if draft.is_between:
        pair = [typed_value(draft.asked, text, currency) for text in (draft.first, draft.second)]
        return condition | {"value": pair}
    return condition | {"value": typed_values(draft.asked, draft.operator, draft.texts, currency)}


def change(draft: GroupDraft, action: str) -> None:
    """One click of the builder: `add:<group>`, `group:<group>` or `remove:<part>`.

    What does not fit the draft is left alone.
    """
    verb, _colon, path = action.partition(":")
    if verb == "remove":
        group = _group_at(draft, path.rpartition(".")[0])
        if group is not None:
            group.parts = [part for part in group.parts if part.path != path]
        return
    group = _group_at(draft, path)
    if group is None or sum(1 for _one in draft.conditions()) >= MOST_CONDITIONS:
        return
    inner = _joined(group.path, str(_next_number(group)))
    if verb == "add":
        group.parts.append(_new_condition(inner))
    elif verb == "group" and group.may_nest:
        other = "any" if group.match == "all" else "all"
        group.parts.append(GroupDraft(inner, other, parts=[_new_condition(_joined(inner, "0"))]))


def _new_condition(path: str) -> ConditionDraft:
    asked = _first_attribute()
    return ConditionDraft(path, asked, asked.operators[0], is_new=True)


def _group_at(group: GroupDraft, path: str) -> GroupDraft | None:
    if group.path == path:
        return group
    inner = [part for part in group.parts if isinstance(part, GroupDraft)]
    return next((found for one in inner if (found := _group_at(one, path))), None)


def _next_number(group: GroupDraft) -> int:
    return 1 + max((int(part.path.rpartition(".")[2]) for part in group.parts), default=-1)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def fill_choices(draft: GroupDraft, book: ChoiceBook) -> None:
    """Give every condition the choices its attribute or event offers."""
    for condition in draft.conditions():
        if isinstance(condition, EventDraft):
            condition.fill_choices(book)
        else:
            condition.choices = [(str(v), label) for v, label in book.of(condition.asked) or []]


def show_refusal(draft: GroupDraft, where: str, reason: str) -> None:
    """Put a refusal (`where` as in RuleRefused) beside the part it is about."""
    part: GroupDraft | ConditionDraft | EventDraft = draft
    steps = where.split(".")
    while steps and steps[0].startswith("conditions[") and isinstance(part, GroupDraft):
        part = part.parts[int(steps.pop(0).removeprefix("conditions[").removesuffix("]"))]
    if isinstance(part, EventDraft):
        part.show_refusal(".".join(steps), reason)
    else:
        part.error = reason
