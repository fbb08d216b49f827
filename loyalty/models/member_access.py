"""How a customer gets to their own page: a link or code for once, then a session."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tenancy.erasure import delete_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class MemberLink(TenantModel):
    """A link or code that opens one customer's page once. Only a keyed hash of it is kept.

    customer: None for an address we do not know, so that asking looks the same from outside.
    """

    erasure = delete_rows("customer")

    class Kind(models.TextChoices):
        LINK = "link", _("Link")
        CODE = "code", _("Code")
        OWN = "own", _("Code to a new address")  # proves that it is theirs; opens nothing

    kind = models.CharField(max_length=4, choices=Kind)
    customer = TenantForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="member_links"
    )
    secret_hash = models.CharField(max_length=64)  # "" while its code waits to be sent
    contact_kind = models.CharField(max_length=8, blank=True)
    address = models.CharField(
        max_length=254, blank=True, db_default=""
    )  # of kind OWN: the new one
    n_tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    made_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["clinic", "customer", "created_at"], name="member_link_of"),
            models.Index(
                fields=["clinic", "secret_hash"],
                condition=~Q(secret_hash=""),
                name="member_link_by_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class MemberSession(TenantModel):
    """A browser that is let in to one customer's page until it expires or is ended."""

    erasure = delete_rows("customer")

    class Via(models.TextChoices):
        LINK = "link", _("Link")
        CODE = "code", _("Code")
        WECHAT = "wechat", _("WeChat")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="member_sessions")
    secret_hash = models.CharField(max_length=64)
    via = models.CharField(max_length=8, choices=Via)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="member_session_once", fields=["clinic", "secret_hash"])
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="member_session_of")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.via}"
