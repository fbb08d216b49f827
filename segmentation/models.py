from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from customers.models import Customer, Treatment
from tenancy.erasure import PSEUDONYM, forget_mentions, keep_rows
from tenancy.models import Job, Membership, TenantForeignKey, TenantModel


class ScoreRun(TenantModel):
    """One scoring of the whole clinic at one day. Readers see the one run that is current."""

    erasure = keep_rows("rules, counts and sums")

    as_of = models.DateField()
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)  # too much moved: waits for a person to release it
    rules = models.JSONField(default=dict)
    report = models.JSONField(default=dict)  # counts by stage, model, AUC, seconds
    population = models.JSONField(default=dict, db_default={})  # see scoring/population.py
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
            models.CheckConstraint(
                name="score_run_held_is_not_current",
                condition=Q(is_held=False) | Q(is_current=False),
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

    erasure = keep_rows("numbers, of a customer without a name")
    merge_collisions = "drop"  # the next run scores both records' sales together

    wall_bulk = True

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
    next_due_from_on = models.DateField(null=True)  # four times in five the customer comes
    next_due_until_on = models.DateField(null=True)  # from here until here, if at all
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
    # Why the churn probability is what it is, where it is medium or high: in the order of REASONS
    # and FACTS, see segmentation/why.py. Ten-thousandths; whole numbers, −1 for unknown.
    reason_points = ArrayField(models.SmallIntegerField(), null=True)
    reason_facts = ArrayField(models.BigIntegerField(), null=True)
    # Something happened since the run: the row tells of this day, not of the run's. The run's own
    # row is in KeptScore until another run is current.
    rescored_on = models.DateField(null=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.stage}"

    @property
    def told_on(self) -> date:
        """The day this row tells of."""
        return self.rescored_on or self.run.as_of


class KeptSales(TenantModel):
    """What a clinic had sold by the end of a day, as a scoring read it; later ones read what was
    written since (services/kept_sales.py).

    seen_below: transactions of that database with smaller numbers had all ended: what they wrote
    is in here. columns: numbers, packed.
    """

    erasure = keep_rows("numbers of sales and their customers, without a name")

    known_on = models.DateField()
    database_id = models.BigIntegerField()
    seen_below = models.BigIntegerField()
    columns = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(name="kept_sales_once", fields=["clinic"])]

    def __str__(self) -> str:
        return f"{self.clinic_id}: {self.known_on}"


class KeptScore(TenantModel):
    """What a run said of a customer before something happened that had them scored again.

    row: the CustomerScore as JSON; None where the run knew nobody of that name.
    """

    erasure = keep_rows("numbers, of a customer without a name")
    merge_collisions = "drop"

    run = TenantForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="+")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    row = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="kept_score_once", fields=["clinic", "run", "customer"])
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class Segment(TenantModel):
    """A saved rule, and how many met it when that was last looked at.

    n_members, refreshed_at: None until the first look. refusal: why the last look failed, or "".
    """

    erasure = keep_rows("rules of the clinic")

    name = models.CharField(max_length=120)
    rule = models.JSONField()  # see segmentation/rules.py
    rule_version = models.PositiveIntegerField(default=1, db_default=1)
    created_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    n_members = models.PositiveIntegerField(null=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, editable=False)
    refusal = models.CharField(max_length=500, blank=True, db_default="", editable=False)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(name="segment_name_once", fields=["clinic", "name"])]

    def __str__(self) -> str:
        return self.name


class SegmentRefresh(TenantModel):
    """One look at who meets a segment's rule: when, why, by which version of the rule.

    A look because of a few customers' events is kept only when somebody entered or left.
    net_minor: what the members spent in all. churn_rate: mean over those who have one, 0–1.
    """

    erasure = keep_rows("counts and sums")

    class Cause(models.TextChoices):
        RULE = "rule", pgettext_lazy("cause of a refresh", "The rule was changed")
        NIGHT = "night", pgettext_lazy("cause of a refresh", "The night after scoring")
        EVENTS = "events", pgettext_lazy("cause of a refresh", "Something happened")
        ASKED = "asked", pgettext_lazy("cause of a refresh", "Somebody asked")

    segment = TenantForeignKey(Segment, on_delete=models.CASCADE, related_name="refreshes")
    cause = models.CharField(max_length=8, choices=Cause)
    rule_version = models.PositiveIntegerField()
    as_of = models.DateField()  # the clinic's day that «90 days ago» counted from
    at = models.DateTimeField()
    n_entered = models.PositiveIntegerField(default=0)
    n_left = models.PositiveIntegerField(default=0)
    n_members = models.PositiveIntegerField(default=0)
    net_minor = models.BigIntegerField(null=True)
    churn_rate = models.FloatField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="segment_refresh_churn_is_rate",
                condition=Q(churn_rate__isnull=True) | Q(churn_rate__gte=0, churn_rate__lte=1),
            ),
            models.CheckConstraint(
                name="segment_refresh_cause_known",
                condition=Q(cause__in=["rule", "night", "events", "asked"]),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "segment", "at"], name="refresh_of_segment")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.at:%Y-%m-%d %H:%M}"


class SegmentMembership(TenantModel):
    """Somebody in a segment, from one refresh until another; open while they are still in it."""

    merge_collisions = "drop"  # both records were in it: the survivor still is

    segment = TenantForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    entered_at = models.DateTimeField()
    entered_by = TenantForeignKey(SegmentRefresh, on_delete=models.CASCADE, related_name="+")
    left_at = models.DateTimeField(null=True)
    left_by = TenantForeignKey(
        SegmentRefresh, on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta(TenantModel.Meta):
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="segment_membership_one_open",
                fields=["clinic", "segment", "customer"],
                condition=Q(left_at__isnull=True),
            ),
            models.CheckConstraint(
                name="segment_membership_left_by_a_refresh",
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="segments_of_customer"),
            models.Index(
                fields=["clinic", "segment", "left_at"],
                condition=Q(left_at__isnull=False),
                name="segment_leavers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.customer_id}"


class SegmentPlace(TenantModel):
    """Up to which change the clinic's segments have seen its records; one row a clinic."""

    change_no = models.BigIntegerField(default=0)
    mark_id = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(name="segment_place_once", fields=["clinic"])]

    def __str__(self) -> str:
        return f"{self.change_no}.{self.mark_id}"


class CustomerList(TenantModel):
    """Customers that somebody named one by one: ids, phones or e-mails, pasted or from a file.

    unknown: what nobody was found by, the first so many of them.
    """

    erasure = forget_mentions(name=PSEUDONYM, unknown=[], ours=("name",))

    name = models.CharField(max_length=120)
    created_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    n_given = models.PositiveIntegerField(default=0)
    n_unknown = models.PositiveIntegerField(default=0)
    n_shared = models.PositiveIntegerField(default=0)  # phones and e-mails of several people
    unknown = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="customer_list_name_once", fields=["clinic", "name"])
        ]

    def __str__(self) -> str:
        return self.name


class CustomerListEntry(TenantModel):
    merge_collisions = "drop"

    customer_list = TenantForeignKey(CustomerList, on_delete=models.CASCADE, related_name="entries")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="customer_list_entry_once", fields=["clinic", "customer_list", "customer"]
            )
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="lists_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_list_id}: {self.customer_id}"
