"""The clinic's rates and revenue, kept for pages."""

from django.db import models

from tenancy.erasure import keep_rows
from tenancy.models import Branch, TenantForeignKey, TenantModel


class Figures(TenantModel):
    """Rates and revenue up to one day, counted once a night: see `analytics.services.figures`.

    One row a branch (customers at home there) and one for the whole clinic.
    """

    erasure = keep_rows("counts and sums of everybody")

    branch = TenantForeignKey(Branch, on_delete=models.CASCADE, null=True, related_name="+")
    as_of = models.DateField()
    data = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="figures_once_a_branch", fields=["clinic", "branch"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.branch or '*'} {self.as_of}"
