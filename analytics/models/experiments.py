"""Experiments that were run elsewhere and loaded from a file."""

from django.db import models
from django.db.models import F, Q

from tenancy.erasure import keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Experiment(TenantModel):
    """Counts, sums and checks of one file; whose rows they were is not kept.

    A file is known by its bytes (digest) and is kept once: reading it again with another mapping
    replaces what it says.
    """

    erasure = keep_rows("counts and sums of a file; no row of it is kept")

    name = models.CharField(max_length=200)
    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # SHA-256 of the file
    mapping = models.JSONField(default=dict)
    n_read = models.PositiveIntegerField()
    n_used = models.PositiveIntegerField()
    result = models.JSONField(default=dict)  # docs/experiments.md
    refused = models.JSONField(default=list)  # the first ones: row, column, code
    imported_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    imported_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-imported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="experiment_file_once", fields=["clinic", "digest"]),
            models.CheckConstraint(
                name="experiment_used_within_read", condition=Q(n_used__lte=F("n_read"))
            ),
        ]

    def __str__(self) -> str:
        return self.name
