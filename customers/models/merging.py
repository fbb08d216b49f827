"""One person once: pairs that may be one person, and merges with what it takes to undo them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from tenancy.erasure import blank_columns, delete_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class DuplicatePair(TenantModel):
    """Two customers who may be one person. What somebody once called different stays different.

    score: probability, 0–1. reasons: codes of customers/matching/reasons.py, strongest first.
    """

    erasure = delete_rows("first", "second")
    merge_collisions = "never_moves"  # services/merging carries the decisions over

    class Decision(models.TextChoices):
        MERGE = "merge", _("Certain")
        REVIEW = "review", _("To be looked at")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        MERGED = "merged", _("Merged")
        DIFFERENT = "different", _("Different people")

    first = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    decision = models.CharField(max_length=6, choices=Decision)
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="duplicate_pair_once", fields=["clinic", "first", "second"]
            ),
            models.CheckConstraint(
                name="duplicate_pair_in_order", condition=Q(first__lt=F("second"))
            ),
            models.CheckConstraint(
                name="duplicate_score_is_probability", condition=Q(score__gte=0, score__lte=1)
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "second"], name="duplicate_pair_of_second"),
            models.Index(
                fields=["clinic", "-score", "id"],
                condition=Q(state="open"),
                name="duplicate_pair_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}/{self.second_id} {self.state}"


class Merge(TenantModel):
    """One customer taken into another. journal: every row that moved, changed or went, in order."""

    erasure = blank_columns("survivor", "merged", journal=[])
    merge_collisions = "never_moves"

    survivor = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    merged = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    is_automatic = models.BooleanField(default=False)
    journal = models.JSONField(default=list)
    n_moved = models.PositiveIntegerField(default=0)
    merged_at = models.DateTimeField()
    merged_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="merge_once", fields=["clinic", "merged"], condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(name="merge_of_two", condition=~Q(survivor=F("merged"))),
        ]
        indexes = [
            models.Index(fields=["clinic", "survivor"], name="merge_of_survivor"),
            models.Index(fields=["clinic", "-merged_at", "-id"], name="merge_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"


class DuplicateRules(TenantModel):
    """When a clinic's pairs are shown, and whether certain ones are merged without asking."""

    review_from = models.FloatField(default=0.5)
    certain_from = models.FloatField(default=0.999)
    merges_by_itself = models.BooleanField(default=False)
    last_full_search_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="duplicate_rules_once", fields=["clinic"]),
            models.CheckConstraint(
                name="duplicate_thresholds_in_order",
                condition=Q(review_from__gt=0, certain_from__lte=1)
                & Q(review_from__lte=F("certain_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_from}–{self.certain_from}"
