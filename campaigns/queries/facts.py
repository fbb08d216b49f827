"""What `campaigns.gates` needs to know of many customers, in a fixed number of queries."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Lower

from campaigns.addresses import is_deliverable
from campaigns.gates import CAP_DAYS, Facts
from campaigns.models import Campaign, Enrolment, Message, Suppression
from customers.models import Appointment, Consent, ContactPoint, Customer, Sale
from tenancy.clock import local_day
from tenancy.models import Clinic

Ids = Collection[int] | QuerySet  # ids, or a query of them
CHANNEL = "email"
FEW_ADDRESSES = 2000  # above this, reading the whole suppression list is cheaper than asking


def facts_of(
    customers: Ids,
    addresses: Mapping[int, str],
    *,
    campaign: Campaign,
    clinic: Clinic,
    at: datetime,
) -> dict[int, Facts]:
    """{customer id: facts at that instant}, one for each of `addresses` ("" for none).

    customers: at least the keys of `addresses`. Empty merge fields are for the caller to add.
    """
    local = at.astimezone(clinic.zone)
    enrolled_on = campaign.launched_on or local.date()
    births, erased = _people(customers)
    consented = _consented(customers)
    suppressed = _suppressed(set(addresses.values()))
    known = _known_addresses(customers)
    returned = _returned(customers, campaign, enrolled_on)
    booked = _booked(customers, at)
    n_recent = _n_recent_messages(customers, at - timedelta(days=CAP_DAYS))
    return {
        customer_id: Facts(
            at=local,
            campaign_state=campaign.state,
            is_window_over=is_window_over(campaign, clinic, at),
            respects_quiet_hours=campaign.respects_quiet_hours,
            quiet_from_hour=clinic.quiet_from_hour,
            quiet_until_hour=clinic.quiet_until_hour,
            is_erased=customer_id in erased,
            has_valid_address=(customer_id, address) in known and is_deliverable(address),
            is_suppressed=address in suppressed,
            has_consent=customer_id in consented,
            birth_on=births.get(customer_id),
            has_returned=customer_id in returned,
            has_booking=customer_id in booked,
            n_recent_messages=n_recent.get(customer_id, 0),
            max_recent_messages=clinic.max_messages_30_days,
        )
        for customer_id, address in addresses.items()
    }


def is_window_over(campaign: Campaign, clinic: Clinic, at: datetime) -> bool:
    """Whether the last local day of everybody's outcome window has passed; never of an open end."""
    last_day = campaign.ends_for_all_on
    return last_day is not None and local_day(clinic.zone, at) > last_day


def _people(customers: Ids) -> tuple[dict[int, date], set[int]]:
    """(birthdays where known, who was erased). Merged records count: an enrolment stays theirs."""
    births: dict[int, date] = {}
    erased: set[int] = set()
    told = Q(birth_on__isnull=False) | Q(erased_at__isnull=False)
    rows = Customer.with_merged.filter(told, pk__in=customers)
    for pk, birth_on, erased_at in rows.values_list("pk", "birth_on", "erased_at"):
        if birth_on is not None:
            births[pk] = birth_on
        if erased_at is not None:
            erased.add(pk)
    return births, erased


def _consented(customers: Ids) -> set[int]:
    rows = Consent.objects.filter(
        customer__in=customers,
        purpose=Consent.Purpose.MARKETING,
        channel=CHANNEL,
        withdrawn_at__isnull=True,
    )
    return set(rows.values_list("customer_id", flat=True))


def _suppressed(addresses: set[str]) -> set[str]:
    rows = Suppression.objects.filter(channel=CHANNEL)
    if len(addresses) <= FEW_ADDRESSES:
        rows = rows.filter(address__in=addresses)
    return set(rows.values_list("address", flat=True))


def _known_addresses(customers: Ids) -> set[tuple[int, str]]:
    """What still is an address of the customer: one corrected since enrolment is not used."""
    rows = ContactPoint.objects.filter(
        customer__in=customers, kind=ContactPoint.Kind.EMAIL, is_valid=True
    )
    return set(rows.values_list("customer_id", Lower("value")))


def _returned(customers: Ids, campaign: Campaign, launched_on: date) -> set[int]:
    """Who has a purchase day since they were enrolled: sales less refunds above zero."""
    sales = Sale.objects.filter(customer__in=customers)
    if campaign.is_always_on:  # everybody has a day of their own, and a new one each occasion
        enrolled = Enrolment.objects.filter(campaign=campaign, customer=OuterRef("customer"))
        latest = enrolled.order_by("-enrolled_on").values("enrolled_on")[:1]
        sales = sales.annotate(since_on=Subquery(latest)).filter(counts_on__gte=F("since_on"))
    else:
        sales = sales.filter(counts_on__gte=launched_on)
    days = (
        sales.order_by()
        .values("customer_id", "counts_on")
        .annotate(net=Sum("net_minor"))
        .filter(net__gt=0)
    )
    return {row["customer_id"] for row in days}


def _booked(customers: Ids, at: datetime) -> set[int]:
    rows = Appointment.objects.filter(
        customer__in=customers,
        starts_at__gt=at,
        status__in=[Appointment.Status.BOOKED, Appointment.Status.CONFIRMED],
    )
    return set(rows.values_list("customer_id", flat=True))


def _n_recent_messages(customers: Ids, since: datetime) -> dict[int, int]:
    """Messages that went out or may have, of every campaign; what is unknown counts as sent."""
    states = [Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN]
    rows = (
        Message.objects.filter(customer__in=customers, state__in=states, claimed_at__gte=since)
        .order_by()
        .values("customer_id")
        .annotate(n=Count("pk"))
    )
    return {row["customer_id"]: row["n"] for row in rows}
