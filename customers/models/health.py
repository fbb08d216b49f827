from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from customers.models.sealed_text import SealedTextField
from tenancy.erasure import blank_columns, keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class CustomerHealth(TenantModel):
    """What a treatment must know of a body: sealed, and read only through `services.health`.

    The two flags are plain, so that everybody at the desk can be warned without the text.
    """

    erasure = blank_columns(
        "customer",
        skin_type="",
        allergies="",
        contraindications="",
        medical_notes="",
        has_allergy=False,
        has_contraindication=False,
    )
    merge_collisions = "drop"  # services/merging/health.py has put both texts together by then

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="health_records")
    skin_type = SealedTextField(blank=True)
    allergies = SealedTextField(blank=True)
    contraindications = SealedTextField(blank=True)
    medical_notes = SealedTextField(blank=True)
    has_allergy = models.BooleanField(default=False)
    has_contraindication = models.BooleanField(default=False)
    updated_at = models.DateTimeField()
    updated_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="health_once", fields=["clinic", "customer"]),
        ]

    def __str__(self) -> str:
        return f"health of {self.customer_id}"


class HealthAccess(TenantModel):
    """One look at, or change of, somebody's health data. Never edited, never deleted.

    subject_id: the customer's id, no reference: the log outlives a merge and an erasure.
    """

    erasure = keep_rows("who looked, and why: never edited; the words are sealed")
    wall_privileges = ("SELECT", "INSERT")

    class Action(models.TextChoices):
        OPENED = "opened", _("Opened")
        CHANGED = "changed", _("Changed")

    class Right(models.TextChoices):
        CONSULTANT = "consultant", _("Consultant of the customer")
        REASON = "reason", _("Gave a reason")

    class Reason(models.TextChoices):
        NONE = "", "–"
        TREATMENT = "treatment", _("Treats the customer today")
        STANDS_IN = "stands_in", _("Stands in for the consultant")
        ASKED = "asked", _("The customer asked")
        EMERGENCY = "emergency", _("Emergency")
        OTHER = "other", _("Another reason")

    subject_id = models.BigIntegerField()
    member = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=10, choices=Action)
    right = models.CharField(max_length=12, choices=Right)
    reason = models.CharField(max_length=12, choices=Reason, blank=True)
    words = SealedTextField(blank=True)  # they may tell of the body, so they are sealed too
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["clinic", "subject_id", "-at"], name="health_access_of")]
        constraints = [
            models.CheckConstraint(
                name="health_access_has_reason", condition=Q(right="consultant") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"
