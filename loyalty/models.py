from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Sale
from tenancy.erasure import keep_rows
from tenancy.managers import ScopedManager, ScopedQuerySet
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Programme(TenantModel):
    """One scheme of points and tiers; how points are earned stands in its EarnRules."""

    erasure = keep_rows("the programme")

    name = models.CharField(max_length=120)
    points_expire_after_days = models.PositiveIntegerField(null=True, blank=True, default=730)
    point_value_minor = models.DecimalField(max_digits=8, decimal_places=3, default=1)
    breakage_rate = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    tier_window_days = models.PositiveIntegerField(default=365)
    is_default = models.BooleanField(default=True)
    starts_on = models.DateField()  # sales before this day earn nothing
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="programme_name_once", fields=["clinic", "name"]),
            models.UniqueConstraint(
                name="programme_one_default", fields=["clinic"], condition=Q(is_default=True)
            ),
            models.CheckConstraint(
                name="programme_value_not_negative", condition=Q(point_value_minor__gte=0)
            ),
            models.CheckConstraint(
                name="programme_breakage_is_rate",
                condition=Q(breakage_rate__gte=0, breakage_rate__lte=1),
            ),
            models.CheckConstraint(
                name="programme_windows_positive",
                condition=Q(tier_window_days__gte=1)
                & (Q(points_expire_after_days__isnull=True) | Q(points_expire_after_days__gte=1)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EarnRule(TenantModel):
    """From this day a sale earns `points_per_unit` points for each major unit of its net.

    A sale keeps to the rule of its own day, whenever it is reported or corrected.
    """

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="earn_rules")
    effective_on = models.DateField()
    points_per_unit = models.DecimalField(max_digits=8, decimal_places=3)

    class Meta(TenantModel.Meta):
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="earn_rule_once_a_day", fields=["clinic", "programme", "effective_on"]
            ),
            models.CheckConstraint(
                name="earn_rule_rate_not_negative", condition=Q(points_per_unit__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points_per_unit} from {self.effective_on}"


class TierQuerySet(ScopedQuerySet):
    def on_ladder(self) -> Self:
        return self.filter(retired_on__isnull=True)


class Tier(TenantModel):
    """A step of the ladder, reached by net spend within the programme's window."""

    erasure = keep_rows("the programme")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()
    min_spend_minor = models.BigIntegerField(default=0)
    benefits = models.TextField(blank=True)
    has_priority_booking = models.BooleanField(default=False, db_default=False)
    retired_on = models.DateField(
        null=True, blank=True
    )  # no longer on the ladder; history keeps it

    objects = ScopedManager.from_queryset(TierQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="tier_rank_once",
                fields=["clinic", "programme", "rank"],
                condition=Q(retired_on__isnull=True),
            ),
            models.UniqueConstraint(
                name="tier_name_once",
                fields=["clinic", "programme", "name"],
                condition=Q(retired_on__isnull=True),
            ),
            models.UniqueConstraint(
                name="tier_threshold_once",
                fields=["clinic", "programme", "min_spend_minor"],
                condition=Q(retired_on__isnull=True),
            ),
            models.CheckConstraint(
                name="tier_threshold_not_negative", condition=Q(min_spend_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


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
