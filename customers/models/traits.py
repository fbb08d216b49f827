from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from tenancy.erasure import delete_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class CustomerTrait(TenantModel):
    """What somebody at the clinic knows better than the purchases tell; it wins over them."""

    erasure = delete_rows("customer")
    merge_collisions = "drop"

    class Aspect(models.TextChoices):
        NATURE = "nature", _("Interested in")
        LEVEL = "level", _("Need level")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="traits")
    aspect = models.CharField(max_length=12, choices=Aspect)
    value = models.CharField(max_length=20)  # a value of Treatment.Nature or Treatment.Level
    said_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    said_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="customer_trait_once", fields=["clinic", "customer", "aspect"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.aspect}: {self.value}"
