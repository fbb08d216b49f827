from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tenancy.erasure import blank_columns
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Task(TenantModel):
    """A call or follow-up for the staff; one open task a customer and intent."""

    erasure = blank_columns(
        "customer", reason=[], outcome_note="", next_step="", stays=("intent", "script")
    )
    merge_collisions = "drop"  # of two open calls for the same reason one is enough

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        BOOKED = "booked", _("Booked")
        DECLINED = "declined", _("Does not want to come")
        WRONG_NUMBER = "wrong", _("Wrong number")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="tasks")
    intent = models.CharField(max_length=60)  # e.g. "at_risk", "due_treatment", "campaign:12"
    reason = models.JSONField(default=dict)  # facts the page turns into one line why
    script = models.TextField(blank=True, default="", db_default="")  # what to say, as written
    due_on = models.DateField()
    call_at = models.DateTimeField(null=True, blank=True)  # the hour somebody asked for
    priority = models.FloatField(default=0)  # value at stake × risk; higher first
    assigned_to = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    outcome_note = models.CharField(max_length=500, blank=True)
    next_step = models.CharField(max_length=200, blank=True, default="", db_default="")  # agreed
    n_minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # the call took
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["due_on", "-priority", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="task_one_open",
                fields=["clinic", "customer", "intent"],
                condition=Q(done_at__isnull=True),
            ),
            models.CheckConstraint(
                name="task_done_has_outcome",
                condition=Q(done_at__isnull=True) | ~Q(outcome=""),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="task_of_customer"),
            models.Index(
                fields=["clinic", "due_on"], condition=Q(done_at__isnull=True), name="task_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent} {self.due_on}"
