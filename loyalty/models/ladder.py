"""The ladder of tiers."""

from typing import Self

from django.db import models
from django.db.models import Q

from loyalty.models.programme import Programme
from tenancy.erasure import keep_rows
from tenancy.managers import ScopedManager, ScopedQuerySet
from tenancy.models import Job, Membership, TenantForeignKey, TenantModel


class TierQuerySet(ScopedQuerySet):
    def on_ladder(self) -> Self:
        return self.filter(retired_on__isnull=True)


class Tier(TenantModel):
    """A step of the ladder. What it asks for stands in the LadderVersion of the day; the columns
    here tell today's: `min_spend_minor` is 0 where the step asks for something else than spend."""

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
            models.CheckConstraint(
                name="tier_threshold_not_negative", condition=Q(min_spend_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LadderVersion(TenantModel):
    """The rules of a ladder from a day on, as `loyalty.tiering.LadderRules.as_json` writes them.

    Never edited: of several with the same day the one published last holds.
    """

    erasure = keep_rows("the programme")
    wall_privileges = ("SELECT", "INSERT")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="ladders")
    number = models.PositiveIntegerField()
    effective_on = models.DateField()
    rules = models.JSONField()
    draft = TenantForeignKey(  # whose forecast is compared with what happened
        "LadderDraft", on_delete=models.PROTECT, null=True, related_name="versions"
    )
    published_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-effective_on", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="ladder_version_once", fields=["clinic", "programme", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class LadderDraft(TenantModel):
    """Rules somebody is thinking about, and what the replay of history said of them."""

    erasure = keep_rows("the programme, and counts")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="drafts")
    name = models.CharField(max_length=80)
    rules = models.JSONField()
    as_of = models.DateField(null=True)  # the day the replay ends
    job = TenantForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    forecast = models.JSONField(default=dict)  # services/what_if: counts, money; {} before a run
    made_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ["-updated_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "programme"], name="ladder_draft_of")]

    def __str__(self) -> str:
        return self.name
