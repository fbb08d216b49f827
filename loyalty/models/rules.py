"""How points are earned: rules that are added, never edited."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.programme import Programme
from tenancy.erasure import keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class EarnRule(TenantModel):
    """One version of one rule, in force from `effective_on` to `until_on` or to its successor.

    A sale keeps to the rules of its own day, whenever it is reported or corrected: that is why a
    rule is replaced by a row that names it in `replaces`, and why the database refuses to change
    one. A successor with `is_stop` ends the rule.

    conditions: {"categories": [text], "treatments": [id], "tiers": [id], "branches": [id],
    "weekdays": [1 (Monday) – 7]}; what is left out does not matter.
    """

    erasure = keep_rows("the programme")
    wall_privileges = ("SELECT", "INSERT")

    class Kind(models.TextChoices):
        RATE = "rate", _("Points for each unit of money")
        MULTIPLIER = "multiplier", _("Times more points")
        FIXED = "fixed", _("Fixed points for doing something")
        CAP = "cap", _("At most so many points")

    class Activity(models.TextChoices):
        EVENT = "event", _("Joining an activity")
        SURVEY = "survey", _("Answering a survey")
        REVIEW = "review", _("Writing a review")
        REFERRAL = "referral", _("Bringing a friend")
        PROFILE = "profile", _("Completing the profile")
        SHARING = "sharing", _("Sharing an experience")
        RESULT_PHOTO = "result_photo", _("Sharing a photo of the result")
        BIRTHDAY = "birthday", _("Birthday")

    class Per(models.TextChoices):
        SALE = "sale", _("per sale")
        DAY = "day", _("per day")
        MONTH = "month", _("per month")

    programme = TenantForeignKey(Programme, on_delete=models.CASCADE, related_name="earn_rules")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.RATE, db_default="rate")
    name = models.CharField(max_length=120, blank=True, db_default="")
    effective_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)  # last day, as of a festival
    points_per_unit = models.DecimalField(
        max_digits=8, decimal_places=3, default=0, db_default=0
    )  # kind rate: points for each major unit of net
    multiplier = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    points = models.PositiveIntegerField(null=True, blank=True)  # of kind fixed, and of a cap
    activity = models.CharField(max_length=16, choices=Activity, blank=True, db_default="")
    most_times_a_year = models.PositiveSmallIntegerField(null=True, blank=True)  # kind fixed
    per = models.CharField(max_length=8, choices=Per, blank=True, db_default="")  # kind cap
    conditions = models.JSONField(
        default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    replaces = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors"
    )
    is_stop = models.BooleanField(default=False, db_default=False)
    made_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, null=True)

    class Meta(TenantModel.Meta):
        ordering = ["effective_on", "pk"]
        indexes = [models.Index(fields=["clinic", "programme"], name="earn_rule_of_programme")]
        constraints = [
            models.UniqueConstraint(
                name="earn_rule_replaced_once",
                fields=["clinic", "replaces"],
                condition=Q(replaces__isnull=False),
            ),
            models.CheckConstraint(
                name="earn_rule_rate_not_negative", condition=Q(points_per_unit__gte=0)
            ),
            models.CheckConstraint(
                name="earn_rule_multiplier_positive",
                condition=Q(multiplier__isnull=True) | Q(multiplier__gt=0),
            ),
            models.CheckConstraint(
                name="earn_rule_ends_after_start",
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("effective_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.points_per_unit} from {self.effective_on}"
