"""What a profile tells of one customer, read once and shared by every part of the page."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Max, OuterRef, QuerySet, Sum
from django.db.models.functions import JSONObject

from customers.models import Appointment, Customer, CustomerTag, Sale, SaleLine
from customers.queries.contacts import ConsentMark, Contact, consent_marks, contacts_of
from tenancy.clock import start_of_day
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
    """A treatment that wears off, and when it is due again by the catalogue's interval."""

    name: str
    last_on: date
    due_on: date


@dataclass(frozen=True)
class Profile:
    """today: the clinic's local day the page is read on. contacts are masked where they must be."""

    customer: Customer
    today: date
    contacts: list[Contact]
    consents: list[ConsentMark]
    tags: list[TagMark]
    spend: Spend
    next_appointment: Appointment | None
    due: list[DueTreatment]  # soonest first

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
    def is_birthday_month(self) -> bool:
        return bool(self.customer.birth_on and self.customer.birth_on.month == self.today.month)


def with_profile(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with what `profile_of` needs of them, still one query."""
    tags = CustomerTag.objects.filter(customer=OuterRef("pk")).order_by("tag__name")
    return customers.select_related("home_branch", "consultant__user", "referrer").annotate(
        tag_marks=ArraySubquery(tags.values(mark=JSONObject(pk="tag", name="tag__name")))
    )


def profile_of(customer: Customer, *, clinic: Clinic, today: date, in_clear: bool) -> Profile:
    """Everything of the page that belongs to customers, in five queries.

    customer: one of `with_profile`. in_clear: contacts unmasked.
    """
    return Profile(
        customer=customer,
        today=today,
        contacts=contacts_of([customer.pk], in_clear=in_clear)[customer.pk],
        consents=consent_marks(customer.pk),
        tags=[TagMark(**mark) for mark in customer.tag_marks],
        spend=spend_of(customer.pk, until=today),
        next_appointment=_next_appointment(customer, clinic, today),
        due=due_treatments(customer.pk, until=today),
    )


def spend_of(customer_id: int, *, until: date) -> Spend:
    """Spend up to and including a local day."""
    days = (
        Sale.objects.filter(customer=customer_id, counts_on__lte=until)
        .order_by("counts_on")
        .values("counts_on")
        .annotate(net=Sum("net_minor"))
    )
    nets = [(day["counts_on"], day["net"]) for day in days]
    bought = [day for day, net in nets if net > 0]
    return Spend(
        net_minor=sum(net for _day, net in nets),
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


def due_treatments(customer_id: int, *, until: date) -> list[DueTreatment]:
    """Every treatment bought up to `until` that the catalogue says is to be repeated."""
    lines = SaleLine.objects.filter(
        sale__customer=customer_id,
        sale__kind=Sale.Kind.SALE,
        sale__occurred_on__lte=until,
        treatment__interval_days__isnull=False,
    ).order_by()
    bought = lines.values_list("treatment__name", "treatment__interval_days").annotate(
        last_on=Max("sale__occurred_on")
    )
    due = [
        DueTreatment(name, last_on, last_on + timedelta(days=interval))
        for name, interval, last_on in bought
    ]
    return sorted(due, key=lambda treatment: (treatment.due_on, treatment.name))
