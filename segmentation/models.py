from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from customers.models import Customer, Treatment
from tenancy.erasure import keep_rows
from tenancy.models import Job, Membership, TenantForeignKey, TenantModel


class ScoreRun(TenantModel):
    """One scoring of the whole clinic at one day. Readers see the one run that is current."""

    erasure = keep_rows("rules, counts and sums")

    as_of = models.DateField()
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=False)
    rules = models.JSONField(default=dict)
    report = models.JSONField(default=dict)  # counts by stage, model, AUC, seconds
    n_customers = models.PositiveIntegerField(default=0)
    job = TenantForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-as_of", "-version", "-pk"]
        constraints = [
            models.UniqueConstraint(name="score_run_once", fields=["clinic", "as_of", "version"]),
            models.UniqueConstraint(
                name="score_run_one_current", fields=["clinic"], condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                name="score_run_current_is_finished",
                condition=Q(is_current=False) | Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} v{self.version}"


class Stage(models.TextChoices):
    POTENTIAL = "potential", pgettext_lazy("lifecycle stage", "Potential")
    NEW = "new", pgettext_lazy("lifecycle stage", "New")
    ACTIVE = "active", pgettext_lazy("lifecycle stage", "Active")
    LOYAL = "loyal", pgettext_lazy("lifecycle stage", "Loyal")
    DORMANT = "dormant", pgettext_lazy("lifecycle stage", "Dormant")
    CHURNED = "churned", pgettext_lazy("lifecycle stage", "Churned")


class Layer(models.TextChoices):
    HIGH = "high", pgettext_lazy("value layer", "High value")
    POTENTIAL_HIGH = "potential_high", pgettext_lazy("value layer", "Potential high value")
    REGULAR = "regular", pgettext_lazy("value layer", "Regular")
    AT_RISK = "at_risk", pgettext_lazy("value layer", "At risk")
    LOST = "lost", pgettext_lazy("value layer", "Lost")


class CustomerScore(TenantModel):
    """What one run says of one customer. Empty fields: nothing can be said.

    expected_purchases: purchase days within the run's churn horizon. clv_minor: discounted margin
    of the next 365 days. historical_value_minor: margin of the last 365.
    """

    merge_collisions = "drop"  # the next run scores both records' sales together

    run = TenantForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="scores")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="scores")
    recency_days = models.IntegerField(null=True)
    frequency = models.IntegerField(default=0)
    monetary_minor = models.BigIntegerField(default=0)
    r = models.SmallIntegerField(null=True)
    f = models.SmallIntegerField(null=True)
    m = models.SmallIntegerField(null=True)
    stage = models.CharField(max_length=10, choices=Stage)
    stage_since_on = models.DateField()
    churn_probability = models.FloatField(null=True)
    expected_interval_days = models.FloatField(null=True)
    next_due_on = models.DateField(null=True)
    first_purchase_on = models.DateField(null=True)
    last_purchase_on = models.DateField(null=True)
    layer = models.CharField(max_length=14, choices=Layer, default=Layer.REGULAR)
    next_due_treatment = TenantForeignKey(
        Treatment, on_delete=models.PROTECT, null=True, related_name="+"
    )
    p_alive = models.FloatField(null=True)
    expected_purchases = models.FloatField(null=True)
    expected_spend_minor = models.BigIntegerField(null=True)
    clv_minor = models.BigIntegerField(null=True)
    historical_value_minor = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="score_once", fields=["clinic", "run", "customer"]),
            models.CheckConstraint(
                name="score_churn_is_probability",
                condition=Q(churn_probability__isnull=True)
                | Q(churn_probability__gte=0, churn_probability__lte=1),
            ),
            models.CheckConstraint(
                name="score_quintiles",
                condition=Q(r__isnull=True, f__isnull=True, m__isnull=True)
                | Q(r__range=(1, 5), f__range=(1, 5), m__range=(1, 5)),
            ),
            models.CheckConstraint(name="score_stage_known", condition=Q(stage__in=Stage.values)),
            models.CheckConstraint(name="score_layer_known", condition=Q(layer__in=Layer.values)),
            models.CheckConstraint(
                name="score_alive_is_probability",
                condition=Q(p_alive__isnull=True) | Q(p_alive__gte=0, p_alive__lte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer", "run"], name="score_of_customer"),
            models.Index(fields=["clinic", "run", "stage"], name="score_by_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.stage}"


class Segment(TenantModel):
    """A saved rule over attributes; who is in it is asked afresh each time."""

    erasure = keep_rows("rules of the clinic")

    name = models.CharField(max_length=120)
    rule = models.JSONField()  # see segmentation/rules.py
    created_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(name="segment_name_once", fields=["clinic", "name"])]

    def __str__(self) -> str:
        return self.name
