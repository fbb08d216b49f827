"""What a campaign is to do: whom, why, when, how much, and who answers for it."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from segmentation.models import CustomerList, Segment
from tenancy.erasure import keep_rows
from tenancy.models import Branch, Job, Membership, TenantForeignKey, TenantModel


class Campaign(TenantModel):
    """A recall or a flow of care: an audience, a journey, a holdout kept back, an outcome window.

    The journey stands in its Steps; a campaign without any is one message, `subject` and `body`.
    """

    erasure = keep_rows("what the clinic wrote to everybody")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        LAUNCHING = "launching", _("Launching")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")

    class Goal(models.TextChoices):
        COME_BACK = "return", _("Come back")
        FREQUENCY = "frequency", _("Come more often")
        SECOND_VISIT = "second", _("Come a second time")
        CARE = "care", _("Care")

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        SERVICE = "service", _("Service")

    class Schedule(models.TextChoices):
        ONCE = "once", _("Once")
        RECURRING = "recurring", _("Again and again")
        TRIGGER = "trigger", _("Always on")

    class Trigger(models.TextChoices):
        BIRTHDAY = "birthday", _("Birthday")
        FESTIVAL = "festival", _("Festival")
        AFTER_VISIT = "after_visit", _("After a treatment")
        FIRST_VISIT = "first_visit", _("After the first visit")
        TREATMENT_DUE = "treatment_due", _("Treatment due")
        STAGE_ENTERED = "stage_entered", _("Stage entered")
        RISK_CROSSED = "risk_crossed", _("Churn risk crossed")
        SEGMENT_ENTERED = "segment_entered", _("Segment entered")
        POINTS_EXPIRING = "points_expiring", _("Points about to expire")
        TIER_LAPSING = "tier_lapsing", _("Tier about to lapse")
        REFERRAL = "referral", _("Brought somebody")

    name = models.CharField(max_length=120)
    goal = models.CharField(
        max_length=10, choices=Goal, default=Goal.COME_BACK, db_default=Goal.COME_BACK
    )
    purpose = models.CharField(
        max_length=10, choices=Purpose, default=Purpose.MARKETING, db_default=Purpose.MARKETING
    )
    # Whom: a segment or a list, or nobody in particular (of a trigger: everybody it is true of);
    # further segments in and out are AudienceParts.
    segment = TenantForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    customer_list = TenantForeignKey(
        CustomerList, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    branch = TenantForeignKey(  # only customers whose home it is; None: all branches
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    subject = models.CharField(max_length=200)  # of the first message
    body = models.TextField()  # Liquid over the merge fields of campaigns/merge_fields.py
    offer = models.CharField(max_length=300, blank=True, default="", db_default="")
    offer_cost_minor = models.PositiveIntegerField(default=0, db_default=0)  # a head who takes it
    holdout_rate = models.FloatField(default=0.1)
    no_holdout_reason = models.CharField(max_length=300, blank=True)
    outcome_window_days = models.PositiveIntegerField(default=30)
    message_cost_minor = models.PositiveIntegerField(default=0)
    minutes_a_call = models.PositiveSmallIntegerField(default=5, db_default=5)
    budget_minor = models.PositiveBigIntegerField(null=True, blank=True)  # None: no limit
    budget_minutes = models.PositiveIntegerField(null=True, blank=True)  # of calls
    leaves_on_return = models.BooleanField(default=True, db_default=True)  # ends the journey
    respects_quiet_hours = models.BooleanField(default=True)
    # The window of the day in which it sends, on the clinic's clock. None: any hour of the day.
    send_from_hour = models.PositiveSmallIntegerField(null=True, blank=True)
    send_until_hour = models.PositiveSmallIntegerField(null=True, blank=True)
    send_days = models.CharField(  # ISO weekdays, "12345": Monday to Friday; "": every day
        max_length=7, blank=True, default="", db_default=""
    )
    schedule = models.CharField(
        max_length=10, choices=Schedule, default=Schedule.ONCE, db_default=Schedule.ONCE
    )
    starts_at = models.DateTimeField(null=True, blank=True)  # None: when it is launched
    repeats_every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    next_wave_at = models.DateTimeField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)  # the last local day that enrols anybody
    trigger = models.CharField(
        max_length=16, choices=Trigger, blank=True, default="", db_default=""
    )
    trigger_days = models.PositiveSmallIntegerField(default=0, db_default=0)  # after, or before
    trigger_detail = models.CharField(  # which festival, stage or level of risk
        max_length=40, blank=True, default="", db_default=""
    )
    flow_key = models.CharField(  # the ready flow it began as
        max_length=40, blank=True, default="", db_default=""
    )
    owner = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    stopped_by_budget_at = models.DateTimeField(null=True)
    job = TenantForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    launched_at = models.DateTimeField(null=True)
    launched_on = models.DateField(null=True)  # the clinic's local day

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="campaign_holdout_is_rate",
                condition=Q(holdout_rate__gte=0, holdout_rate__lte=0.9),
            ),
            models.CheckConstraint(
                name="campaign_without_holdout_says_why",
                condition=Q(holdout_rate__gt=0) | ~Q(no_holdout_reason="") | Q(state="draft"),
            ),
            models.CheckConstraint(
                name="campaign_send_window_is_whole",
                condition=Q(send_from_hour__isnull=True, send_until_hour__isnull=True)
                | Q(send_from_hour__lt=F("send_until_hour"), send_until_hour__lte=24),
            ),
            models.CheckConstraint(
                name="campaign_schedule_is_whole",
                condition=Q(schedule="once")
                | Q(schedule="recurring", repeats_every_days__gte=1)
                | (Q(schedule="trigger") & ~Q(trigger="")),
            ),
            models.CheckConstraint(
                name="campaign_approval_has_a_name",
                condition=Q(approved_at__isnull=True) | Q(approved_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="campaign_flow_once",
                fields=["clinic", "flow_key"],
                condition=~Q(flow_key="") & ~Q(state__in=["finished", "cancelled"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_always_on(self) -> bool:
        """It enrols while it runs, not once at its launch."""
        return self.schedule != self.Schedule.ONCE

    @property
    def last_enrolment_on(self) -> date | None:
        """The last local day on which anybody is enrolled; None: open end, or not launched."""
        return self.ends_on if self.is_always_on else self.launched_on

    @property
    def ends_for_all_on(self) -> date | None:
        """The last day of the last customer's outcome window; None: open end, or not launched."""
        last = self.last_enrolment_on
        return None if last is None else last + timedelta(days=self.outcome_window_days)


class AudiencePart(TenantModel):
    """A further segment of a campaign's audience: also in, or kept out."""

    campaign = TenantForeignKey(Campaign, on_delete=models.CASCADE, related_name="audience_parts")
    segment = TenantForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    is_excluded = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        ordering = ["is_excluded", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="audience_part_once", fields=["clinic", "campaign", "segment"]
            )
        ]
        indexes = [models.Index(fields=["clinic", "segment"], name="audience_by_segment")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {'not ' if self.is_excluded else ''}{self.segment_id}"
