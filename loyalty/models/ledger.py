"""The books of points: double entry, added to and never edited.

An entry is a whole transaction in one row. Its `points` go to (or from) the customer's account and
at once from (or to) an account of the programme, `contra`, which the database itself derives from
the kind. One number stands on both sides, so no entry can fail to sum to zero
(docs/decisions/0013-one-row-two-sides.md).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Sale
from loyalty.models.ladder import Tier
from loyalty.models.programme import Programme
from tenancy.erasure import blank_columns
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Account(TenantModel):
    """A customer's account in one programme; `balance` always equals the sum of its entries."""

    merge_collisions = "stay"  # with its history; services/merging moves what it holds

    programme = TenantForeignKey(Programme, on_delete=models.PROTECT, related_name="accounts")
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts")
    balance = models.BigIntegerField(default=0)  # may be below zero after a refund: then it owes
    held = models.BigIntegerField(default=0, db_default=0)  # of its open holds together
    tier = TenantForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    tier_since_on = models.DateField(null=True, blank=True)
    tier_missed_on = models.DateField(null=True, blank=True)  # keeps it no more since; grace runs
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="account_once", fields=["clinic", "programme", "customer"]
            ),
            models.CheckConstraint(name="account_held_not_negative", condition=Q(held__gte=0)),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="account_of_customer"),
            models.Index(fields=["clinic", "tier"], name="account_by_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class LedgerEntry(TenantModel):
    """One movement of points, never edited."""

    # The books stay, under the customer's number; the reason is what somebody wrote.
    erasure = blank_columns(
        "account__customer", reason="", stays=("idempotency_key", "transfer_key")
    )
    wall_bulk = True
    wall_privileges = ("SELECT", "INSERT", "UPDATE (reason)")

    class Kind(models.TextChoices):
        ACCRUAL = "accrual", _("Earned")
        REDEMPTION = "redemption", _("Redeemed")
        RETURN = "return", _("Given back")
        EXPIRY = "expiry", _("Expired")
        REVERSAL = "reversal", _("Taken back")
        ADJUSTMENT = "adjustment", _("Adjusted")
        TRANSFER = "transfer", _("Transferred")

    class Contra(models.TextChoices):
        """The programme's own accounts."""

        ISSUED = "issued", _("Issued")
        REDEEMED = "redeemed", _("Redeemed")
        EXPIRED = "expired", _("Expired")
        ADJUSTED = "adjusted", _("Adjusted")
        TRANSFERRED = "transferred", _("Transferred")  # empty again at the end of each transaction

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
    rules = ArrayField(  # versions of the earn rules that decided, the base rate first
        models.BigIntegerField(), null=True
    )
    undoes = TenantForeignKey(  # of a return: the redemption whose points came back
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    transfer_key = models.CharField(  # the same on all entries of one transfer, which sum to zero
        max_length=120, blank=True, default="", db_default=""
    )
    contra = models.GeneratedField(
        expression=Case(
            When(kind="accrual", then=Value("issued")),
            When(kind__in=["redemption", "return"], then=Value("redeemed")),
            When(kind="expiry", then=Value("expired")),
            When(kind="transfer", then=Value("transferred")),
            default=Value("adjusted"),
        ),
        output_field=models.CharField(max_length=12, choices=Contra),
        db_persist=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-posted_on", "-pk"]
        constraints = [
            models.UniqueConstraint(name="ledger_key_once", fields=["clinic", "idempotency_key"]),
            models.CheckConstraint(
                name="ledger_sign_matches_kind",
                condition=Q(kind="accrual", points__gte=0)
                | Q(kind="return", points__gt=0)
                | Q(kind__in=["redemption", "expiry", "reversal"], points__lte=0)
                | Q(kind__in=["adjustment", "transfer"]),
            ),
            models.CheckConstraint(
                name="ledger_return_undoes",
                condition=Q(kind="return", undoes__isnull=False)
                | (~Q(kind="return") & Q(undoes__isnull=True)),
            ),
            models.CheckConstraint(
                name="ledger_transfer_has_key",
                condition=(Q(kind="transfer") & ~Q(transfer_key=""))
                | (~Q(kind="transfer") & Q(transfer_key="")),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "account", "posted_on"], name="ledger_statement"),
            models.Index(fields=["clinic", "posted_on", "kind"], name="ledger_by_day"),
            models.Index(
                fields=["clinic", "sale"], condition=Q(sale__isnull=False), name="ledger_of_sale"
            ),
            models.Index(
                fields=["clinic", "undoes"],
                condition=Q(undoes__isnull=False),
                name="ledger_undoing",
            ),
            models.Index(
                fields=["clinic", "transfer_key"],
                condition=~Q(transfer_key=""),
                name="ledger_of_transfer",
            ),
        ]

    @property
    def said(self) -> str:
        """The reason; our own words in the reader's language, what people wrote as it is."""
        return gettext(self.reason) if self.reason else ""

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"

    @property
    def against(self) -> str:
        """The programme's account on the other side, in words."""
        return str(self.Contra(self.contra).label)


class PointLot(TenantModel):
    """Points of one credit that are left. They can be spent until the day before `expires_on`.

    available_on: pending until then, because the sale may still be refunded; None: at once.
    The lots of an account always hold max(balance, 0) points together, pending ones included.
    """

    wall_bulk = True

    entry = TenantForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="lots")
    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    expires_on = models.DateField(null=True)
    available_on = models.DateField(null=True)

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


class LotUse(TenantModel):
    """What one entry took from a lot (> 0) or gave back to it (< 0), never edited.

    A lot's `remaining` is its points less the sum of its uses, so every lot can be recomputed.
    """

    wall_bulk = True

    wall_privileges = ("SELECT", "INSERT")

    lot = TenantForeignKey(PointLot, on_delete=models.PROTECT, related_name="uses")
    entry = TenantForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="uses")
    points = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="lot_use_moves_points", condition=~Q(points=0))]
        indexes = [models.Index(fields=["clinic", "entry"], name="lot_use_of_entry")]

    def __str__(self) -> str:
        return f"{self.points} of lot {self.lot_id}"
