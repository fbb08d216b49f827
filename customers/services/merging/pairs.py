"""What was found or decided about the merged customer's likeness to others holds for both."""

from customers.merge_steps import MergeContext
from customers.models import DuplicatePair
from customers.services.merging.journal import Journal


def carry_over(journal: Journal, context: MergeContext) -> None:
    """The pair of the two is settled; every other pair of the merged one is the survivor's too.

    «Different» is remembered: it wins over an open pair.
    """
    survivor, merged = context.survivor_id, context.merged_id
    for pair in DuplicatePair.objects.filter(**_pair(survivor, merged)):
        _settle(journal, pair, DuplicatePair.State.MERGED, context)
    for pair in _pairs_of(merged):
        other = pair.second_id if pair.first_id == merged else pair.first_id
        if other == survivor or pair.state == DuplicatePair.State.MERGED:
            continue
        own = DuplicatePair.objects.filter(**_pair(survivor, other)).first()
        if own is None:
            _copy(journal, pair, survivor, other)
        elif own.state == "open" and pair.state == "different":
            _settle(journal, own, DuplicatePair.State.DIFFERENT, context)


def _pairs_of(customer_id: int) -> list[DuplicatePair]:
    both = DuplicatePair.objects.filter(first=customer_id) | DuplicatePair.objects.filter(
        second=customer_id
    )
    return list(both.order_by("pk"))


def _pair(one: int, other: int) -> dict[str, int]:
    return {"first_id": min(one, other), "second_id": max(one, other)}


def _settle(journal: Journal, pair: DuplicatePair, state: str, context: MergeContext) -> None:
    by = context.by.pk if context.by else None
    values = {"state": str(state), "decided_at": context.at.isoformat(), "decided_by_id": by}
    journal.change(DuplicatePair, pair.pk, values)


def _copy(journal: Journal, pair: DuplicatePair, survivor: int, other: int) -> None:
    copy = DuplicatePair.objects.create(
        **_pair(survivor, other),
        score=pair.score,
        decision=pair.decision,
        reasons=pair.reasons,
        state=pair.state,
        found_at=pair.found_at,
        decided_at=pair.decided_at,
        decided_by=pair.decided_by,
    )
    journal.made(DuplicatePair, [copy.pk])
