from typing import Self

from django.db import models
from django.db.models import F, Q

from customers.models.people import Customer
from customers.models.sealed_text import SealedTextField
from customers.models.trade import Treatment
from tenancy.erasure import blank_columns
from tenancy.managers import ScopedManager, ScopedQuerySet
from tenancy.models import Membership, TenantForeignKey, TenantModel


class AdverseEventQuerySet(ScopedQuerySet):
    def still_open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class AdverseEvent(TenantModel):
    """Something bad that happened after a treatment, and who looks after it until it is over.

    While one is open nothing is advertised to this customer. What happened is health data: sealed,
    and read as such (`services.health`); that there is one, since when and who follows it, is not.
    """

    erasure = blank_columns("customer", words="", outcome="")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="adverse_events")
    treatment = TenantForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    happened_on = models.DateField()
    words = SealedTextField()
    follower = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    noted_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = SealedTextField(blank=True)

    objects = ScopedManager.from_queryset(AdverseEventQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["-happened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="adverse_event_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_by__isnull=False, closed_at__gte=F("noted_at")),
            )
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="adverse_event_of_customer"),
            models.Index(
                fields=["clinic", "follower"],
                condition=Q(closed_at__isnull=True),
                name="adverse_event_to_follow",
            ),
        ]

    def __str__(self) -> str:
        return f"adverse event of {self.customer_id} on {self.happened_on}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
