from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from tenancy.erasure import delete_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class CustomerFile(TenantModel):
    """A picture or PDF about a customer; the bytes lie below MEDIA_ROOT, where no URL leads."""

    erasure = delete_rows("customer")

    class Kind(models.TextChoices):
        IMAGE = "image", _("Picture")
        PDF = "pdf", _("PDF")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=200)
    is_medical = models.BooleanField(default=False)
    content_type = models.CharField(max_length=40)
    n_bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels; None for a PDF
    height = models.PositiveIntegerField(null=True, blank=True)
    stored_path = models.CharField(max_length=300)  # below MEDIA_ROOT
    preview_path = models.CharField(max_length=300, blank=True)  # small picture; "" for a PDF
    added_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="customer_file_not_empty", condition=Q(n_bytes__gte=1) & ~Q(stored_path="")
            )
        ]
        indexes = [
            models.Index(fields=["clinic", "customer", "-added_at"], name="file_of_customer")
        ]

    def __str__(self) -> str:
        return self.title
