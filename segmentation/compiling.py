"""What a rule means to the database: one `Q` over Customer, every value a parameter of it.

Conditions on the same one-row-a-customer source (the current scores, the account) are put together
before that source is read, whatever AND, OR and NOT stands between them: ten conditions on scores
read the scores once.
"""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer
from segmentation import attributes
from segmentation.attributes import EVERYBODY, Among, Kind, Meaning
from segmentation.event_conditions import event_q
from segmentation.models import Segment
from segmentation.rule_refusals import RuleRefused
from segmentation.rule_values import compared
from segmentation.rules import clean_rule
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

MOST_WITH_SEGMENTS = 200  # conditions, once the rules of other segments stand in their place


def compile_rule(rule: Any, *, on: date) -> Q:
    """One Q over Customer. Raises RuleRefused.

    on: the clinic's today, which «90 days ago» counts from.
    """
    try:
        asked = Compiler(on).q_of(rule)
        Customer.objects.filter(asked)  # asks nothing yet, but looks at every value
    except (ValueError, TypeError, OverflowError):  # a stored choice of the wrong kind: «abc» as id
        raise RuleRefused(_("A value of this rule is of the wrong kind.")) from None
    return asked


def names_of(path: Sequence[Segment]) -> str:
    """«A → B → A»."""
    return " → ".join(f"“{segment.name}”" for segment in path)


class Compiler:
    """Compiles one rule; remembers on which path of segments it is, and how much there was."""

    def __init__(self, on: date) -> None:
        self.on = on
        self._path: list[Segment] = []
        self._n_conditions = 0
        self._zone: ZoneInfo | None = None

    def q_of(self, rule: Any) -> Q:
        return _as_q(self._group(clean_rule(rule)))

    def _group(self, group: dict[str, Any]) -> Meaning:
        parts = [
            self._group(part) if "conditions" in part else self._condition(part)
            for part in group["conditions"]
        ]
        if not parts:
            return EVERYBODY
        meant = _together(parts, is_all=group["match"] == "all")
        return _opposite(meant) if group.get("not") else meant

    def _condition(self, condition: dict[str, Any]) -> Meaning:
        self._n_conditions += 1
        if self._n_conditions > MOST_WITH_SEGMENTS:
            raise RuleRefused(
                _("With the segments it refers to, the rule has more than %(n)s conditions.")
                % {"n": MOST_WITH_SEGMENTS}
            )
        if "event" in condition:
            return event_q(condition, on=self.on, zone=self._clinic_zone())
        asked = attributes.attribute(condition["attribute"])
        assert asked is not None  # clean_rule looked
        operator, value = condition["operator"], condition.get("value")
        if asked.kind == Kind.SEGMENT:
            found = _together([self._segment(pk) for pk in value], is_all=False)
            return _opposite(found) if operator == "is_not" else found
        value = compared(asked, operator, value) if "value" in condition else None
        meant = attributes.meaning_of(asked, operator, value, self.on)
        return meant if isinstance(meant, Among) else meant or EVERYBODY

    def _segment(self, segment_id: int) -> Meaning:
        """The rule of another segment in its place: nobody's membership is older than the rule."""
        segment = Segment.objects.filter(pk=segment_id).first()
        if segment is None:
            raise RuleRefused(_("A segment that this rule refers to no longer exists."))
        if segment in self._path:
            circle = [*self._path[self._path.index(segment) :], segment]
            raise RuleRefused(
                _("Segments go round in a circle: %(path)s.") % {"path": names_of(circle)}
            )
        self._path.append(segment)
        meant = self._group(clean_rule(segment.rule))
        self._path.pop()
        return meant

    def _clinic_zone(self) -> ZoneInfo:
        if self._zone is None:
            self._zone = Clinic.objects.get(pk=current_clinic_id()).zone
        return self._zone


def _as_q(meant: Meaning) -> Q:
    return meant.as_q() if isinstance(meant, Among) else meant


def _opposite(meant: Meaning) -> Meaning:
    if isinstance(meant, Among):
        return Among(meant.source, meant.q, not meant.is_negated)
    return ~meant


def _together(parts: list[Meaning], *, is_all: bool) -> Meaning:
    """All or any of the parts; those among the rows of one source become one."""
    merged: dict[int, Among] = {}
    apart: list[Meaning] = []
    for part in parts:
        if not isinstance(part, Among):
            apart.append(part)
            continue
        key, known = id(part.source), merged.get(id(part.source))
        merged[key] = _one_of(known, part, is_all=is_all) if known else part
    everything = [*merged.values(), *apart]
    if len(everything) == 1:
        return everything[0]
    return reduce(and_ if is_all else or_, map(_as_q, everything))


def _one_of(one: Among, other: Among, *, is_all: bool) -> Among:
    """Two conditions on the row of one source as one: a row is in a set, or everybody else is.

    Of customers without a row only what is negated is true, so A ∩ ¬B is A less B, A ∪ ¬B is all
    but B less A, ¬A ∩ ¬B is not (A ∪ B), and ¬A ∪ ¬B is not (A ∩ B).
    """
    if one.is_negated == other.is_negated:
        joined = and_ if is_all != one.is_negated else or_
        return Among(one.source, joined(one.q, other.q), one.is_negated)
    has, lacks = (other, one) if one.is_negated else (one, other)
    if is_all:
        return Among(one.source, has.q & ~lacks.q)
    return Among(one.source, lacks.q & ~has.q, is_negated=True)


def restricted(q: Q, customer_ids: Sequence[int]) -> Q:
    """The same question, asked of these customers only: every set inside is of theirs alone.

    Otherwise the database would group the sales of the whole clinic to answer for one of them.
    """
    children = []
    for child in q.children:
        if isinstance(child, Q):
            children.append(restricted(child, customer_ids))
            continue
        lookup, value = child
        if lookup == "pk__in" and isinstance(value, QuerySet):
            (customer,) = value.query.values_select
            value = value.filter(**{f"{customer}__in": customer_ids})
        children.append((lookup, value))
    return Q(*children, _connector=q.connector, _negated=q.negated)
