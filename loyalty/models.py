from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tenancy.models import TenantForeignKey, TenantModel


class Programme(TenantModel):
    """How points are earned: `points_per_unit` whole points for each major unit of net spend."""

    name = models.CharField(max_length=120)
    points_per_unit = models.DecimalField(max_digits=8, decimal_places=3, default=1)
    points_expire_after_days = models.PositiveIntegerField(null=True, blank=True, default=730)
    point_value_minor = models.DecimalField(max_digits=8, decimal_places=3, default=1)
    tier_window_days = models.PositiveIntegerField(default=365)
    is_default = models.BooleanField(default=True)
    starts_on = models.DateField()  # sales before this day earn nothing

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="programme_name_once", fields=["clinic", "name"]),
            models.UniqueConstraint(
                name="programme_one_default", fields=["clinic"], condition=Q(is_default=True)
            ),
            models.CheckConstraint(
                name="programme_rate_not_negative", condition=Q(points_per_unit__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tier(TenantModel):
    """A step of the ladder, reached by net spend within the programme's window."""

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()
    min_spend_minor = models.BigIntegerField(default=0)
    benefits = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(name="tier_rank_once", fields=["clinic", "programme", "rank"]),
            models.UniqueConstraint(name="tier_name_once", fields=["clinic", "programme", "name"]),
            models.UniqueConstraint(
                name="tier_threshold_once", fields=["clinic", "programme", "min_spend_minor"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Account(TenantModel):
    """A customer's account in one programme; `balance` always equals the sum of its entries."""

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
        indexes = [models.Index(fields=["clinic", "account", "posted_on"], name="ledger_statement")]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class PointLot(TenantModel):
    """Points of one accrual that are left, and when they expire."""

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
            )
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"


class TierChange(TenantModel):
    """Why an account changed its tier: window, spend that counted, thresholds of that day."""

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
