"""What somebody spent, by local days: net after refunds."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Sum

from customers.models import Sale
from customers.queries.gathering import THIS_CUSTOMER, gathered


@dataclass(frozen=True)
class Spend:
    """Purchase days are local days with a net above 0 after refunds; money in minor units."""

    net_minor: int
    n_purchase_days: int
    first_on: date | None
    last_on: date | None

    @property
    def average_minor(self) -> int | None:
        """Net a purchase day, rounded to the minor unit; None before the first."""
        return round(self.net_minor / self.n_purchase_days) if self.n_purchase_days else None


def days_of(rows: list[dict[str, Any]]) -> list[tuple[date, int]]:
    return [(date.fromisoformat(row["on"]), row["net"]) for row in rows]


def gathered_spend(until: date) -> ArraySubquery:
    """Net of every local day with a sale, oldest first."""
    sales = Sale.objects.filter(customer=THIS_CUSTOMER, counts_on__lte=until)
    days = sales.order_by("counts_on").values("counts_on").annotate(net=Sum("net_minor"))
    return gathered(days, on="counts_on", net="net")


def read_spend(days: list[dict[str, Any]]) -> Spend:
    bought = [date.fromisoformat(day["on"]) for day in days if day["net"] > 0]
    return Spend(
        net_minor=sum(day["net"] for day in days),
        n_purchase_days=len(bought),
        first_on=bought[0] if bought else None,
        last_on=bought[-1] if bought else None,
    )
