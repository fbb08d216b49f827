from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from tenancy.erasure import PSEUDONYM, blank_columns, keep_rows
from tenancy.models import Branch, Membership, TenantForeignKey, TenantModel


class Treatment(TenantModel):
    """One entry of the catalogue; `interval_days` is the usual time until it is due again."""

    erasure = keep_rows("the catalogue")

    class Nature(models.TextChoices):
        CARE = "care", _("Care")
        SURGERY = "surgery", _("Surgery")

    class Level(models.TextChoices):
        BASIC = "basic", _("Basic")
        PREMIUM = "premium", _("Premium")

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=80, blank=True)
    nature = models.CharField(max_length=8, choices=Nature, blank=True, db_default="")
    level = models.CharField(max_length=8, choices=Level, blank=True, db_default="")
    interval_days = models.PositiveIntegerField(null=True, blank=True)  # None: never recurs
    interval_min_days = models.PositiveIntegerField(null=True, blank=True)  # due from …
    interval_max_days = models.PositiveIntegerField(null=True, blank=True)  # … until, if known
    min_clinical_interval_days = models.PositiveIntegerField(default=0)
    course_length = models.PositiveIntegerField(default=1)
    price_minor = models.BigIntegerField(null=True, blank=True)
    cost_minor = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="treatment_code_once", fields=["clinic", "code"]),
            models.CheckConstraint(
                name="treatment_interval_positive",
                condition=Q(interval_days__isnull=True) | Q(interval_days__gte=1),
            ),
            models.CheckConstraint(
                name="treatment_range_around_interval",
                condition=(
                    Q(interval_min_days__isnull=True)
                    | Q(interval_min_days__gte=1, interval_min_days__lte=F("interval_days"))
                )
                & (
                    Q(interval_max_days__isnull=True) | Q(interval_max_days__gte=F("interval_days"))
                ),
            ),
            models.CheckConstraint(
                name="treatment_range_needs_interval",
                condition=Q(interval_days__isnull=False)
                | Q(interval_min_days__isnull=True, interval_max_days__isnull=True),
            ),
            models.CheckConstraint(
                name="treatment_course_at_least_one", condition=Q(course_length__gte=1)
            ),
            models.CheckConstraint(
                name="treatment_money_not_negative",
                condition=(Q(price_minor__isnull=True) | Q(price_minor__gte=0))
                & (Q(cost_minor__isnull=True) | Q(cost_minor__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Appointment(TenantModel):
    erasure = blank_columns("customer", external_id=PSEUDONYM, stays=("source",))

    class Status(models.TextChoices):
        BOOKED = "booked", _("Booked")
        CONFIRMED = "confirmed", _("Confirmed")
        ATTENDED = "attended", _("Attended")
        NO_SHOW = "no_show", _("No-show")
        CANCELLED = "cancelled", _("Cancelled")

    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="appointments")
    treatment = TenantForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    consultant = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED)
    waiting_minutes = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="appointment_once", fields=["clinic", "source", "external_id"]
            ),
            models.CheckConstraint(
                name="appointment_ends_after_start",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="appointment_by_start"),
            models.Index(
                fields=["clinic", "customer", "starts_at"], name="appointment_of_customer"
            ),
            models.Index(  # who missed some is asked of millions of appointments
                fields=["clinic", "customer", "starts_at"],
                include=["id"],
                condition=Q(status="no_show"),
                name="appointment_missed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class Sale(TenantModel):
    """A sale or a refund of one. A refund has negative amounts and points at its sale."""

    erasure = blank_columns("customer", external_id=PSEUDONYM, stays=("source", "currency"))
    wall_bulk = True

    class Kind(models.TextChoices):
        SALE = "sale", _("Sale")
        REFUND = "refund", _("Refund")

    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SALE)
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="sales")
    refund_of = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="sales"
    )
    consultant = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="sales"
    )
    occurred_at = models.DateTimeField()
    occurred_on = models.DateField()  # the clinic's local day of occurred_at
    counts_on = models.DateField()  # the day it counts towards: a refund's is its sale's
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="sale_once", fields=["clinic", "source", "external_id"]),
            models.CheckConstraint(
                name="sale_net_is_gross_less_discount",
                condition=Q(net_minor=F("gross_minor") - F("discount_minor")),
            ),
            models.CheckConstraint(
                name="sale_sign_matches_kind",
                condition=Q(kind="sale", net_minor__gte=0, refund_of__isnull=True)
                | Q(kind="refund", net_minor__lte=0),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "customer", "counts_on"],
                include=["net_minor", "occurred_on", "id"],
                name="sale_purchase_days",
            ),
            models.Index(fields=["clinic", "occurred_on"], name="sale_by_day"),
            models.Index(
                fields=["clinic", "refund_of"],
                condition=Q(refund_of__isnull=False),
                name="sale_refunds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class SaleLine(TenantModel):
    """One treatment or product of a sale; `net_minor` is for the whole quantity."""

    # What was sold stays, under the customer's number; the name is whatever the till wrote.
    erasure = blank_columns("sale__customer", item_name="", stays=("item_code",))
    wall_bulk = True

    sale = TenantForeignKey(Sale, on_delete=models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField()
    treatment = TenantForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="sale_lines"
    )
    item_code = models.CharField(max_length=80, blank=True)
    item_name = models.CharField(max_length=300, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3, default=1)
    net_minor = models.BigIntegerField()
    cost_minor = models.BigIntegerField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["line_no", "pk"]
        constraints = [
            models.UniqueConstraint(name="sale_line_once", fields=["clinic", "sale", "line_no"])
        ]
        indexes = [
            models.Index(
                fields=["clinic", "treatment"],
                include=["sale"],  # who bought it is asked of millions of lines
                condition=Q(treatment__isnull=False),
                name="sale_line_treatment",
            )
        ]

    def __str__(self) -> str:
        return self.item_name or self.item_code
