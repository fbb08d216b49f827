"""Saved views of the customers' list: everybody keeps their own, and may share them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from customers.models import SavedView
from tenancy.exceptions import DomainError
from tenancy.models import Membership

LONGEST_NAME = 80
MOST_VIEWS = 30


def views_of(member: Membership) -> QuerySet[SavedView]:
    """Their own and the shared ones."""
    return SavedView.objects.filter(Q(owner=member) | Q(is_shared=True))


@transaction.atomic
def save_view(*, name: str, saved: Mapping[str, Any], is_shared: bool, by: Membership) -> SavedView:
    """Keep a list under a name; the same name of the same member again replaces it.

    saved: as `ListAddress.saved`. Raises DomainError.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise DomainError(_("A view has a name of 1 to %(n)s characters.") % {"n": LONGEST_NAME})
    others = SavedView.objects.filter(owner=by).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise DomainError(_("%(n)s views are enough; delete one first.") % {"n": MOST_VIEWS})
    view, _made = SavedView.objects.update_or_create(
        owner=by, name=name, defaults={**saved, "is_shared": is_shared}
    )
    return view


def may_delete(view: SavedView, *, by: Membership) -> bool:
    """One's own; shared ones also those who lead."""
    return view.owner_id == by.pk or "segments.edit" in by.capabilities
