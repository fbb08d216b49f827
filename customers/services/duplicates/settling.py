"""A pair is settled: different for ever, merged by hand, or merged by itself where that is on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import DuplicatePair
from customers.services.merging import merge_customers
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

State = DuplicatePair.State


@transaction.atomic
def call_different(*, pair_id: int, by: Membership, at: datetime) -> DuplicatePair:
    """These are two people; the finder will not ask again. Raises DomainError pair_settled."""
    pair = _open_pair(pair_id)
    pair.state, pair.decided_at, pair.decided_by = State.DIFFERENT, at, by
    pair.save(update_fields=["state", "decided_at", "decided_by"])
    record(action="duplicate.called_different", by=by, subject=pair)
    return pair


@transaction.atomic
def reopen(*, pair_id: int, by: Membership) -> DuplicatePair:
    """Somebody erred: ask about this pair again."""
    pair = DuplicatePair.objects.select_for_update(of=("self",)).filter(pk=pair_id).first()
    if pair is None or pair.state != State.DIFFERENT:
        raise DomainError(_("Only a pair called different can be asked about again."))
    pair.state, pair.decided_at, pair.decided_by = State.OPEN, None, None
    pair.save(update_fields=["state", "decided_at", "decided_by"])
    record(action="duplicate.reopened", by=by, subject=pair)
    return pair


def _open_pair(pair_id: int) -> DuplicatePair:
    pair = DuplicatePair.objects.select_for_update(of=("self",)).filter(pk=pair_id).first()
    if pair is None or pair.state != State.OPEN:
        raise DomainError(_("Somebody has settled this pair in the meantime."), code="pair_settled")
    return pair


def merge_certain(*, at: datetime) -> int:
    """Merge every open pair that is certain, the older record standing; the number of merges.

    A chain of three is followed from the start: who was merged a moment ago is asked for where
    they went. A pair with a person called different from one of the two is left to people.
    """
    n_merged = 0
    certain = DuplicatePair.objects.filter(state=State.OPEN, decision="merge")
    for pair in certain.select_related("first", "second").order_by("-score", "pk"):
        one, other = (side.merged_into_id or side.pk for side in _fresh(pair))
        if one == other or _is_disputed(pair):
            continue
        merge_customers(
            survivor_id=min(one, other), merged_id=max(one, other), by=None, at=at,
            is_automatic=True,
        )  # fmt: skip
        n_merged += 1
    return n_merged


def _fresh(pair: DuplicatePair):
    for side in (pair.first, pair.second):
        side.refresh_from_db(fields=["merged_into"])
    return pair.first, pair.second


def _is_disputed(pair: DuplicatePair) -> bool:
    """Whether a third person is like one of the two and was called different from the other."""
    sides = [pair.first_id, pair.second_id]
    neighbours = [_called(side, State.DIFFERENT) for side in sides]
    likes = [_called(side, State.OPEN) | _called(side, State.MERGED) for side in sides]
    return bool(neighbours[0] & likes[1] or neighbours[1] & likes[0])


def _called(customer_id: int, state: str) -> set[int]:
    as_first = DuplicatePair.objects.filter(first=customer_id, state=state)
    as_second = DuplicatePair.objects.filter(second=customer_id, state=state)
    return {
        *as_first.values_list("second_id", flat=True),
        *as_second.values_list("first_id", flat=True),
    }
