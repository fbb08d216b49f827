from django.db import models
from django.utils.translation import gettext_lazy as _

from tenancy.models import TenantModel


class FeedMark(TenantModel):
    """Where a record stands in the order in which others read our changes (see docs/api.md).

    Written by triggers of the database, once for each record and transaction; it stays behind when
    the record is deleted. record_id: no reference, for the same reason.
    change_no: the number of the transaction that changed it last. settled_below: transactions with
    smaller numbers had all ended at `changed_at`.
    """

    wall_privileges = ("SELECT", "INSERT", "UPDATE")

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        APPOINTMENT = "appointment", _("Appointment")
        SALE = "sale", _("Sale")
        TREATMENT = "treatment", _("Treatment")
        INTERACTION = "interaction", _("Call, message or other touch")

    kind = models.CharField(max_length=12, choices=Kind)
    record_id = models.BigIntegerField()
    is_deleted = models.BooleanField(default=False)
    change_no = models.BigIntegerField()
    settled_below = models.BigIntegerField()
    changed_at = models.DateTimeField()  # by the clock of the database

    class Meta(TenantModel.Meta):
        ordering = ["change_no", "pk"]
        constraints = [
            models.UniqueConstraint(name="feed_mark_once", fields=["clinic", "kind", "record_id"]),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "kind", "change_no", "id"],
                include=["record_id", "is_deleted", "changed_at", "settled_below"],
                name="feed_in_order",
            ),
            models.Index(
                fields=["clinic", "change_no", "id"],
                condition=models.Q(is_deleted=True),
                name="feed_of_deletions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
