"""What a profile tells of one customer, read once and shared by every part of the page."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from customers.models import Appointment, Customer, CustomerTag
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
from customers.queries.due_treatments import (
    DueTreatment,
    gathered_attended,
    gathered_purchases,
    read_due,
)
from customers.queries.gathering import THIS_CUSTOMER, gathered
from customers.queries.guardians import (
    GuardianMark,
    gathered_guardians,
    is_minor,
    read_guardians,
)
from customers.queries.purchase_days import Spend, days_of, gathered_spend, read_spend
from customers.queries.warnings import Warnings, gathered_warnings, read_warnings
from tenancy.clock import start_of_day
from tenancy.models import Clinic


@dataclass(frozen=True)
class TagMark:
    """A tag as the page shows it; pk is the tag's."""

    pk: int
    name: str


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
        spend_rows=gathered_spend(until),
        due_rows=gathered_purchases(until),
        had_rows=gathered_attended(),
        origin_rows=gathered_origins(),
        **gathered_warnings(),
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
        spend=read_spend(customer.spend_rows),
        next_appointment=_next_appointment(customer, clinic, today),
        due=read_due(customer.due_rows, customer.had_rows, clinic=clinic, until=today),
        warnings=read_warnings(customer, clinic),
        guardians=read_guardians(customer.guardian_rows, in_clear=in_clear),
        origins=origins,
        own_values=read_values(customer.own_field_rows, customer.custom, origins),
        beside=beside_of(customer, days=days_of(customer.spend_rows), today=today),
    )


def _next_appointment(customer: Customer, clinic: Clinic, today: date) -> Appointment | None:
    coming = Appointment.objects.filter(
        customer=customer,
        starts_at__gte=start_of_day(clinic.zone, today),
        status__in=[Appointment.Status.BOOKED, Appointment.Status.CONFIRMED],
    )
    return coming.select_related("treatment", "branch").order_by("starts_at").first()
