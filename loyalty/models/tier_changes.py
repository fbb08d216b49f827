"""Why somebody moved on the ladder."""

from django.db import models

from loyalty.models.ladder import Tier
from loyalty.models.ledger import Account
from tenancy.erasure import keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class TierChange(TenantModel):
    """Why an account changed its tier: window, purchases that counted, ladder of that day."""

    erasure = keep_rows("the books: sums and days, under the customer's number")
    wall_privileges = ("SELECT", "INSERT")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="tier_changes")
    old_tier = TenantForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="+")
    new_tier = TenantForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="+")
    changed_on = models.DateField()
    receipt = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-changed_on", "-pk"]
        indexes = [models.Index(fields=["clinic", "account"], name="tier_change_of_account")]

    def __str__(self) -> str:
        return f"{self.old_tier_id} → {self.new_tier_id}"
