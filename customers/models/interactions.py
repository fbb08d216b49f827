from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from tenancy.erasure import PSEUDONYM, blank_columns
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Interaction(TenantModel):
    """One touch between a customer and the clinic that is no visit and no purchase."""

    erasure = blank_columns("customer", summary="", external_id=PSEUDONYM, stays=("source",))

    class Kind(models.TextChoices):
        SITE_VISIT = "site_visit", _("Looked at our site")
        MESSAGE = "message", _("Message")
        CALL = "call", _("Call")
        LIKE = "social_like", _("Liked a post")
        COMMENT = "social_comment", _("Commented on a post")
        SHARE = "social_share", _("Shared a post")
        CONVERSATION = "service_conversation", _("Talk with customer service")
        COMPLAINT = "complaint", _("Complaint")

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        SMS = "sms", _("SMS")
        EMAIL = "email", _("E-mail")
        WECHAT = "wechat", _("WeChat")
        MOMENTS = "moments", _("WeChat Moments")
        XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
        DOUYIN = "douyin", _("Douyin")
        WEBSITE = "website", _("Website")
        DESK = "desk", _("At the desk")
        OTHER = "other", _("Another way")

    class Direction(models.TextChoices):
        INBOUND = "in", _("From the customer")
        OUTBOUND = "out", _("From us")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="interactions")
    kind = models.CharField(max_length=24, choices=Kind)
    channel = models.CharField(max_length=16, choices=Channel)
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.INBOUND)
    occurred_at = models.DateTimeField()
    summary = models.CharField(max_length=2_000, blank=True)
    by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source = models.CharField(max_length=60)  # "desk", or the system that told us
    external_id = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="interaction_once", fields=["clinic", "source", "external_id"]
            ),
            models.CheckConstraint(name="interaction_has_id", condition=~Q(external_id="")),
            models.CheckConstraint(
                name="interaction_kind_known",
                condition=Q(
                    kind__in=[
                        "site_visit",
                        "message",
                        "call",
                        "social_like",
                        "social_comment",
                        "social_share",
                        "service_conversation",
                        "complaint",
                    ],
                    direction__in=["in", "out"],
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "customer", "-occurred_at"],
                include=["channel", "direction"],
                name="interaction_of_customer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d}"
