import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenancy.erasure import keep_rows
from tenancy.models.base import TenantModel


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(name)s is not a time zone name such as Asia/Shanghai."), params={"name": name}
        )


class Clinic(models.Model):
    """One customer of ours: the wall runs around it. No tenant table, see docs/security.md."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    currency = models.CharField(max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")])
    language = models.CharField(
        max_length=8, choices=[("en", "English"), ("zh-hans", "简体中文")], default="en"
    )
    country = models.CharField(
        max_length=2,
        default="CN",
        validators=[RegexValidator(r"^[A-Z]{2}$")],
        help_text=_("Region in which phone numbers without a country code are read."),
    )
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # Windows of docs/glossary.md that a clinic may set for itself.
    rfm_window_days = models.PositiveIntegerField(null=True, blank=True, default=730)
    churn_horizon_days = models.PositiveIntegerField(default=180)
    outcome_window_days = models.PositiveIntegerField(default=30)
    holdout_percent = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(0), MaxValueValidator(90)]
    )
    quiet_from_hour = models.PositiveSmallIntegerField(
        default=21, validators=[MaxValueValidator(23)]
    )
    quiet_until_hour = models.PositiveSmallIntegerField(
        default=9, validators=[MaxValueValidator(23)]
    )
    max_messages_30_days = models.PositiveSmallIntegerField(default=4)
    # Campaigns to more customers need a second person; None: never.
    campaign_approval_above = models.PositiveIntegerField(null=True, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    sender_email = models.EmailField(blank=True)
    postal_address = models.CharField(max_length=200, blank=True)
    # Opened from a profile; {id}, {name}, {phone} stand for the customer's.
    booking_url = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="clinic_windows_positive",
                condition=Q(churn_horizon_days__gte=1, outcome_window_days__gte=1)
                & (Q(rfm_window_days__isnull=True) | Q(rfm_window_days__gte=1)),
            ),
            models.CheckConstraint(
                name="clinic_quiet_hours_on_the_clock",
                condition=Q(quiet_from_hour__lte=23, quiet_until_hour__lte=23),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Branch(TenantModel):
    """One address of a clinic."""

    erasure = keep_rows("the clinic's own")

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="branch_code_once", fields=["clinic", "code"]),
        ]

    def __str__(self) -> str:
        return self.name
