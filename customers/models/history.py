from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from tenancy.erasure import blank_columns, delete_rows, without
from tenancy.models import Branch, Membership, TenantForeignKey, TenantModel


class Visit(TenantModel):
    """An attended appointment or a sale at a branch; one a customer and local day."""

    merge_collisions = "drop"
    wall_bulk = True

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="visits")
    visited_on = models.DateField()
    branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="visits"
    )

    class Meta(TenantModel.Meta):
        ordering = ["-visited_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="visit_once_a_day", fields=["clinic", "customer", "visited_on"]
            )
        ]
        indexes = [models.Index(fields=["clinic", "visited_on"], name="visit_by_day")]

    def __str__(self) -> str:
        return str(self.visited_on)


class CustomerEvent(TenantModel):
    """One entry of the timeline. Written in the transaction of what it tells of."""

    # Days and amounts stay, under the customer's number; what a sale's lines were called does not.
    erasure = blank_columns(
        "customer", payload=without("payload", "items"), stays=("kind", "source_key")
    )
    wall_bulk = True

    kind = models.CharField(max_length=40)  # noun.past_participle, a row of event_routes.py
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="events")
    occurred_at = models.DateTimeField()
    source_key = models.CharField(max_length=120)  # e.g. "sale:12"
    amount_minor = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="event_once", fields=["clinic", "kind", "source_key"])
        ]
        indexes = [
            models.Index(
                fields=["clinic", "customer", "-occurred_at", "-id"], name="event_timeline"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_key}"


class Note(TenantModel):
    """What somebody at the clinic wrote down about a customer."""

    erasure = delete_rows("customer")
    merge_collisions = {"is_pinned": False}

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="note_entries")
    author = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)  # of the last change, if any
    deleted_at = models.DateTimeField(null=True, blank=True)
    is_pinned = models.BooleanField(default=False, db_default=False)  # on top of the profile

    class Meta(TenantModel.Meta):
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="note_one_pinned",
                fields=["clinic", "customer"],
                condition=Q(is_pinned=True),
            ),
            models.CheckConstraint(
                name="note_deleted_not_pinned",
                condition=Q(deleted_at__isnull=True) | Q(is_pinned=False),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="note_of_customer")]

    def __str__(self) -> str:
        return self.text[:40]


class NoteVersion(TenantModel):
    """What a note said before it was changed or deleted. Never edited."""

    erasure = delete_rows("note__customer")
    wall_privileges = ("SELECT", "INSERT", "DELETE")

    note = TenantForeignKey(Note, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField()
    replaced_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    replaced_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-replaced_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "note"], name="version_of_note")]

    def __str__(self) -> str:
        return self.text[:40]
