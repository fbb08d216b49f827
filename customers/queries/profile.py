"""What a profile tells of one customer, read once and shared by every part of the page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Max, QuerySet, Sum

from customers.models import (
    AdverseEvent,
    Appointment,
    Customer,
    CustomerHealth,
    CustomerTag,
    Interaction,
    Sale,
    SaleLine,
)
from customers.queries.beside import Beside, beside_of, with_beside
from customers.queries.changes import (
    Origins,
    gathered_beginning,
    gathered_origins,
    read_origins,
)
from customers.queries.contacts import (
    ConsentMark,
    Contact,
    gathered_consents,
    gathered_contacts,
    read_consents,
    read_contacts,
)
from customers.queries.custom_fields import OwnValue, gathered_fields, read_values
from customers.queries.gathering import THIS_CUSTOMER, gathered
from customers.queries.guardians import (
    GuardianMark,
    gathered_guardians,
    is_minor,
    read_guardians,
)
from tenancy.clock import local_day, start_of_day
from tenancy.models import Clinic


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


@dataclass(frozen=True)
class TagMark:
    """A tag as the page shows it; pk is the tag's."""

    pk: int
    name: str


@dataclass(frozen=True)
class DueTreatment:
    """A treatment that wears off, and when it is due again by the catalogue's interval.

    last_on: when it was last bought, or had with an attended appointment.
    from_on, until_on: the catalogue's range around due_on; from_on is never before the medical
    minimum has passed.
    """

    name: str
    last_on: date
    due_on: date
    from_on: date
    until_on: date


@dataclass(frozen=True)
class OpenEvent:
    """An adverse event that is not over. treatment, follower: names, "" where not known."""

    on: date
    treatment: str
    follower: str


@dataclass(frozen=True)
class Warnings:
    """What everybody at the desk is warned of, without the text behind it."""

    has_allergy: bool = False
    has_contraindication: bool = False
    complained_on: date | None = None  # and nothing bought on a later day
    died_on: date | None = None
    adverse: tuple[OpenEvent, ...] = ()  # oldest first


@dataclass(frozen=True)
class Profile:
    """today: the clinic's local day the page is read on. contacts are masked where they must be."""

    clinic: Clinic
    customer: Customer
    today: date
    contacts: list[Contact]
    consents: list[ConsentMark]
    tags: list[TagMark]
    spend: Spend
    next_appointment: Appointment | None
    due: list[DueTreatment]  # soonest first
    origins: Origins
    warnings: Warnings
    guardians: list[GuardianMark]
    own_values: list[OwnValue]
    beside: Beside

    @property
    def may_be_emailed(self) -> bool:
        return self.has_consent("email") and any(c.kind == "email" for c in self.contacts)

    @property
    def marketing_kinds(self) -> set[str]:
        """Kinds of contact points that the customer agreed to be marketed by."""
        by_phone = self.has_consent("phone") or self.has_consent("sms")
        agreed = {"phone": by_phone, "email": self.has_consent("email")}
        return {kind for kind, is_agreed in agreed.items() if is_agreed}

    def has_consent(self, channel: str, purpose: str = "marketing") -> bool:
        return any(
            mark.is_given and mark.channel == channel and mark.purpose == purpose
            for mark in self.consents
        )

    @property
    def age(self) -> int | None:
        """Completed years."""
        born = self.customer.birth_on
        if born is None:
            return None
        return (
            self.today.year
            - born.year
            - ((self.today.month, self.today.day) < (born.month, born.day))
        )

    @property
    def is_minor(self) -> bool:
        return is_minor(self.customer.birth_on, self.today)

    @property
    def lacks_guardian(self) -> bool:
        return self.is_minor and not self.guardians

    @property
    def is_birthday_month(self) -> bool:
        return bool(self.customer.birth_on and self.customer.birth_on.month == self.today.month)


def with_profile(
    customers: QuerySet[Customer], *, clinic: Clinic, until: date
) -> QuerySet[Customer]:
    """Customers with what `profile_of` needs of them, still one query.

    until: sales after this local day are not looked at.
    """
    tags = CustomerTag.objects.filter(customer=THIS_CUSTOMER).order_by("tag__name")
    known = customers.select_related("home_branch", "consultant__user", "referrer")
    return with_beside(known, clinic=clinic, until=until).annotate(
        tag_rows=gathered(tags, pk="tag", name="tag__name"),
        contact_rows=gathered_contacts(),
        consent_rows=gathered_consents(),
        spend_rows=_gathered_spend(until),
        due_rows=_gathered_purchases(until),
        had_rows=_gathered_attended(),
        origin_rows=gathered_origins(),
        health_rows=gathered(
            CustomerHealth.objects.filter(customer=THIS_CUSTOMER),
            has_allergy="has_allergy",
            has_contraindication="has_contraindication",
        ),
        adverse_rows=gathered(
            AdverseEvent.objects.filter(customer=THIS_CUSTOMER)
            .still_open()
            .order_by("happened_on", "pk"),
            on="happened_on",
            treatment="treatment__name",
            follower="follower__display_name",
            follower_user="follower__user__name",
        ),
        complaint_rows=gathered(
            Interaction.objects.filter(
                customer=THIS_CUSTOMER, kind=Interaction.Kind.COMPLAINT
            ).order_by("-occurred_at")[:1],
            at="occurred_at",
        ),
        guardian_rows=gathered_guardians(),
        own_field_rows=gathered_fields(),
        beginning_rows=gathered_beginning(),
    )


