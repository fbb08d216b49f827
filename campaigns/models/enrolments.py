"""Who is in a campaign, and how far on its journey."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.plans import Campaign
from campaigns.models.steps import Variant
from customers.models import Customer
from tenancy.erasure import keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class Enrolment(TenantModel):
    """One customer in one campaign on one occasion, treated or held out by a stable hash.

    step, due_at: what is done next, and when; 0 and None: the journey is over. Held out, nothing
    is ever done.
    """

    erasure = keep_rows("who was in what, and how far, in our own words")
    merge_collisions = "stay"  # both were enrolled and counted; the result keeps adding up

    class Arm(models.TextChoices):
        TREATED = "treated", _("Treated")
        HOLDOUT = "holdout", _("Held out")

    class Left(models.TextChoices):
        """Why the journey ended before its last step."""

        RETURNED = "returned", _("Came back")
        OPTED_OUT = "opted_out", _("Opted out")
        CANCELLED = "cancelled", _("Campaign was cancelled")
        OVER_BUDGET = "over_budget", _("The budget was used up")
        TOO_LATE = "too_late", _("Outcome window was over")
        UNREACHABLE = "unreachable", _("Could not be called")

    campaign = TenantForeignKey(Campaign, on_delete=models.PROTECT, related_name="enrolments")
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="enrolments")
    arm = models.CharField(max_length=8, choices=Arm)
    occasion = models.CharField(  # "birthday:2026", the day of a wave; "": launched once
        max_length=60, blank=True, default="", db_default=""
    )
    variant = TenantForeignKey(  # of the first message, by a stable hash
        Variant, on_delete=models.PROTECT, null=True, related_name="enrolments"
    )
    step = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField(null=True)  # the last message or call; branches look from here
    left_reason = models.CharField(
        max_length=12, choices=Left, blank=True, default="", db_default=""
    )
    enrolled_on = models.DateField()
    enrolled_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="enrolment_once", fields=["clinic", "campaign", "customer", "occasion"]
            ),
            models.UniqueConstraint(name="enrolment_arm_key", fields=["clinic", "id", "arm"]),
            models.CheckConstraint(
                name="enrolment_arm_known", condition=Q(arm__in=["treated", "holdout"])
            ),
            models.CheckConstraint(
                name="enrolment_holdout_stays",
                condition=Q(arm="treated") | Q(due_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="enrolment_of_customer"),
            models.Index(
                fields=["clinic", "campaign", "step", "due_at"],
                condition=Q(due_at__isnull=False),
                name="enrolment_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.customer_id} {self.arm}"


class FrozenBatch(TenantModel):
    """Some customers of an audience frozen at `frozen_at` who are still to be enrolled.

    Made in one statement, so that all batches are one look at the clinic; each is gone in the
    transaction that enrols its customers. They are taken in by number: of those who share an
    address, whoever comes first has it.
    """

    erasure = keep_rows("ids only, and gone within minutes")

    campaign = TenantForeignKey(Campaign, on_delete=models.CASCADE, related_name="frozen_batches")
    occasion = models.CharField(max_length=60, blank=True, default="", db_default="")
    number = models.PositiveIntegerField()
    customer_ids = ArrayField(models.BigIntegerField())
    frozen_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="frozen_batch_once", fields=["clinic", "campaign", "occasion", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: batch {self.number}"
