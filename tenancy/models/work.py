from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tenancy.erasure import forget_mentions, keep_rows
from tenancy.models.base import TenantForeignKey, TenantModel
from tenancy.models.people import Membership


class AuditEntry(TenantModel):
    """Who did what to which record. Never edited, never deleted."""

    erasure = keep_rows("who of the clinic did what, to which number; never edited")
    wall_privileges = ("SELECT", "INSERT")

    actor = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=120)  # "key: booking", "command", a person's name
    action = models.CharField(max_length=60)  # noun.past_participle, e.g. "customer.viewed"
    subject_kind = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["clinic", "subject_kind", "subject_id"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.action}"


class Job(TenantModel):
    """Long work with progress that survives a closed tab: an import, a scoring run, a launch."""

    erasure = forget_mentions(params={}, result={}, error="", stays=("kind",))

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    n_done = models.PositiveBigIntegerField(default=0)
    n_total = models.PositiveBigIntegerField(default=0)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "kind", "state"], name="job_open")]
        constraints = [
            models.CheckConstraint(
                name="job_done_within_total", condition=Q(n_total=0) | Q(n_done__lte=F("n_total"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def done_percent(self) -> int:
        """Whole percent, 0–100; 0 while the size is not known."""
        if self.state == self.State.DONE:
            return 100
        return 100 * self.n_done // self.n_total if self.n_total else 0

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class NightlySlot(TenantModel):
    """One row a clinic, job and local day: whoever inserts it does the work, so it happens once."""

    erasure = keep_rows("names of jobs")

    job = models.CharField(max_length=60)
    slot_on = models.DateField()
    claimed_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="nightly_slot_once", fields=["clinic", "job", "slot_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.slot_on}"
