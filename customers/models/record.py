"""What completes a customer's record: its change trail, own fields, guardians, sources."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from tenancy.erasure import delete_rows, keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class CustomerChange(TenantModel):
    """One field of one customer that changed, by whatever door. Written by the database itself.

    field: "name", "phone", "custom.shoe_size"; item: which one, where there are several.
    old, new: as text, "" for nothing; a reference as the id it held.
    actor: "member:7", "key:3", "import:12", "" for the system; actor_label: their name at the time.
    """

    erasure = delete_rows("customer")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=80)
    item = models.TextField(blank=True)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    actor = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=160, blank=True)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-changed_at", "-pk"]
        indexes = [
            models.Index(
                fields=["clinic", "customer", "-changed_at", "-id"], name="change_of_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.customer_id}"


class CustomField(TenantModel):
    """A field a clinic added to its customers; the values stand in `Customer.custom` by key."""

    erasure = keep_rows("the clinic's own fields")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")

    key = models.CharField(max_length=40)  # a-z, 0-9 and _; never changed, other systems use it
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind)
    choices = models.JSONField(default=list, blank=True)  # texts in their order; for a choice
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(name="custom_field_once", fields=["clinic", "key"]),
            models.CheckConstraint(
                name="custom_field_kind_known",
                condition=Q(kind__in=["text", "number", "date", "choice", "yes_no"]),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Guardian(TenantModel):
    """Who answers for a minor: another customer, or a name and phone."""

    erasure = delete_rows("customer", "guardian")
    merge_collisions = "drop"

    class Relation(models.TextChoices):
        MOTHER = "mother", _("Mother")
        FATHER = "father", _("Father")
        OTHER = "other", _("Other legal guardian")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="guardians")
    guardian = TenantForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="wards"
    )
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)  # E.164
    relation = models.CharField(max_length=8, choices=Relation)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="guardian_once",
                fields=["clinic", "customer", "guardian"],
                condition=Q(guardian__isnull=False),
            ),
            models.CheckConstraint(
                name="guardian_is_somebody", condition=Q(guardian__isnull=False) | ~Q(name="")
            ),
            models.CheckConstraint(
                name="guardian_is_another",
                condition=Q(guardian__isnull=True) | ~Q(guardian=F("customer")),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="guardian_of_customer"),
            models.Index(
                fields=["clinic", "guardian"],
                condition=Q(guardian__isnull=False),
                name="guardian_as_customer",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AcquisitionSource(TenantModel):
    """A way by which customers come, and what one won customer cost; named as on the customers."""

    erasure = keep_rows("the clinic's own list")

    name = models.CharField(max_length=80)
    cost_minor = models.BigIntegerField(null=True, blank=True)  # of one customer; None: not known
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="acquisition_source_once", fields=["clinic", "name"]),
            models.CheckConstraint(name="acquisition_source_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="acquisition_cost_not_negative",
                condition=Q(cost_minor__isnull=True) | Q(cost_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name
