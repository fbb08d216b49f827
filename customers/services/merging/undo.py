"""A merge taken back: both as they were. What came to the survivor since stays there."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.merge_steps import MergeContext, step_named
from customers.models import Customer, Merge
from customers.services import search_tokens
from customers.services.merging.journal import take_back
from customers.services.timeline import take_back_events
from tenancy.acting import untracked
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record


@dataclass(frozen=True)
class Undone:
    """n_left: rows changed, moved or deleted since the merge, which stay as they now are."""

    merge: Merge
    n_left: int


@transaction.atomic
def undo_merge(*, merge_id: int, by: Membership | None, at: datetime) -> Undone:
    """Restore both customers.

    Raises DomainError: undo_unknown, undone_already, undo_erased, undo_survivor_merged.
    """
    merge = Merge.objects.filter(pk=merge_id).first()
    if merge is None:
        raise DomainError(_("This merge is not known here."), code="undo_unknown")
    ids = sorted([merge.survivor_id, merge.merged_id])
    rows = Customer.with_merged.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    customers = {row.pk: row for row in rows}
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge_id)
    _refuse_where_needed(merge, customers)
    context = MergeContext(merge.pk, merge.survivor_id, merge.merged_id, by, at)
    with untracked():
        n_left = _take_back(merge, context)
        # What moved is back. The survivor's words are only stale where they were written anew.
        search_tokens.rebuild(ids if n_left else [merge.merged_id])
    take_back_events([context.key], kinds=["customer.merged"])
    Customer.with_merged.filter(pk__in=ids).update(updated_at=at)
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    record(
        action="merge.undone",
        by=by,
        subject=customers[merge.survivor_id],
        detail={"merged": merge.merged_id, "merge": merge.pk, "n_left": n_left},
    )
    return Undone(merge, n_left)


def _take_back(merge: Merge, context: MergeContext) -> int:
    n_left = 0
    for entry in reversed(merge.journal):
        if entry[0] == "step":
            step = step_named(entry[1])
            if step is not None:
                step.undo(context, entry[2])
        else:
            n_left += take_back(entry)
    return n_left


def _refuse_where_needed(merge: Merge, customers: dict[int, Customer]) -> None:
    if merge.undone_at is not None:
        raise DomainError(_("This merge was undone already."), code="undone_already")
    survivor = customers.get(merge.survivor_id)
    merged = customers.get(merge.merged_id)
    if survivor is None or merged is None or survivor.erased_at or merged.erased_at:
        raise DomainError(
            _("One of the two customers has been erased, so nothing can be restored."),
            code="undo_erased",
        )
    if survivor.merged_into_id is not None:
        raise DomainError(
            _("«%(name)s» has since been merged into another customer. Undo that merge first.")
            % {"name": survivor.name},
            code="undo_survivor_merged",
        )
