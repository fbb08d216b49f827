"""What campaigns did, day by day."""

from django.db import models
from django.db.models import F, Q

from campaigns.models import Campaign
from tenancy.erasure import keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class ReadOut(TenantModel):
    """What a campaign did by the end of one day: treated and holdout side by side."""

    erasure = keep_rows("counts and sums of a campaign")

    campaign = TenantForeignKey(Campaign, on_delete=models.CASCADE, related_name="read_outs")
    measured_on = models.DateField()
    is_final = models.BooleanField(default=False)  # the window is over and late files are in
    n_treated = models.PositiveIntegerField()
    n_holdout = models.PositiveIntegerField()
    n_treated_returned = models.PositiveIntegerField()
    n_holdout_returned = models.PositiveIntegerField()
    treated_net_minor = models.BigIntegerField(default=0)
    holdout_net_minor = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)
    detail = models.JSONField(default=dict)  # rates, intervals and the verdict
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-measured_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="read_out_once_a_day", fields=["clinic", "campaign", "measured_on"]
            ),
            models.CheckConstraint(
                name="read_out_returned_within_enrolled",
                condition=Q(n_treated_returned__lte=F("n_treated"))
                & Q(n_holdout_returned__lte=F("n_holdout")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.measured_on}"
