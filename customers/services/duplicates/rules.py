"""When this clinic's pairs are shown, and whether certain ones are merged without asking."""

from customers.matching import Thresholds
from customers.models import DuplicateRules


def rules_of_clinic() -> DuplicateRules:
    """The clinic's rules; the defaults where it never said."""
    return DuplicateRules.objects.first() or DuplicateRules()


def thresholds_of(rules: DuplicateRules) -> Thresholds:
    return Thresholds(review=rules.review_from, merge=rules.certain_from)


def save_rules(*, review_from: float, certain_from: float, merges_by_itself: bool) -> None:
    DuplicateRules.objects.update_or_create(
        defaults={
            "review_from": review_from,
            "certain_from": certain_from,
            "merges_by_itself": merges_by_itself,
        }
    )
