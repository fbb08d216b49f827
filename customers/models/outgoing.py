"""What we tell systems outside: who wants to hear what, and every delivery with its attempts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from customers.models.sealed_text import SealedTextField
from tenancy.erasure import delete_rows, keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class Subscription(TenantModel):
    """An address that is told of events. kinds: names of services/outgoing/kinds.py."""

    erasure = keep_rows("the clinic's own connections")

    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    is_paused = models.BooleanField(default=False)  # paused: events are kept, none is sent
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="subscription_name_once", fields=["clinic", "name"])
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionSecret(TenantModel):
    """What we sign with; sealed. Two sign while one takes the other's place."""

    erasure = keep_rows("keys of programs")

    subscription = TenantForeignKey(Subscription, on_delete=models.CASCADE, related_name="secrets")
    text = SealedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "subscription"], name="secret_of_subscription")]

    def __str__(self) -> str:
        return f"secret {self.pk}"


class Delivery(TenantModel):
    """One event for one subscription, from the transaction of the event until it was taken.

    body: as signed, the same bytes in every attempt. retry_from: where the three days begin.
    A customer's next event waits until this one is delivered or dead.
    """

    erasure = delete_rows("customer")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Given up")

    subscription = TenantForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="deliveries"
    )
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    message_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField()
    retry_from = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    n_tries = models.PositiveIntegerField(default=0)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="delivery_once", fields=["clinic", "subscription", "message_id"]
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "subscription", "due_at", "id"],
                condition=Q(state="queued"),
                name="delivery_due",
            ),
            models.Index(
                fields=["clinic", "subscription", "customer", "id"],
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_order",
            ),
            models.Index(
                fields=["clinic", "subscription", "state", "-created_at"], name="delivery_log"
            ),
            models.Index(fields=["clinic", "customer"], name="delivery_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class DeliveryAttempt(TenantModel):
    """One call: what the other side answered, and how long it took."""

    erasure = delete_rows("delivery__customer")
    wall_privileges = ("SELECT", "INSERT", "DELETE")

    delivery = TenantForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # None: no answer
    latency_ms = models.PositiveIntegerField()
    excerpt = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["clinic", "delivery"], name="attempt_of_delivery")]

    def __str__(self) -> str:
        return f"{self.status or self.error}"
