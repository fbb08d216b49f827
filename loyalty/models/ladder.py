"""The ladder of tiers."""

from typing import Self

from django.db import models
from django.db.models import Q

from loyalty.models.programme import Programme
from tenancy.erasure import keep_rows
from tenancy.managers import ScopedManager, ScopedQuerySet
from tenancy.models import TenantForeignKey, TenantModel


class TierQuerySet(ScopedQuerySet):
    def on_ladder(self) -> Self:
        return self.filter(retired_on__isnull=True)


class Tier(TenantModel):
    """A step of the ladder, reached by net spend within the programme's window."""

    erasure = keep_rows("the programme")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=80)
    rank = models.PositiveSmallIntegerField()
    min_spend_minor = models.BigIntegerField(default=0)
    benefits = models.TextField(blank=True)
    has_priority_booking = models.BooleanField(default=False, db_default=False)
    retired_on = models.DateField(
        null=True, blank=True
    )  # no longer on the ladder; history keeps it

    objects = ScopedManager.from_queryset(TierQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="tier_rank_once",
                fields=["clinic", "programme", "rank"],
                condition=Q(retired_on__isnull=True),
            ),
            models.UniqueConstraint(
                name="tier_name_once",
                fields=["clinic", "programme", "name"],
                condition=Q(retired_on__isnull=True),
            ),
            models.UniqueConstraint(
                name="tier_threshold_once",
                fields=["clinic", "programme", "min_spend_minor"],
                condition=Q(retired_on__isnull=True),
            ),
            models.CheckConstraint(
                name="tier_threshold_not_negative", condition=Q(min_spend_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name