def profile_of(customer: Customer, *, clinic: Clinic, today: date, in_clear: bool) -> Profile:
    """Everything of the page that belongs to customers, with one query more.

    customer: one of `with_profile`. in_clear: contacts unmasked.
    """
    origins = read_origins(customer.origin_rows, customer.beginning_rows, customer.created_at)
    return Profile(
        clinic=clinic,
        customer=customer,
        today=today,
        contacts=read_contacts(customer.contact_rows, in_clear=in_clear),
        consents=read_consents(customer.consent_rows),
        tags=[TagMark(**row) for row in customer.tag_rows],
        spend=_read_spend(customer.spend_rows),
        next_appointment=_next_appointment(customer, clinic, today),
        due=_read_due(customer.due_rows, customer.had_rows, clinic=clinic, until=today),
        warnings=_warnings(customer, clinic),
        guardians=read_guardians(customer.guardian_rows, in_clear=in_clear),
        origins=origins,
        own_values=read_values(customer.own_field_rows, customer.custom, origins),
        beside=beside_of(customer, days=_days(customer.spend_rows), today=today),
    )


def _warnings(customer: Any, clinic: Clinic) -> Warnings:
    health = customer.health_rows[0] if customer.health_rows else {}
    complained_on = None
    for row in customer.complaint_rows:
        on = local_day(clinic.zone, datetime.fromisoformat(row["at"]))
        if not any(day > on for day, _net in _days(customer.spend_rows)):
            complained_on = on
    adverse = tuple(
        OpenEvent(
            date.fromisoformat(row["on"]),
            row["treatment"] or "",
            row["follower"] or row["follower_user"],
        )
        for row in customer.adverse_rows
    )
    return Warnings(
        **health, complained_on=complained_on, died_on=customer.died_on, adverse=adverse
    )


def _days(rows: list[dict[str, Any]]) -> list[tuple[date, int]]:
    return [(date.fromisoformat(row["on"]), row["net"]) for row in rows]


def _gathered_spend(until: date) -> ArraySubquery:
    """Net of every local day with a sale, oldest first."""
    sales = Sale.objects.filter(customer=THIS_CUSTOMER, counts_on__lte=until)
    days = sales.order_by("counts_on").values("counts_on").annotate(net=Sum("net_minor"))
    return gathered(days, on="counts_on", net="net")


def _read_spend(days: list[dict[str, Any]]) -> Spend:
    bought = [date.fromisoformat(day["on"]) for day in days if day["net"] > 0]
    return Spend(
        net_minor=sum(day["net"] for day in days),
        n_purchase_days=len(bought),
        first_on=bought[0] if bought else None,
        last_on=bought[-1] if bought else None,
    )


def _next_appointment(customer: Customer, clinic: Clinic, today: date) -> Appointment | None:
    coming = Appointment.objects.filter(
        customer=customer,
        starts_at__gte=start_of_day(clinic.zone, today),
        status__in=[Appointment.Status.BOOKED, Appointment.Status.CONFIRMED],
    )
    return coming.select_related("treatment", "branch").order_by("starts_at").first()


_DUE_FIELDS = {
    "name": "treatment__name",
    "interval": "treatment__interval_days",
    "first": "treatment__interval_min_days",
    "last": "treatment__interval_max_days",
    "least": "treatment__min_clinical_interval_days",
}
_RECURS = {"treatment__interval_days__isnull": False, "treatment__is_active": True}


def _gathered_purchases(until: date) -> ArraySubquery:
    """The last day of every treatment bought that the catalogue says is to be repeated."""
    lines = SaleLine.objects.filter(
        sale__customer=THIS_CUSTOMER,
        sale__kind=Sale.Kind.SALE,
        sale__occurred_on__lte=until,
        **_RECURS,
    ).order_by()
    bought = lines.values("treatment", *_DUE_FIELDS.values())
    return gathered(
        bought.annotate(on=Max("sale__occurred_on")), treatment="treatment", on="on", **_DUE_FIELDS
    )


def _gathered_attended() -> ArraySubquery:
    """The same for appointments: a session of a package is had without being bought again."""
    attended = Appointment.objects.filter(
        customer=THIS_CUSTOMER, status=Appointment.Status.ATTENDED, **_RECURS
    ).order_by()
    had = attended.values("treatment", *_DUE_FIELDS.values())
    return gathered(
        had.annotate(at=Max("starts_at")), treatment="treatment", at="at", **_DUE_FIELDS
    )


def _read_due(
    bought: list[dict[str, Any]], had: list[dict[str, Any]], *, clinic: Clinic, until: date
) -> list[DueTreatment]:
    last: dict[int, tuple[date, dict[str, Any]]] = {}
    days = [(date.fromisoformat(row["on"]), row) for row in bought]
    days += [(local_day(clinic.zone, datetime.fromisoformat(row["at"])), row) for row in had]
    for day, row in days:
        known = last.get(row["treatment"])
        if day <= until and (known is None or day > known[0]):
            last[row["treatment"]] = day, row
    due = [_due(row, day) for day, row in last.values()]
    return sorted(due, key=lambda treatment: (treatment.due_on, treatment.name))


def _due(row: dict[str, Any], last_on: date) -> DueTreatment:
    usual = max(row["interval"], row["least"])
    first = max(row["first"] or usual, row["least"])
    return DueTreatment(
        name=row["name"],
        last_on=last_on,
        due_on=last_on + timedelta(days=usual),
        from_on=last_on + timedelta(days=first),
        until_on=last_on + timedelta(days=max(row["last"] or usual, usual)),
    )
