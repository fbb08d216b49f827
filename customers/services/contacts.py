"""The phones and e-mails of one customer, set as a whole by a person at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import ContactPoint, Customer
from customers.services.bulk_rows import insert_rows

MOST_OF_A_KIND = 20


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """One phone or e-mail as it shall stand; value: cleaned by the intake's own cleaning."""

    value: str
    label: str = ""
    is_valid: bool = True
    is_primary: bool = False


def contacts_as_drafts(customer: Customer, kind: str) -> list[ContactDraft]:
    """What stands now, the primary one first."""
    points = ContactPoint.objects.filter(customer=customer, kind=kind)
    return [ContactDraft(p.value, p.label, p.is_valid, p.is_primary) for p in points]


def settled(drafts: Sequence[ContactDraft]) -> list[ContactDraft]:
    """Each value once, exactly one primary (the first where none is chosen), primary first."""
    by_value = {draft.value: draft for draft in reversed(drafts)}
    once = [draft for draft in drafts if by_value[draft.value] is draft]
    chosen = next((draft.value for draft in drafts if draft.is_primary), None)
    chosen = chosen or (once[0].value if once else None)
    marked = [
        ContactDraft(draft.value, draft.label, draft.is_valid, draft.value == chosen)
        for draft in once
    ]
    return sorted(marked, key=lambda draft: not draft.is_primary)


def set_contacts(
    *, customer: Customer, kind: str, drafts: Sequence[ContactDraft], at: datetime
) -> bool:
    """Bring this kind to what is given; whether anything changed. Rows that stay keep their id."""
    wanted = settled(drafts)
    known = {p.value: p for p in ContactPoint.objects.filter(customer=customer, kind=kind)}
    values = {draft.value for draft in wanted}
    gone = [point.pk for value, point in known.items() if value not in values]
    moved = [draft for draft in wanted if _differs(known.get(draft.value), draft)]
    if gone:
        ContactPoint.objects.filter(pk__in=gone).delete()
    stale = [p.pk for d in wanted if (p := known.get(d.value)) and p.is_primary > d.is_primary]
    if stale:  # demote before promoting: there is never more than one primary of a kind
        ContactPoint.objects.filter(pk__in=stale).update(is_primary=False)
    for draft in moved:
        if point := known.get(draft.value):
            ContactPoint.objects.filter(pk=point.pk).update(
                label=draft.label, is_valid=draft.is_valid, is_primary=draft.is_primary
            )
    new = [_row(customer, kind, draft, at) for draft in moved if draft.value not in known]
    insert_rows(ContactPoint, new)
    return bool(gone or moved)


def _differs(point: ContactPoint | None, draft: ContactDraft) -> bool:
    return point is None or (point.label, point.is_valid, point.is_primary) != (
        draft.label,
        draft.is_valid,
        draft.is_primary,
    )


def _row(customer: Customer, kind: str, draft: ContactDraft, at: datetime) -> dict[str, object]:
    return {
        "customer_id": customer.pk,
        "kind": kind,
        "value": draft.value,
        "label": draft.label,
        "is_valid": draft.is_valid,
        "is_primary": draft.is_primary,
        "created_at": at,
    }
