"""What goes out, and where nothing may go."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.enrolments import Enrolment
from campaigns.models.plans import Campaign
from campaigns.models.providers import ProviderAccount
from campaigns.models.steps import Variant
from customers.models import Customer
from tenancy.erasure import PSEUDONYM, blank_columns, keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class Message(TenantModel):
    """The outbox: one row a treated customer and step, so the states always add up to the treated.

    A claim is a conditional UPDATE to `sending`; `handed_at` is written just before the provider
    hears of it. A lost claim that was never handed over goes back to the queue, any other becomes
    `unknown` and is not repeated. A message without address, or whose address another message of
    the campaign has, is `skipped` from the start. What may have gone out at `unclear_at` can only
    become `sent` or `unknown`: a later «no» is no word about the earlier call.
    """

    erasure = blank_columns(
        "customer",
        address=PSEUDONYM,
        error="",
        stays=("arm", "channel", "skip_reason", "occasion", "provider_ref"),
    )

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Left out")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")

    campaign = TenantForeignKey(Campaign, on_delete=models.PROTECT, related_name="messages")
    enrolment = TenantForeignKey(Enrolment, on_delete=models.PROTECT, related_name="messages")
    arm = models.CharField(max_length=8, default="treated")  # a holdout has no message
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="messages")
    step = models.PositiveSmallIntegerField(default=1)
    occasion = models.CharField(  # the enrolment's: next year's birthday is another intent
        max_length=60, blank=True, default="", db_default=""
    )
    variant = TenantForeignKey(  # what it says; None: the campaign's own subject and body
        Variant, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    channel = models.CharField(max_length=12, default="email")
    address = models.CharField(max_length=254, blank=True)  # lower case; "" when there is none
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    skip_reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    reference = models.UUIDField()  # ours, sent to the provider: as Message-ID, OutId …
    account = TenantForeignKey(  # None: the installation's own mail server
        ProviderAccount, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    provider_ref = models.CharField(max_length=120, blank=True, db_default="")  # theirs
    due_at = models.DateTimeField()
    ask_after = models.DateTimeField(null=True)  # unknown, and the provider can be asked from then
    n_parts = models.PositiveSmallIntegerField(default=1, db_default=1)  # of an SMS
    cost_minor = models.PositiveIntegerField(default=0, db_default=0)
    not_after = models.DateTimeField(null=True)  # then it would come too late
    claimed_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    unclear_at = models.DateTimeField(null=True)  # handed over then, repeated, never answered
    sent_at = models.DateTimeField(null=True)
    # The first report of each kind; openings by people only. All reports are in Receipt.
    delivered_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    n_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="message_one_an_intent",
                fields=["clinic", "campaign", "occasion", "step", "channel", "address"],
                condition=~Q(state="skipped"),
            ),
            models.UniqueConstraint(
                name="message_one_an_enrolment",
                fields=["clinic", "enrolment", "step", "channel"],
            ),
            models.UniqueConstraint(name="message_reference_once", fields=["clinic", "reference"]),
            models.CheckConstraint(name="message_never_to_holdout", condition=Q(arm="treated")),
            models.CheckConstraint(
                name="message_skipped_says_why",
                condition=Q(state="skipped", skip_reason__gt="")
                | (~Q(state="skipped") & Q(skip_reason="")),
            ),
            models.CheckConstraint(
                name="message_state_fits_times",
                condition=Q(state__in=["queued", "skipped", "failed"])
                | Q(state="sending", claimed_at__isnull=False)
                | Q(state="sent", sent_at__isnull=False)
                | Q(state="unknown", handed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_unclear_is_not_undone",
                condition=~Q(state__in=["skipped", "failed"]) | Q(unclear_at__isnull=True),
            ),
            models.CheckConstraint(
                name="message_has_address_or_is_skipped",
                condition=~Q(address="") | Q(state="skipped"),
            ),
        ]
        indexes = [
            models.Index(
                # id: a launch's messages are all due at once, and none may be sorted for a claim
                fields=["clinic", "campaign", "due_at", "id"],
                condition=Q(state="queued"),
                name="message_due",
            ),
            models.Index(
                fields=["clinic", "claimed_at"],
                condition=Q(state="sending"),
                name="message_in_flight",
            ),
            models.Index(fields=["clinic", "campaign", "state"], name="message_by_state"),
            models.Index(
                fields=["clinic", "campaign"],  # not handed_at: each intent would write all indexes
                condition=Q(state="unknown"),
                name="message_unknown",
            ),
            models.Index(
                fields=["clinic", "provider_ref"],
                condition=~Q(provider_ref=""),
                name="message_of_provider",
            ),
            models.Index(fields=["clinic", "customer", "sent_at"], name="message_frequency"),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class Suppression(TenantModel):
    """An address nobody may write to again, and why."""

    erasure = keep_rows("services/erasing.py drops the address where it is nobody else's")

    channel = models.CharField(max_length=12)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=40)  # "unsubscribed", "bounced", "by hand"
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="suppression_once", fields=["clinic", "channel", "address"]
            )
        ]

    def __str__(self) -> str:
        return self.address
