"""What a campaign is to do."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from segmentation.models import Segment
from tenancy.erasure import keep_rows
from tenancy.models import Branch, Job, Membership, TenantForeignKey, TenantModel


class Campaign(TenantModel):
    """A recall: one segment, one message, a holdout kept back, an outcome window."""

    erasure = keep_rows("what the clinic wrote to everybody")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LAUNCHING = "launching", _("Launching")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(max_length=120)
    segment = TenantForeignKey(Segment, on_delete=models.PROTECT, related_name="campaigns")
    branch = TenantForeignKey(  # only customers whose home it is; None: all branches
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    subject = models.CharField(max_length=200)
    body = models.TextField()  # Liquid over the merge fields of campaigns/merge_fields.py
    holdout_rate = models.FloatField(default=0.1)
    no_holdout_reason = models.CharField(max_length=300, blank=True)
    outcome_window_days = models.PositiveIntegerField(default=30)
    message_cost_minor = models.PositiveIntegerField(default=0)
    respects_quiet_hours = models.BooleanField(default=True)
    owner = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    job = TenantForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    launched_at = models.DateTimeField(null=True)
    launched_on = models.DateField(null=True)  # the clinic's local day

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="campaign_holdout_is_rate",
                condition=Q(holdout_rate__gte=0, holdout_rate__lte=0.9),
            ),
            models.CheckConstraint(
                name="campaign_without_holdout_says_why",
                condition=Q(holdout_rate__gt=0) | ~Q(no_holdout_reason="") | Q(state="draft"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
