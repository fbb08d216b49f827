"""The books of points."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Sale
from loyalty.models.ladder import Tier
from loyalty.models.programme import Programme
from tenancy.erasure import keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Account(TenantModel):
    """A customer's account in one programme; `balance` always equals the sum of its entries."""

    merge_collisions = "stay"  # with its history; services/merging moves what it holds

    programme = TenantForeignKey(Programme, on_delete=models.PROTECT, related_name="accounts")
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts")
    balance = models.BigIntegerField(default=0)  # may be below zero after a refund: then it owes
    tier = TenantForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    tier_since_on = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="account_once", fields=["clinic", "programme", "customer"])
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="account_of_customer"),
            models.Index(fields=["clinic", "tier"], name="account_by_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class LedgerEntry(TenantModel):
    """One movement of points, never edited."""

    erasure = keep_rows("the books: amounts and their reasons, under the customer's number")
    wall_privileges = ("SELECT", "INSERT")

    class Kind(models.TextChoices):
        ACCRUAL = "accrual", _("Earned")
        REDEMPTION = "redemption", _("Redeemed")
        EXPIRY = "expiry", _("Expired")
        REVERSAL = "reversal", _("Taken back")
        ADJUSTMENT = "adjustment", _("Adjusted")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    points = models.BigIntegerField()  # signed: credit > 0, debit < 0
    posted_on = models.DateField()
    idempotency_key = models.CharField(max_length=120)  # e.g. "sale:12"
    sale = TenantForeignKey(  # the sale or refund that moved these points
        Sale, on_delete=models.PROTECT, null=True, related_name="point_entries"
    )
    actor = TenantForeignKey(  # who stood at the desk; None: the nightly work
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-posted_on", "-pk"]
        constraints = [
            models.UniqueConstraint(name="ledger_key_once", fields=["clinic", "idempotency_key"]),
            models.CheckConstraint(
                name="ledger_sign_matches_kind",
                condition=Q(kind="accrual", points__gte=0)
                | Q(kind__in=["redemption", "expiry", "reversal"], points__lte=0)
                | Q(kind="adjustment"),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "account", "posted_on"], name="ledger_statement"),
            models.Index(fields=["clinic", "posted_on", "kind"], name="ledger_by_day"),
            models.Index(
                fields=["clinic", "sale"], condition=Q(sale__isnull=False), name="ledger_of_sale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class PointLot(TenantModel):
    """Points of one credit that are left. They can be spent until the day before `expires_on`.

    The lots of an account always hold max(balance, 0) points together.
    """

    entry = TenantForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="lots")
    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    expires_on = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["expires_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="lot_once", fields=["clinic", "entry"]),
            models.CheckConstraint(
                name="lot_never_overspent",
                condition=Q(remaining__gte=0, remaining__lte=F("points")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "account", "expires_on"],
                condition=Q(remaining__gt=0),
                name="lot_open",
            ),
            models.Index(
                fields=["clinic", "expires_on"], condition=Q(remaining__gt=0), name="lot_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"
