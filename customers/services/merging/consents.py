"""Of two records of one person the stricter word stands: a no beats any yes."""

from customers.merge_steps import MergeContext
from customers.models import Consent
from customers.services.merging.journal import Journal
from customers.services.raw_rows import raw_rows

Slot = tuple[str, str]  # purpose, channel


def keep_the_stricter(journal: Journal, context: MergeContext) -> None:
    """Close or drop open consents so that, once moved, one word stands for each slot.

    A slot in which either record ended with a no is closed. Where both said yes, the survivor's
    stands. A yes beside silence stays: the person gave it.
    """
    survivor, merged = _slots(context.survivor_id), _slots(context.merged_id)
    for slot in sorted(survivor.keys() | merged.keys()):
        one, other = survivor.get(slot, []), merged.get(slot, [])
        open_rows = [row for row in (*one, *other) if row.withdrawn_at is None]
        is_refused = any(rows and _open_row(rows) is None for rows in (one, other))
        if is_refused:
            for row in open_rows:
                _close(journal, row, context)
        elif len(open_rows) > 1:
            own = _open_row(one)
            journal.drop(Consent, [row.pk for row in open_rows if row is not own])


def _slots(customer_id: int) -> dict[Slot, list[Consent]]:
    found: dict[Slot, list[Consent]] = {}
    for consent in Consent.objects.filter(customer=customer_id).order_by("pk"):
        found.setdefault((consent.purpose, consent.channel), []).append(consent)
    return found


def _open_row(rows: list[Consent]) -> Consent | None:
    return next((row for row in rows if row.withdrawn_at is None), None)


def _close(journal: Journal, row: Consent, context: MergeContext) -> None:
    given = raw_rows(Consent, [row.pk])[0]["given_at"]
    ended = context.at.isoformat() if context.at > row.given_at else given
    journal.change(Consent, row.pk, {"withdrawn_at": ended})
