from django.db import models
from django.db.models import F, Q

from customers.models.people import Customer
from customers.models.trade import Appointment, Sale, Treatment
from tenancy.erasure import PSEUDONYM, blank_columns, keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Package(TenantModel):
    """A course paid in advance: so many sessions of one treatment, until a last day.

    `n_used` is the number of its PackageSession rows; it moves with them, by a conditional UPDATE.
    """

    erasure = blank_columns("customer", external_id=PSEUDONYM, stays=("source",))

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="packages")
    treatment = TenantForeignKey(Treatment, on_delete=models.PROTECT, related_name="packages")
    sale = TenantForeignKey(
        Sale, on_delete=models.SET_NULL, null=True, blank=True, related_name="packages"
    )
    sold_on = models.DateField()
    valid_until_on = models.DateField(null=True, blank=True)  # None: for ever
    n_sessions = models.PositiveIntegerField()
    n_used = models.PositiveIntegerField(default=0)
    price_minor = models.BigIntegerField(default=0)
    sold_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-sold_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="package_once", fields=["clinic", "source", "external_id"]
            ),
            models.CheckConstraint(name="package_has_sessions", condition=Q(n_sessions__gte=1)),
            models.CheckConstraint(
                name="package_never_overused", condition=Q(n_used__lte=F("n_sessions"))
            ),
            models.CheckConstraint(
                name="package_ends_after_sale",
                condition=Q(valid_until_on__isnull=True) | Q(valid_until_on__gte=F("sold_on")),
            ),
            models.CheckConstraint(name="package_price_sane", condition=Q(price_minor__gte=0)),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="package_of_customer"),
            models.Index(
                fields=["clinic", "valid_until_on"],
                condition=Q(cancelled_at__isnull=True, n_used__lt=F("n_sessions")),
                name="package_open_until",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.treatment_id}: {self.n_used}/{self.n_sessions}"

    @property
    def n_left(self) -> int:
        return self.n_sessions - self.n_used


class PackageSession(TenantModel):
    """One session taken from a package: by an attended appointment, or written down by hand."""

    erasure = keep_rows("counts under the customer's number")

    package = TenantForeignKey(Package, on_delete=models.CASCADE, related_name="sessions")
    appointment = TenantForeignKey(
        Appointment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    used_on = models.DateField()
    by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=80)  # "appointment:12", or the form's own token
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["used_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="package_session_once", fields=["clinic", "key"])
        ]
        indexes = [
            models.Index(fields=["clinic", "package"], name="session_of_package"),
            models.Index(
                fields=["clinic", "appointment"],
                condition=Q(appointment__isnull=False),
                name="session_of_appointment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.used_on}"
