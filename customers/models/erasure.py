from django.db import models
from django.utils.translation import gettext_lazy as _

from tenancy.erasure import keep_rows
from tenancy.models import TenantModel


class Tombstone(TenantModel):
    """Keeps an erased person from coming back by a file, a booking system or a backup.

    digest: of one thing that told who it was, keyed by clinic, so that nobody reads it back.
    subject_id: the customer's id, no reference: an old backup may not know the customer.
    key_mark: of the key that made the digest; without that key nobody is known by it any more.
    """

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("Id of a source")
        PERSON = "person", _("Name with birthday, phone or e-mail")

    erasure = keep_rows("digests that cannot be read back; they are what keeps the person out")
    wall_privileges = ("SELECT", "INSERT", "DELETE")

    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    digest = models.CharField(max_length=64)
    key_mark = models.CharField(max_length=8, default="", db_default="", blank=True)
    erased_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="tombstone_once", fields=["clinic", "digest", "subject_id"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"
