"""Saved rules: made, changed, deleted. The rule is always checked first."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from segmentation.models import Segment
from segmentation.rules import ChoiceBook, clean_rule
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

LONGEST_NAME = 120
MOST_USERS_NAMED = 3


@transaction.atomic
def create_segment(*, name: str, rule: Any, by: Membership | None) -> Segment:
    """Save a rule under a name. Raises RuleRefused, and DomainError for the name."""
    segment = Segment(
        name=_clean_name(name), rule=clean_rule(rule, book=ChoiceBook()), created_by=by
    )
    _save(segment)
    record(action="segment.created", by=by, subject=segment)
    return segment


@transaction.atomic
def change_segment(*, segment: Segment, name: str, rule: Any, by: Membership | None) -> Segment:
    """Change name and rule. Raises RuleRefused, and DomainError for the name."""
    segment.name = _clean_name(name)
    segment.rule = clean_rule(rule, book=ChoiceBook())
    _save(segment)
    record(action="segment.changed", by=by, subject=segment)
    return segment


@transaction.atomic
def delete_segment(*, segment: Segment, by: Membership | None) -> None:
    """Delete a segment that nothing uses. Raises DomainError naming what does."""
    segment_id = segment.pk
    try:
        with transaction.atomic():
            segment.delete()
    except ProtectedError as error:
        users = sorted(str(one) for one in error.protected_objects)
        named = ", ".join(f"“{name}”" for name in users[:MOST_USERS_NAMED])
        if len(users) > MOST_USERS_NAMED:
            named = _("%(names)s and %(n)s more") % {
                "names": named, "n": len(users) - MOST_USERS_NAMED,
            }  # fmt: skip
        raise DomainError(
            _("“%(segment)s” is used by the campaign %(users)s and stays.")
            % {"segment": segment.name, "users": named},
            code="segment_in_use",
        ) from None
    record(action="segment.deleted", by=by, detail={"segment": segment_id})


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise DomainError(
            _("Give the segment a name of 1 to %(n)s characters.") % {"n": LONGEST_NAME},
            code="name_refused",
        )
    return name


def _save(segment: Segment) -> None:
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError:
        raise DomainError(
            _("There is a segment “%(name)s” already. Choose another name.")
            % {"name": segment.name},
            code="name_taken",
        ) from None
