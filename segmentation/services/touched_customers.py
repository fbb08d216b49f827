"""Whose scores and segments a change may move: told by the marks that other systems read, too."""

from collections.abc import Sequence

from customers.models import Appointment, FeedMark, Interaction, Sale

_MODELS = {
    FeedMark.Kind.SALE: Sale,
    FeedMark.Kind.APPOINTMENT: Appointment,
    FeedMark.Kind.INTERACTION: Interaction,
}
FOLLOWED = (FeedMark.Kind.CUSTOMER, *_MODELS)
MOST_TOUCHED = 20_000  # marks; beyond (an import) the night sees to scores


def customers_of(marks: Sequence[FeedMark]) -> list[int]:
    """A sale, appointment or contact that is gone left its mark on the customer as well."""
    ids = {kind: [mark.record_id for mark in marks if mark.kind == kind] for kind in FOLLOWED}
    found = set(ids[FeedMark.Kind.CUSTOMER])
    for kind, model in _MODELS.items():
        if ids[kind]:
            found |= set(model.objects.filter(pk__in=ids[kind]).values_list("customer", flat=True))
    return sorted(found)
