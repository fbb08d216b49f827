"""Systems outside that send us events: who they are, what they sent, what we made of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.sealed_text import SealedTextField
from tenancy.erasure import PSEUDONYM, forget_mentions, keep_rows
from tenancy.models import ApiKey, TenantForeignKey, TenantModel


class Source(TenantModel):
    """One system with an endpoint of its own. `name` is the `source` of every id it sends.

    mapping: how its events are read; see customers/services/inbound/mapping.py.
    """

    erasure = keep_rows("the clinic's own connections")

    name = models.CharField(max_length=60)
    token = models.CharField(max_length=40)  # in the address; the signature is the proof, not this
    mapping = models.JSONField(default=dict)
    is_open = models.BooleanField(default=True)  # closed: the address answers as if unknown
    n_refused = models.PositiveBigIntegerField(default=0)  # deliveries without a good signature
    last_refused_at = models.DateTimeField(null=True, blank=True)
    last_refusal = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="source_name_once", fields=["clinic", "name"]),
            models.UniqueConstraint(name="source_token_once", fields=["clinic", "token"]),
        ]

    def __str__(self) -> str:
        return self.name


class SourceSecret(TenantModel):
    """What a source signs with; sealed. Two are valid while one takes the other's place."""

    erasure = keep_rows("keys of programs")

    source = TenantForeignKey(Source, on_delete=models.CASCADE, related_name="secrets")
    text = SealedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "source"], name="secret_of_source")]

    def __str__(self) -> str:
        return f"secret {self.pk}"


class IntakeRecord(TenantModel):
    """One event exactly as it came, stored before anything is made of it, and what became of it.

    body is never changed; it is deleted when its time is over or the person is erased.
    kind, external_id, version: as read; empty until then, or when it holds several objects.
    waits_for: "kind:external id" of what must come first.
    """

    erasure = forget_mentions(
        body=b"",
        headers={},
        reason="",
        external_id="",
        event_id=PSEUDONYM,
        waits_for="",
        stays=("kind", "outcome", "field", "code"),
    )

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        WAITING = "waiting", _("Waiting for another record")
        DONE = "done", _("Done")
        PARKED = "parked", _("Parked")

    source = TenantForeignKey(Source, on_delete=models.PROTECT, related_name="records")
    event_id = models.CharField(max_length=255)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    n_repeats = models.PositiveIntegerField(default=0)  # the same event delivered again
    state = models.CharField(max_length=8, choices=State, default=State.RECEIVED)
    kind = models.CharField(max_length=12, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    version = models.DecimalField(max_digits=40, decimal_places=9, null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # created, updated, unchanged, older…
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    waits_for = models.CharField(max_length=140, blank=True)
    n_tries = models.PositiveIntegerField(default=0)
    try_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="intake_event_once", fields=["clinic", "source", "event_id"]
            ),
            models.CheckConstraint(
                name="intake_parked_has_reason", condition=~Q(state="parked") | ~Q(code="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "source", "id"],
                condition=Q(state="received"),
                name="intake_to_do",
            ),
            models.Index(
                fields=["clinic", "source", "state", "waits_for"],
                condition=Q(state__in=["waiting", "parked"]),
                name="intake_held_up",
            ),
            models.Index(fields=["clinic", "source", "received_at"], name="intake_by_time"),
        ]

    def __str__(self) -> str:
        return self.event_id

    @property
    def is_replayable(self) -> bool:
        return self.state in {self.State.PARKED, self.State.WAITING}


class AppliedVersion(TenantModel):
    """The newest version of one object of a source that stands in our books.

    version: the source's own number, or its time in Unix seconds.
    """

    erasure = keep_rows("services/erasing drops those of the person and their records")

    source = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    external_id = models.CharField(max_length=120)
    version = models.DecimalField(max_digits=40, decimal_places=9)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="applied_version_once", fields=["clinic", "source", "kind", "external_id"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.kind}:{self.external_id} {self.version}"


class ApiIntake(TenantModel):
    """What one API key brought of one source on one day, so that a silent or failing one is seen.

    n_taken, n_refused: records. last_refusal: the code of the last one refused.
    """

    erasure = keep_rows("counts of what programs sent")

    key = TenantForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=60, blank=True)  # "": the catalogue, which has none
    counted_on = models.DateField()  # the clinic's local day
    n_taken = models.PositiveBigIntegerField(default=0)
    n_refused = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()
    last_refusal = models.CharField(max_length=60, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-counted_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="api_intake_once_a_day", fields=["clinic", "key", "source", "counted_on"]
            )
        ]
        indexes = [models.Index(fields=["clinic", "counted_on"], name="api_intake_by_day")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.source} {self.counted_on}"
