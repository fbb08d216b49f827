"""Who uses a segment or a list: while somebody does, it is neither deleted nor changed.

Apps above say who of theirs does, in `AppConfig.ready()`:

    register_usage(lambda segment: [Use(_("the campaign"), str(c), url) for c in …])
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from segmentation.models import CustomerList, Segment
from segmentation.rule_refusals import RuleRefused
from segmentation.rules import clean_rule, conditions_of
from tenancy.exceptions import DomainError

MOST_NAMED = 5
Text = str | Promise


@dataclass(frozen=True)
class Use:
    """what: "the campaign". is_history: it only remembers; the segment stays, its rule is free."""

    what: Text
    name: str
    url: str
    is_history: bool = False


_finders: list[Callable[[Segment], Iterable[Use]]] = []
_list_finders: list[Callable[[CustomerList], Iterable[Use]]] = []


def register_usage(find: Callable[[Segment], Iterable[Use]]) -> None:
    if find not in _finders:
        _finders.append(find)


def register_list_usage(find: Callable[[CustomerList], Iterable[Use]]) -> None:
    if find not in _list_finders:
        _list_finders.append(find)


def uses_of(segment: Segment) -> list[Use]:
    """Everybody who uses the segment: first other segments, then apps above."""
    others = _segments_with(lambda rule: segment.pk in segments_in(rule))
    return [*others, *(use for find in _finders for use in find(segment))]


def uses_of_list(customer_list: CustomerList) -> list[Use]:
    """Everybody who uses the list: first segments, then apps above."""
    segments = _segments_with(lambda rule: customer_list.pk in lists_in(rule))
    return [*segments, *(use for find in _list_finders for use in find(customer_list))]


def segments_in(rule: dict[str, Any]) -> set[int]:
    """Ids of the segments that a clean rule refers to, in conditions and in its events."""
    found = _values_of(rule, "segment")
    for condition in conditions_of(rule):
        found |= set(condition.get("where", {}).get("segment", []))
    return found


def lists_in(rule: dict[str, Any]) -> set[int]:
    return _values_of(rule, "list")


def _values_of(rule: dict[str, Any], attribute: str) -> set[int]:
    return {
        pk
        for condition in conditions_of(rule)
        if condition.get("attribute") == attribute
        for pk in condition["value"]
    }


def rules_by_id() -> dict[int, tuple[Segment, dict[str, Any]]]:
    """Every segment whose rule can be read, with that rule cleaned."""
    read = {}
    for segment in Segment.objects.all():
        try:
            read[segment.pk] = (segment, clean_rule(segment.rule))
        except RuleRefused:
            continue  # it can mean nobody, so it uses nobody
    return read


def _segments_with(is_meant: Callable[[dict[str, Any]], bool]) -> list[Use]:
    what = gettext_lazy("the segment")
    return [
        Use(what, segment.name, reverse("segmentation:detail", args=[segment.pk]))
        for segment, rule in rules_by_id().values()
        if is_meant(rule)
    ]


def refuse_if_used(name: str, uses: list[Use], *, what_for: str) -> None:
    """Raises DomainError naming the users. what_for: what was wanted, as a sentence."""
    if not uses:
        return
    named = [
        _("%(what)s “%(name)s”") % {"what": use.what, "name": use.name} for use in uses[:MOST_NAMED]
    ]
    if len(uses) > MOST_NAMED:
        named.append(_("%(n)s more") % {"n": len(uses) - MOST_NAMED})
    raise DomainError(
        what_for % {"name": name, "users": pgettext("values", ", ").join(named)},
        code="segment_in_use",
    )
