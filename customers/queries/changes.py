"""Who changed what of a customer, and where each value comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from customers.models import CustomerChange, CustomerEvent
from customers.queries.gathering import THIS_CUSTOMER, gathered

BEGINNINGS = ("customer.created", "customer.imported")


@dataclass(frozen=True)
class Origin:
    """Where a value comes from.

    actor: "member", "key", "import", "source" (a system by its name) or "" for ourselves.
    """

    actor: str
    label: str
    since: datetime

    @property
    def words(self) -> str:
        """«from the file list.xlsx», «by Anna Berg»."""
        name = _("the desk") if (self.actor, self.label) == ("source", "desk") else self.label
        phrases = {
            "member": _("by %(name)s"),
            "key": _("by the API key %(name)s"),
            "import": _("from the file %(name)s"),
            "source": _("from %(name)s"),
            "self": _("by the customer"),
        }
        return phrases[self.actor] % {"name": name} if self.actor in phrases else _("by the system")


class Origins(dict[str, Origin]):
    """{field: origin}; a field that was never changed comes from where the customer came from."""

    def __init__(self, beginning: Origin) -> None:
        super().__init__()
        self.beginning = beginning

    def __missing__(self, _field: str) -> Origin:
        return self.beginning


def changes_of(customer_id: int, *, field: str = "") -> QuerySet[CustomerChange]:
    """The trail of one customer, newest first; of one field, with its marks, where one is named."""
    changes = CustomerChange.objects.filter(customer=customer_id)
    if field:
        changes = changes.filter(field=field) | changes.filter(field__startswith=f"{field}.")
    return changes


def gathered_origins() -> ArraySubquery:
    """The latest change of every field, as an annotation for `read_origins`."""
    latest = (
        CustomerChange.objects.filter(customer=THIS_CUSTOMER)
        .order_by("field", F("changed_at").desc(), F("pk").desc())
        .distinct("field")
    )
    columns = ("field", "actor", "actor_label", "changed_at")
    return gathered(latest, **{name: name for name in columns})


def gathered_beginning() -> ArraySubquery:
    """The event by which a customer came in, as an annotation for `read_origins`."""
    events = CustomerEvent.objects.filter(customer=THIS_CUSTOMER, kind__in=BEGINNINGS)
    return gathered(events.order_by("created_at")[:1], payload="payload", at="created_at")


def read_origins(
    changes: list[Mapping[str, Any]], beginning: list[Mapping[str, Any]], created_at: datetime
) -> Origins:
    """The origin of every field, from what the two annotations gathered."""
    source = beginning[0]["payload"].get("source", "") if beginning else ""
    origins = Origins(Origin("source" if source else "", source, created_at))
    for row in changes:
        since = datetime.fromisoformat(row["changed_at"])
        origins[row["field"]] = Origin(row["actor"].partition(":")[0], row["actor_label"], since)
    return origins
