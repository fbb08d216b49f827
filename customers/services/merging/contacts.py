"""Phones and e-mail addresses of both are kept; one of each kind is the first to be used."""

from customers.merge_steps import MergeContext
from customers.models import ContactPoint
from customers.services.merging.choices import Choices
from customers.services.merging.journal import Journal


def keep_one_primary(journal: Journal, context: MergeContext, choices: Choices) -> None:
    """choices: "phone" and "email" may be «merged»; else the survivor's stays first."""
    points = {
        side: list(ContactPoint.objects.filter(customer=pk).order_by("pk"))
        for side, pk in (("survivor", context.survivor_id), ("merged", context.merged_id))
    }
    for kind in ContactPoint.Kind.values:
        own = [point for point in points["survivor"] if point.kind == kind]
        other = [point for point in points["merged"] if point.kind == kind]
        if not own or not other:
            continue
        first = next((point for point in other if point.is_primary), None)
        wins = choices.get(kind) == "merged" and first is not None
        for point in own if wins else other:
            if point.is_primary:
                journal.change(ContactPoint, point.pk, {"is_primary": False})
        twin = next((point for point in own if first and point.value == first.value), None)
        if wins and twin is not None:  # the same number on both: theirs goes, ours takes its place
            journal.change(ContactPoint, twin.pk, {"is_primary": True})
