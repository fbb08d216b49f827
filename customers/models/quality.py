from django.db import models
from django.db.models import F, Q

from tenancy.erasure import keep_rows
from tenancy.models import Branch, TenantForeignKey, TenantModel


class QualityDay(TenantModel):
    """How good the records of one branch's customers were at the end of one night.

    branch: None for customers at home nowhere. n_known: agreed fields that are filled in, of
    n_customers × n_agreed.
    """

    erasure = keep_rows("sums over many customers")

    day_on = models.DateField()
    branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    n_customers = models.PositiveIntegerField()
    n_agreed = models.PositiveSmallIntegerField()
    n_known = models.PositiveBigIntegerField()
    n_no_phone = models.PositiveIntegerField()
    n_invalid_phone = models.PositiveIntegerField()
    n_no_birthday = models.PositiveIntegerField()
    n_no_consent = models.PositiveIntegerField()
    n_stale = models.PositiveIntegerField()
    n_possible_duplicates = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        ordering = ["day_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="quality_day_once",
                fields=["clinic", "day_on", "branch"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="quality_known_within_agreed",
                condition=Q(n_known__lte=F("n_customers") * F("n_agreed")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day_on} {self.branch_id}"
