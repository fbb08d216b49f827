"""A share of all customers whom no recall reaches for a while."""

from django.db import models
from django.db.models import F, Q

from tenancy.erasure import keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class ClinicHoldout(TenantModel):
    """Customers left out of every marketing campaign, by a stable hash, from one day to another.

    For clinics whose campaigns are too small to tell one by one: it measures all recalls together.
    """

    erasure = keep_rows("a share and two days")

    rate = models.FloatField()
    first_on = models.DateField()
    last_on = models.DateField()
    ended_on = models.DateField(null=True)  # None: it is held
    started_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-first_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="clinic_holdout_one_at_a_time",
                fields=["clinic"],
                condition=Q(ended_on__isnull=True),
            ),
            models.CheckConstraint(
                name="clinic_holdout_is_small_rate", condition=Q(rate__gt=0, rate__lte=0.3)
            ),
            models.CheckConstraint(
                name="clinic_holdout_days_in_order", condition=Q(last_on__gte=F("first_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate:.0%} {self.first_on} – {self.last_on}"
