"""Points that are spoken for: holds, and adjustments that wait for a second person."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.ledger import Account, LedgerEntry
from tenancy.erasure import blank_columns
from tenancy.managers import ScopedManager, ScopedQuerySet
from tenancy.models import Membership, TenantForeignKey, TenantModel


class HoldQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(state=Hold.State.OPEN)

    def overdue(self, at: datetime) -> Self:
        """Open ones whose time is over: nobody has taken note of it yet."""
        return self.open().filter(ends_at__lte=at)


class Hold(TenantModel):
    """Points kept for a booking in progress: still the customer's, but not to be spent elsewhere.

    It ends as a redemption (captured), given up (released), or by itself at `ends_at` (lapsed).
    """

    # The books stay, under the customer's number; the reason is what somebody wrote.
    erasure = blank_columns("account__customer", reason="", stays=("idempotency_key",))

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CAPTURED = "captured", _("Redeemed")
        RELEASED = "released", _("Released")
        LAPSED = "lapsed", _("Lapsed")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    points = models.BigIntegerField()
    idempotency_key = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    actor = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    entry = TenantForeignKey(  # the redemption it became
        LedgerEntry, on_delete=models.PROTECT, null=True, related_name="holds"
    )
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager.from_queryset(HoldQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="hold_key_once", fields=["clinic", "idempotency_key"]),
            models.CheckConstraint(name="hold_points_positive", condition=Q(points__gte=1)),
            models.CheckConstraint(name="hold_ends_later", condition=Q(ends_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="hold_captured_has_entry",
                condition=Q(state="captured", entry__isnull=False)
                | (~Q(state="captured") & Q(entry__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "account"], condition=Q(state="open"), name="hold_open"),
            models.Index(fields=["clinic", "ends_at"], condition=Q(state="open"), name="hold_due"),
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.state}"


class AdjustmentRequest(TenantModel):
    """An adjustment above the programme's limit: posted only when a second person agrees."""

    # The books stay, under the customer's number; the reason is what somebody wrote.
    erasure = blank_columns("account__customer", reason="", stays=("idempotency_key",))

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="requests")
    points = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    idempotency_key = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    entry = TenantForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="adjustment_request_once", fields=["clinic", "idempotency_key"]
            ),
            models.CheckConstraint(
                name="adjustment_needs_another_person",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="adjustment_decided_by_somebody",
                condition=Q(state="waiting", decided_by__isnull=True, entry__isnull=True)
                | Q(state="approved", decided_by__isnull=False, entry__isnull=False)
                | Q(state="refused", decided_by__isnull=False, entry__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "account"],
                condition=Q(state="waiting"),
                name="adjustment_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.state}"
