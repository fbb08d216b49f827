"""Schemes: what a programme promises, to whom, and when it was closed."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from segmentation.models import Segment
from tenancy.erasure import keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class ProfileField(models.TextChoices):
    """What members may fill in about themselves."""

    BIRTHDAY = "birth_on", _("Birthday")
    GENDER = "gender", _("Form of address")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")


class Programme(TenantModel):
    """One scheme of points and tiers; how points are earned stands in its EarnRules.

    A clinic's default programme takes in every buyer; the others take in who is enrolled and, if
    they name a segment, only while the customer is in it on that day.
    """

    erasure = keep_rows("the programme")

    name = models.CharField(max_length=120)
    points_expire_after_days = models.PositiveIntegerField(null=True, blank=True, default=730)
    point_value_minor = models.DecimalField(max_digits=8, decimal_places=3, default=1)
    breakage_rate = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    pending_days = models.PositiveSmallIntegerField(default=0, db_default=0)  # refund window
    allows_transfers = models.BooleanField(default=False, db_default=False)  # inside a family
    adjust_limit_points = models.BigIntegerField(null=True, blank=True)  # above: a second person
    tier_window_days = models.PositiveIntegerField(default=365)
    is_default = models.BooleanField(default=True)
    starts_on = models.DateField()  # sales before this day earn nothing
    eligible_segment = TenantForeignKey(  # None: everybody may join
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    join_code = models.CharField(max_length=40, blank=True, db_default="")  # what the QR holds
    rewards_result_photos = models.BooleanField(default=False, db_default=False)
    closed_on = models.DateField(null=True, blank=True)  # from this day on it takes part no more
    member_fields = ArrayField(  # what members may fill in themselves on their page
        models.CharField(max_length=12, choices=ProfileField),
        default=list,
        blank=True,
        db_default=models.Value([], ArrayField(models.CharField(max_length=12))),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="programme_name_once", fields=["clinic", "name"]),
            models.UniqueConstraint(
                name="programme_one_default", fields=["clinic"], condition=Q(is_default=True)
            ),
            models.UniqueConstraint(
                name="programme_join_code_once",
                fields=["clinic", "join_code"],
                condition=~Q(join_code=""),
            ),
            models.CheckConstraint(
                name="programme_value_not_negative", condition=Q(point_value_minor__gte=0)
            ),
            models.CheckConstraint(
                name="programme_breakage_is_rate",
                condition=Q(breakage_rate__gte=0, breakage_rate__lte=1),
            ),
            models.CheckConstraint(
                name="programme_adjust_limit_not_negative",
                condition=Q(adjust_limit_points__isnull=True) | Q(adjust_limit_points__gte=0),
            ),
            models.CheckConstraint(
                name="programme_windows_positive",
                condition=Q(tier_window_days__gte=1)
                & (Q(points_expire_after_days__isnull=True) | Q(points_expire_after_days__gte=1)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_closed_on(self, day: date) -> bool:
        """Today or later: does it take part no more?"""
        return self.closed_on is not None and self.closed_on <= day


class ProgrammeClosure(TenantModel):
    """Days on which a programme was closed and that are over; the present ones begin with its
    `closed_on`. Purchases of these days never earn, however late they are reported."""

    erasure = keep_rows("the programme")
    wall_privileges = ("SELECT", "INSERT")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="closures")
    closed_on = models.DateField()
    reopened_on = models.DateField()  # the first day on which it was open again
    reopened_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["closed_on", "pk"]
        indexes = [models.Index(fields=["clinic", "programme"], name="closure_of_programme")]
        constraints = [
            models.CheckConstraint(
                name="closure_ends_after_start",
                condition=Q(reopened_on__gt=models.F("closed_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.closed_on} – {self.reopened_on}"
