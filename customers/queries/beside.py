"""What stands beside the story on a profile, gathered with the customer's own row."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from customers.models import (
    Customer,
    CustomerFile,
    CustomerTrait,
    Interaction,
    Note,
    Package,
    SaleLine,
)
from customers.queries.event_facts import member_name
from customers.queries.gathering import THIS_CUSTOMER, gathered
from customers.queries.referrals import Brought, brought_rows, read_brought
from customers.queries.spending import Mode, mode_of, usual_ticket
from customers.queries.traits import Leaning, leaning_of
from tenancy.clock import start_of_day
from tenancy.models import Clinic

WINDOWS = (7, 30, 90)  # days, today included
HABIT_DAYS = 365
MOST_SHOWN = 6
EXPIRES_SOON_DAYS = 30


@dataclass(frozen=True)
class Channels:
    """n: contacts in each of WINDOWS. preferred: the channel they come by themselves, or "".

    n_preferred of n_inbound contacts in a year came by it.
    """

    n: tuple[int, ...]
    preferred: str
    n_preferred: int
    n_inbound: int

    @property
    def preferred_label(self) -> Any:
        return Interaction.Channel(self.preferred).label if self.preferred else ""

    @property
    def by_window(self) -> list[tuple[int, int]]:
        """(days, contacts)."""
        return list(zip(WINDOWS, self.n, strict=True))


@dataclass(frozen=True)
class PackageLine:
    """One package that may still be used. is_over: its last day has passed."""

    pk: int
    treatment: str
    n_sessions: int
    n_left: int
    valid_until_on: date | None
    is_over: bool
    ends_soon: bool


@dataclass(frozen=True)
class FileLine:
    pk: int
    title: str
    kind: str
    is_medical: bool


@dataclass(frozen=True)
class Pinned:
    pk: int
    text: str
    who: str
    written_at: datetime


@dataclass(frozen=True)
class Beside:
    """Everything beside the story. profit_minor: None where no sold line has a cost."""

    channels: Channels
    packages: list[PackageLine]
    files: list[FileLine]
    n_files: int
    n_medical: int
    pinned: Pinned | None
    brought: Brought
    mode: Mode | None
    leanings: list[Leaning] = field(default_factory=list)
    cost_minor: int | None = None


def with_beside(
    customers: QuerySet[Customer], *, clinic: Clinic, until: date
) -> QuerySet[Customer]:
    """Customers with what `beside_of` needs; still one query."""
    return customers.annotate(
        channel_rows=_channels(clinic, until),
        package_rows=_packages(),
        file_rows=_files(),
        file_counts=_file_counts(),
        pinned_rows=_pinned(),
        brought_json=brought_rows(),
        usual_ticket=usual_ticket(),
        leaning_rows=_leanings(until),
        trait_rows=gathered(
            CustomerTrait.objects.filter(customer=THIS_CUSTOMER).order_by("pk"),
            aspect="aspect",
            value="value",
        ),
        cost_rows=_costs(),
    )


def beside_of(customer: Customer, *, days: list[tuple[date, int]], today: date) -> Beside:
    """customer: one of `with_beside`. days: (local day, net) of every day with a sale."""
    counts = customer.file_counts[0] if customer.file_counts else {"n": 0, "n_medical": 0}
    pinned = [
        Pinned(row["pk"], row["text"], row["who"], datetime.fromisoformat(row["at"]))
        for row in customer.pinned_rows
    ]
    costs = [row["cost"] for row in customer.cost_rows if row["cost"] is not None]
    return Beside(
        channels=_read_channels(customer.channel_rows),
        packages=[_read_package(row, today) for row in customer.package_rows],
        files=[FileLine(**row) for row in customer.file_rows],
        n_files=counts["n"],
        n_medical=counts["n_medical"],
        pinned=pinned[0] if pinned else None,
        brought=read_brought(customer.brought_json),
        mode=mode_of(days, usual_minor=customer.usual_ticket, today=today),
        leanings=leaning_of(customer.leaning_rows, customer.trait_rows),
        cost_minor=sum(costs) if costs else None,
    )


def _channels(clinic: Clinic, until: date) -> Any:
    def since(n_days: int) -> datetime:
        return start_of_day(clinic.zone, until - timedelta(days=n_days - 1))

    rows = Interaction.objects.filter(customer=THIS_CUSTOMER, occurred_at__gte=since(HABIT_DAYS))
    counts = {f"n{days}": Count("pk", filter=Q(occurred_at__gte=since(days))) for days in WINDOWS}
    grouped = rows.order_by().values("channel", "direction")
    found = grouped.annotate(n=Count("pk"), last=Max("occurred_at"), **counts)
    return gathered(
        found, channel="channel", direction="direction", n="n", last="last",
        **{name: name for name in counts},
    )  # fmt: skip


def _read_channels(rows: list[dict[str, Any]]) -> Channels:
    """Preferred: most contacts by themselves in a year, the later one where two are even."""
    inbound = [row for row in rows if row["direction"] == Interaction.Direction.INBOUND]
    best = max(inbound, key=lambda row: (row["n"], row["last"]), default=None)
    return Channels(
        n=tuple(sum(row[f"n{days}"] for row in rows) for days in WINDOWS),
        preferred=best["channel"] if best else "",
        n_preferred=best["n"] if best else 0,
        n_inbound=sum(row["n"] for row in inbound),
    )


def _packages() -> Any:
    usable = Package.objects.filter(
        customer=THIS_CUSTOMER, cancelled_at__isnull=True, n_used__lt=F("n_sessions")
    ).order_by(F("valid_until_on").asc(nulls_last=True), "pk")
    return gathered(
        usable[:MOST_SHOWN], pk="pk", treatment="treatment__name", n="n_sessions", used="n_used",
        until="valid_until_on",
    )  # fmt: skip


def _read_package(row: dict[str, Any], today: date) -> PackageLine:
    until = date.fromisoformat(row["until"]) if row["until"] else None
    is_over = until is not None and until < today
    soon = until is not None and not is_over and (until - today).days <= EXPIRES_SOON_DAYS
    return PackageLine(
        row["pk"], row["treatment"], row["n"], row["n"] - row["used"], until, is_over, soon
    )


def _files() -> Any:
    files = CustomerFile.objects.filter(customer=THIS_CUSTOMER).order_by("-added_at", "-pk")
    return gathered(
        files[:MOST_SHOWN], pk="pk", title="title", kind="kind", is_medical="is_medical"
    )


def _file_counts() -> Any:
    files = CustomerFile.objects.filter(customer=THIS_CUSTOMER).order_by().values("customer")
    counted = files.annotate(n=Count("pk"), n_medical=Count("pk", filter=Q(is_medical=True)))
    return gathered(counted, n="n", n_medical="n_medical")


def _pinned() -> Any:
    notes = Note.objects.filter(customer=THIS_CUSTOMER, is_pinned=True).annotate(
        who=member_name("author")
    )
    return gathered(notes, pk="pk", text="text", who="who", at="written_at")


def _leanings(until: date) -> Any:
    lines = SaleLine.objects.filter(
        sale__customer=THIS_CUSTOMER,
        sale__kind="sale",
        sale__occurred_on__gt=until - timedelta(days=730),
        sale__occurred_on__lte=until,
        treatment__isnull=False,
    )
    grouped = lines.order_by().values("treatment__nature", "treatment__level")
    return gathered(
        grouped.annotate(n=Count("pk")), nature="treatment__nature", level="treatment__level", n="n"
    )


def _costs() -> Any:
    """What the lines sold did cost, as far as somebody said so."""
    lines = (
        SaleLine.objects.filter(sale__customer=THIS_CUSTOMER).order_by().values("sale__customer")
    )
    return gathered(lines.annotate(cost=Sum("cost_minor")), cost="cost")
