"""Saved rules: made, changed, deleted. The rule is always checked first."""

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from segmentation.compiling import names_of
from segmentation.models import Segment, SegmentMembership, SegmentRefresh
from segmentation.rules import ChoiceBook, RuleRefused, clean_rule
from segmentation.usage import refuse_if_used, rules_by_id, segments_in, uses_of
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn

LONGEST_NAME = 120
TURN = "segmentation.rules"  # two at once could close a circle, or take away what the other uses


@transaction.atomic
def create_segment(*, name: str, rule: Any, by: Membership | None) -> Segment:
    """Save a rule under a name. Raises RuleRefused, and DomainError for the name."""
    wait_for_turn(TURN)
    segment = Segment(
        name=clean_name(name), rule=clean_rule(rule, book=ChoiceBook()), created_by=by
    )
    _save(segment)
    record(action="segment.created", by=by, subject=segment)
    enqueue("segmentation.refresh_segment", segment_id=segment.pk)
    return segment


@transaction.atomic
def change_segment(*, segment: Segment, name: str, rule: Any, by: Membership | None) -> Segment:
    """Change name and rule. Raises RuleRefused; DomainError for the name, or for its users.

    A new name is always welcome; a new rule only while nobody relies on the old one.
    """
    wait_for_turn(TURN)
    segment.refresh_from_db(fields=["rule", "rule_version"])
    cleaned = clean_rule(rule, book=ChoiceBook())
    segment.name = clean_name(name)
    is_other_rule = cleaned != _read_before(segment)
    if is_other_rule:
        _refuse_circle(segment, cleaned)
        relying = [use for use in uses_of(segment) if not use.is_history]
        refuse_if_used(
            segment.name, relying,
            what_for=_("“%(name)s” is used by %(users)s: save the new rule under another name."),
        )  # fmt: skip
        segment.rule = cleaned
        segment.rule_version += 1
    _save(segment, update_fields=["name", "rule", "rule_version", "updated_at"])
    record(action="segment.changed", by=by, subject=segment)
    if is_other_rule:
        enqueue("segmentation.refresh_segment", segment_id=segment.pk)
    return segment


def _read_before(segment: Segment) -> dict[str, Any] | None:
    try:
        return clean_rule(segment.rule)
    except RuleRefused:
        return None


def _refuse_circle(segment: Segment, rule: dict[str, Any]) -> None:
    """A segment may not, over any number of others, refer to itself. Raises RuleRefused."""
    known = rules_by_id() | {segment.pk: (segment, rule)}
    waiting: list[tuple[int, ...]] = [(segment.pk,)]
    seen: set[int] = set()
    while waiting:
        path = waiting.pop()
        for pk in sorted(segments_in(known[path[-1]][1]) & known.keys()):
            if pk == segment.pk:
                names = names_of([known[one][0] for one in (*path, pk)])
                raise RuleRefused(_("Segments go round in a circle: %(path)s.") % {"path": names})
            if pk not in seen:
                seen.add(pk)
                waiting.append((*path, pk))


@transaction.atomic
def delete_segment(*, segment: Segment, by: Membership | None) -> None:
    """Delete a segment that nothing uses. Raises DomainError naming what does."""
    wait_for_turn(TURN)
    segment_id = segment.pk
    refuse_if_used(
        segment.name, uses_of(segment), what_for=_("“%(name)s” is used by %(users)s and stays.")
    )
    _delete_members(segment)
    segment.delete()
    record(action="segment.deleted", by=by, detail={"segment": segment_id})


def _delete_members(segment: Segment) -> None:
    """Straight in the database: there may be a million, and Django would read each."""
    with connection.cursor() as cursor:
        for model in (SegmentMembership, SegmentRefresh):
            cursor.execute(
                f"DELETE FROM {model._meta.db_table}"  # noqa: S608 our own name
                " WHERE clinic_id = %s AND segment_id = %s",
                [current_clinic_id(), segment.pk],
            )


def clean_name(name: str) -> str:
    """Raises DomainError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise DomainError(
            _("Give a name of 1 to %(n)s characters.") % {"n": LONGEST_NAME},
            code="name_refused",
        )
    return name


def _save(segment: Segment, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            segment.save(update_fields=update_fields)
    except IntegrityError:
        raise DomainError(
            _("There is a segment “%(name)s” already. Choose another name.")
            % {"name": segment.name},
            code="name_taken",
        ) from None
