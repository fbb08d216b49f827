"""What a tier gives, and what customers do for points."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Treatment
from loyalty.models.ladder import Tier
from loyalty.models.ledger import Account, LedgerEntry
from loyalty.models.programme import Programme
from loyalty.models.rules import EarnRule
from segmentation.models import Segment
from tenancy.erasure import blank_columns, keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Benefit(TenantModel):
    """One right of a tier (None: of every member), for everybody or for who is in a segment."""

    erasure = keep_rows("the programme")

    class Kind(models.TextChoices):
        DISCOUNT = "discount", pgettext_lazy("benefit", "Discount")
        TREATMENT = "treatment", _("Free treatment")
        PRIORITY = "priority", _("Priority booking")
        CONSULTANT = "consultant", _("Own consultant")
        EVENTS = "events", _("Invitations to events")
        BIRTHDAY = "birthday", _("Birthday gift")
        OTHER = "other", _("Something else")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="benefits")
    tier = TenantForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="rights"
    )
    segment = TenantForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=120, blank=True)
    discount_rate = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    treatment = TenantForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    times_a_year = models.PositiveSmallIntegerField(default=1)
    cost_minor = models.BigIntegerField(default=0)  # of one time, to the clinic
    retired_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        indexes = [models.Index(fields=["clinic", "programme"], name="benefit_of_programme")]
        constraints = [
            models.CheckConstraint(
                name="benefit_discount_is_rate",
                condition=Q(discount_rate__isnull=True)
                | Q(discount_rate__gt=0, discount_rate__lte=1),
            ),
            models.CheckConstraint(
                name="benefit_cost_not_negative", condition=Q(cost_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class Joining(TenantModel):
    """How an account came to be: at the desk, by QR, by another system."""

    erasure = keep_rows("how an account was opened")
    wall_privileges = ("SELECT", "INSERT")

    class Through(models.TextChoices):
        DESK = "desk", _("At the desk")
        QR = "qr", _("QR code")
        API = "api", _("Another system")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="joinings")
    through = models.CharField(max_length=8, choices=Through)
    actor = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    joined_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="joining_once", fields=["clinic", "account"])]

    def __str__(self) -> str:
        return f"{self.through} {self.joined_on}"


class ActivityClaim(TenantModel):
    """Somebody did what earns fixed points; where a proof is asked for, a person looks at it."""

    erasure = blank_columns("account__customer", proof="", refusal="", stays=("key",))

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", pgettext_lazy("a proof", "Approved")
        REFUSED = "refused", pgettext_lazy("a proof", "Refused")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="claims")
    rule = TenantForeignKey(EarnRule, on_delete=models.PROTECT, related_name="claims")
    key = models.CharField(max_length=120)  # of what was done: once a key
    did_on = models.DateField()
    proof = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State)
    entry = TenantForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+")
    refusal = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    entered_by = TenantForeignKey(  # staff who noted it; None: the member or another system
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="activity_claim_once", fields=["clinic", "key"])
        ]
        indexes = [
            models.Index(fields=["clinic", "account"], name="activity_claim_of"),
            models.Index(
                fields=["clinic", "asked_at"],
                condition=Q(state="waiting"),
                name="activity_claim_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_address(self) -> bool:
        """Whether the proof can be opened in a browser."""
        return self.proof.lower().startswith(("https://", "http://"))
