"""Who is in a campaign."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.plans import Campaign
from customers.models import Customer
from tenancy.models import TenantForeignKey, TenantModel


class Enrolment(TenantModel):
    """One customer in one campaign, treated or held out by a stable hash at launch."""

    merge_collisions = "stay"  # both were enrolled and counted; the result keeps adding up

    class Arm(models.TextChoices):
        TREATED = "treated", _("Treated")
        HOLDOUT = "holdout", _("Held out")

    campaign = TenantForeignKey(Campaign, on_delete=models.PROTECT, related_name="enrolments")
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="enrolments")
    arm = models.CharField(max_length=8, choices=Arm)
    enrolled_on = models.DateField()
    enrolled_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="enrolment_once", fields=["clinic", "campaign", "customer"]
            ),
            models.UniqueConstraint(name="enrolment_arm_key", fields=["clinic", "id", "arm"]),
            models.CheckConstraint(
                name="enrolment_arm_known", condition=Q(arm__in=["treated", "holdout"])
            ),
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="enrolment_of_customer")]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.customer_id} {self.arm}"
