from typing import Any
from urllib.parse import urlencode

from django.db import models

from tenancy.erasure import PSEUDONYM, forget_mentions
from tenancy.models import Membership, TenantForeignKey, TenantModel


class SavedView(TenantModel):
    """A list of customers that somebody comes back to: filters, columns and order by a name."""

    # Somebody may have saved a search for a name.
    erasure = forget_mentions(name=PSEUDONYM, filters={}, ours=("name",), stays=("columns", "sort"))

    name = models.CharField(max_length=80)
    owner = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_views")
    is_shared = models.BooleanField(default=False)  # with the whole clinic
    filters = models.JSONField(default=dict)  # {name in the address: values}
    columns = models.JSONField(default=list)  # keys; [] for the usual ones
    sort = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(name="saved_view_once", fields=["clinic", "owner", "name"])
        ]
        indexes = [
            models.Index(
                fields=["clinic"], condition=models.Q(is_shared=True), name="saved_view_shared"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def query(self) -> str:
        """What stands behind the list's address."""
        asked: dict[str, Any] = {**self.filters, "column": self.columns, "view": self.pk}
        if self.sort:
            asked["sort"] = self.sort
        return urlencode(asked, doseq=True)
