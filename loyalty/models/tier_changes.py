"""Why somebody moved on the ladder, and who was invited up."""

from django.db import models
from django.db.models import F, Q

from loyalty.models.ladder import LadderDraft, LadderVersion, Tier
from loyalty.models.ledger import Account
from tenancy.erasure import blank_columns, keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class TierChange(TenantModel):
    """Why an account changed its tier: window, purchases that counted, ladder of that day."""

    erasure = keep_rows("the books: sums and days, under the customer's number")
    wall_privileges = ("SELECT", "INSERT")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="tier_changes")
    old_tier = TenantForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="+")
    new_tier = TenantForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="+")
    version = TenantForeignKey(
        LadderVersion, on_delete=models.PROTECT, null=True, related_name="tier_changes"
    )
    changed_on = models.DateField()
    receipt = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-changed_on", "-pk"]
        indexes = [
            models.Index(fields=["clinic", "account"], name="tier_change_of_account"),
            models.Index(
                fields=["clinic", "version"],
                condition=Q(version__isnull=False),
                name="tier_change_by_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_tier_id} → {self.new_tier_id}"


class TierInvitation(TenantModel):
    """A tier given by the clinic: the customer stands at least there while it lasts."""

    erasure = blank_columns("account__customer", reason="")

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    tier = TenantForeignKey(Tier, on_delete=models.PROTECT, related_name="invitations")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)  # last day; None: until it is ended
    reason = models.CharField(max_length=200)
    invited_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-from_on", "-pk"]
        indexes = [models.Index(fields=["clinic", "account"], name="tier_invitation_of")]
        constraints = [
            models.CheckConstraint(
                name="tier_invitation_ends_after_start",
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tier_id} from {self.from_on}"


class DraftMove(TenantModel):
    """Somebody whom a draft would move: where they stand today, and where they would."""

    erasure = keep_rows("numbers, under the customer's number")

    class Kind(models.TextChoices):
        RISES = "rises"
        FALLS = "falls"
        STAYS = "stays"  # in the end; but not on the day the draft is published

    draft = TenantForeignKey(LadderDraft, on_delete=models.CASCADE, related_name="moves")
    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    old_rank = models.SmallIntegerField()  # −1: no tier
    new_rank = models.SmallIntegerField()  # had the draft always been in force
    at_once_rank = models.SmallIntegerField(default=-1)  # on the day it is published
    old_name = models.CharField(max_length=80, blank=True)
    new_name = models.CharField(max_length=80, blank=True)
    spend_minor = models.BigIntegerField(default=0)  # in the draft's window
    n_returns = models.PositiveIntegerField(default=0)  # fell and was back within 60 days

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="draft_move_once", fields=["clinic", "draft", "account"])
        ]

    def __str__(self) -> str:
        return f"{self.old_rank} → {self.new_rank}"
