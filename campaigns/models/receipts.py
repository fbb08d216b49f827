"""What providers and readers report back about messages."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.outbox import Message
from campaigns.models.plans import Campaign
from campaigns.models.providers import ProviderAccount
from customers.models import Customer
from tenancy.erasure import blank_columns, keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class Receipt(TenantModel):
    """One report, kept once however often and in whatever order it comes.

    account: None for what our own pages saw (a click). customer and message: None where the report
    names nobody we know. is_machine: an opening by a mail scanner or proxy, counted apart.
    """

    erasure = blank_columns("customer", words="", stays=("kind", "receipt_id"))

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Could not be delivered")
        COMPLAINED = "complained", _("Reported as spam")
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        REPLIED = "replied", _("Replied")
        OPTED_OUT = "opted_out", _("Opted out")

    account = TenantForeignKey(
        ProviderAccount, on_delete=models.PROTECT, null=True, related_name="receipts"
    )
    receipt_id = models.CharField(max_length=120)
    message = TenantForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="receipts"
    )
    customer = TenantForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="receipts"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    is_machine = models.BooleanField(default=False)
    words = models.CharField(max_length=500, blank=True)  # a reply, or why it bounced
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="receipt_once",
                fields=["clinic", "account", "receipt_id"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="receipt_has_id", condition=~Q(receipt_id="")),
        ]
        indexes = [
            models.Index(fields=["clinic", "message"], name="receipt_of_message"),
            models.Index(fields=["clinic", "customer"], name="receipt_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.receipt_id}"


class LinkTarget(TenantModel):
    """Where a link of a campaign's text leads. Only what stands here is ever redirected to."""

    erasure = keep_rows("an address the clinic wrote into its text")

    campaign = TenantForeignKey(Campaign, on_delete=models.PROTECT, related_name="link_targets")
    url = models.CharField(max_length=1000)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="link_target_once", fields=["clinic", "campaign", "url"])
        ]

    def __str__(self) -> str:
        return self.url
