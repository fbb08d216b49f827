"""Schemes and how points are earned."""

from django.db import models
from django.db.models import Q

from tenancy.erasure import keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class Programme(TenantModel):
    """One scheme of points and tiers; how points are earned stands in its EarnRules."""

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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="programme_name_once", fields=["clinic", "name"]),
            models.UniqueConstraint(
                name="programme_one_default", fields=["clinic"], condition=Q(is_default=True)
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


class EarnRule(TenantModel):
    """From this day a sale earns `points_per_unit` points for each major unit of its net.

    A sale keeps to the rule of its own day, whenever it is reported or corrected.
    """

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="earn_rules")
    effective_on = models.DateField()
    points_per_unit = models.DecimalField(max_digits=8, decimal_places=3)

    class Meta(TenantModel.Meta):
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="earn_rule_once_a_day", fields=["clinic", "programme", "effective_on"]
            ),
            models.CheckConstraint(
                name="earn_rule_rate_not_negative", condition=Q(points_per_unit__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points_per_unit} from {self.effective_on}"
