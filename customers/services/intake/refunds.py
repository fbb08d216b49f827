"""What refunds may take: never more than is left of their sale."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from customers.models import Sale
from customers.services.intake.amounts import SALE
from customers.services.intake.batch import Refused

_COLUMNS = ("pk", "kind", "customer_id", "occurred_on", "net_minor")


@dataclass(slots=True)
class Target:
    """A sale that refunds point at, as it will stand after this batch."""

    pk: int
    kind: str
    customer_id: int
    occurred_on: date
    net_minor: int
    refunded_minor: int = 0  # ≥ 0, by the refunds counted so far

    @property
    def left_minor(self) -> int:
        return self.net_minor - self.refunded_minor


class RefundBook:
    """Sales by external id with what has been refunded of each; checks every new refund."""

    def __init__(self, source: str, external_ids: Iterable[str], pks: Iterable[int]) -> None:
        """external_ids, pks: of every sale the batch refunds or changes."""
        self._targets: dict[str, Target] = {}
        named, linked = list(set(external_ids)), list(set(pks))
        if named or linked:
            rows = Sale.objects.filter(source=source).filter(
                Q(external_id__in=named) | Q(pk__in=linked)
            )
            for key, *values in rows.values_list("external_id", *_COLUMNS):
                self._targets[key] = Target(*values)
        self._by_pk = {target.pk: target for target in self._targets.values()}
        self._count_refunds()

    def _count_refunds(self) -> None:
        if not self._by_pk:
            return
        refunds = Sale.objects.filter(refund_of_id__in=list(self._by_pk)).order_by()
        for pk, total in refunds.values_list("refund_of_id").annotate(total=Sum("net_minor")):
            self._by_pk[pk].refunded_minor = -total

    def note_sale(self, key: str, target: Target) -> None:
        """A sale of this batch, new or changed. Raises Refused when its refunds no longer fit."""
        if earlier := self._targets.get(key):
            self._check_change(earlier, target)
            target.refunded_minor = earlier.refunded_minor
        self._targets[key] = self._by_pk[target.pk] = target

    def _check_change(self, earlier: Target, target: Target) -> None:
        if not earlier.refunded_minor:
            return
        if target.net_minor < earlier.refunded_minor:
            raise Refused(
                "net_minor",
                "below_refunds",
                _("%(refunded)s of this sale is refunded already, so its net cannot be %(net)s.")
                % {"refunded": earlier.refunded_minor, "net": target.net_minor},
            )
        if target.customer_id != earlier.customer_id:
            raise Refused(
                "customer_external_id",
                "refunded_customer",
                _("Part of this sale is refunded already, so it cannot move to another customer."),
            )

    def target(self, key: str) -> Target:
        """The sale a refund points at. Raises Refused."""
        found = self._targets.get(key.strip())
        if found is None:
            raise Refused(
                "refund_of",
                "unknown_sale",
                _("There is no sale «%(id)s». Send the sale first.") % {"id": key[:80]},
            )
        if found.kind != SALE:
            raise Refused("refund_of", "refund_of_refund", _("A refund cannot be refunded."))
        return found

    def target_by_pk(self, pk: int) -> Target:
        """The sale a refund has pointed at since earlier."""
        return self._by_pk[pk]

    def take(self, target: Target, *, after: dict[str, Any], before: dict[str, Any] | None) -> None:
        """Count this refund, in place of what it was before. Raises Refused."""
        own = -before["net_minor"] if before and before["refund_of_id"] == target.pk else 0
        wanted, left = -after["net_minor"], target.left_minor + own
        if after["customer_id"] != target.customer_id:
            raise Refused(
                "customer_external_id",
                "not_the_buyer",
                _("The sale was another customer's. A refund goes to whoever bought."),
            )
        if wanted > left:
            raise Refused(
                "net_minor",
                "more_than_left",
                _("Only %(left)s of this sale is left to refund, not %(wanted)s.")
                % {"left": left, "wanted": wanted},
            )
        if before and before["refund_of_id"] in self._by_pk:
            self._by_pk[before["refund_of_id"]].refunded_minor += before["net_minor"]
        target.refunded_minor += wanted
