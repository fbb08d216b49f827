"""What `campaigns.gates` needs to know of many customers, in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from campaigns.addresses import is_reachable
from campaigns.gates import CAP_DAYS, Facts
from campaigns.models import Campaign, Enrolment, Message, SendingRules, Suppression
from campaigns.queries.addresses import CONSENT_CHANNELS, known_addresses
from campaigns.queries.clinic_holdouts import current_clinic_holdout, is_in_clinic_holdout
from campaigns.queries.health_facts import (
    in_clinical_interval,
    with_contraindication,
    with_open_adverse_event,
)
from customers.models import Appointment, Consent, Customer, Interaction, Sale
from tenancy.clock import local_day
from tenancy.models import Clinic

Ids = Collection[int] | QuerySet  # ids, or a query of them
CHANNEL = "email"
FEW_ADDRESSES = 2000  # above this, reading the whole suppression list is cheaper than asking
COMPLAINT_DAYS = 90  # an unanswered complaint is open that long
ONLY_MARKETING = "unsubscribed"  # the one reason of a suppression that leaves service mail


@dataclass(frozen=True)
class Recent:
    """Messages that went out or may have, in the last 24 hours, 7 and 30 days."""

    day: int = 0
    week: int = 0
    month: int = 0


_NONE = Recent()


class _Person(NamedTuple):
    """zone: of the customer's own clock, "" for the clinic's."""

    birth_on: date | None = None
    is_erased: bool = False
    is_deceased: bool = False
    zone: str = ""


_STRANGER = _Person()


def facts_of(
    customers: Ids,
    addresses: Mapping[int, str],
    *,
    campaign: Campaign,
    clinic: Clinic,
    at: datetime,
    channel: str = CHANNEL,
) -> dict[int, Facts]:
    """{customer id: facts at that instant}, one for each of `addresses` ("" for none).

    customers: at least the keys of `addresses`. Empty merge fields are for the caller to add.
    """
    local = at.astimezone(clinic.zone)
    enrolled_on = campaign.launched_on or local.date()
    is_service = campaign.purpose == Campaign.Purpose.SERVICE
    people = _people(customers)
    consented = _may_hear(customers, channel, is_service)
    suppressed = _suppressed(set(addresses.values()), channel, is_service)
    known = known_addresses(customers, channel)
    returned = _returned(customers, campaign, enrolled_on)
    booked = _booked(customers, at)
    complaining = _complaining(customers, at)
    held_out = _held_out(addresses)
    harmed = with_open_adverse_event(customers)
    unfit = with_contraindication(customers)
    healing = in_clinical_interval(customers, local.date(), clinic.zone)
    n_recent = _recent(customers, at)
    rules = SendingRules.objects.first() or SendingRules()
    always = {
        "campaign_state": campaign.state,
        "is_service": is_service,
        "is_window_over": is_window_over(campaign, clinic, at),
        "respects_quiet_hours": campaign.respects_quiet_hours,
        "quiet_from_hour": clinic.quiet_from_hour,
        "quiet_until_hour": clinic.quiet_until_hour,
        "max_recent_messages": clinic.max_messages_30_days,
        "max_7_days": rules.max_messages_7_days,
        "max_1_day": rules.max_messages_1_day,
    }
    facts = {}
    for customer_id, address in addresses.items():
        recent = n_recent.get(customer_id, _NONE)
        person = people.get(customer_id, _STRANGER)
        facts[customer_id] = Facts(
            at=at.astimezone(ZoneInfo(person.zone)) if person.zone else local,
            is_erased=person.is_erased,
            is_deceased=person.is_deceased,
            has_valid_address=(customer_id, address) in known and is_reachable(address, channel),
            is_suppressed=address in suppressed,
            has_consent=customer_id in consented,
            is_in_clinic_holdout=customer_id in held_out,
            birth_on=person.birth_on,
            has_open_adverse_event=customer_id in harmed,
            has_open_complaint=customer_id in complaining,
            has_contraindication=customer_id in unfit,
            is_in_clinical_interval=customer_id in healing,
            has_returned=customer_id in returned,
            has_booking=customer_id in booked,
            n_recent_messages=recent.month,
            n_7_days=recent.week,
            n_1_day=recent.day,
            **always,
        )
    return facts


def is_window_over(campaign: Campaign, clinic: Clinic, at: datetime) -> bool:
    """Whether the last local day of everybody's outcome window has passed; never of an open end."""
    last_day = campaign.ends_for_all_on
    return last_day is not None and local_day(clinic.zone, at) > last_day


def _people(customers: Ids) -> dict[int, _Person]:
    """Those of whom something is known. Merged records count: an enrolment stays theirs."""
    told = (
        Q(birth_on__isnull=False)
        | Q(erased_at__isnull=False)
        | Q(died_on__isnull=False)
        | Q(zone__gt="")
    )
    rows = Customer.with_merged.filter(told, pk__in=customers)
    return {
        pk: _Person(birth_on, erased_at is not None, died_on is not None, zone)
        for pk, birth_on, erased_at, died_on, zone in rows.values_list(
            "pk", "birth_on", "erased_at", "died_on", "zone"
        )
    }


def _may_hear(customers: Ids, channel: str, is_service: bool) -> set[int]:
    """Marketing: who said yes. Service: who did not take back a yes to care and reminders."""
    rows = Consent.objects.filter(
        customer__in=customers, channel=CONSENT_CHANNELS.get(channel, channel)
    )
    if not is_service:
        open_ones = rows.filter(purpose=Consent.Purpose.MARKETING, withdrawn_at__isnull=True)
        return set(open_ones.values_list("customer_id", flat=True))
    care = rows.filter(purpose=Consent.Purpose.CARE)
    said_yes = set(care.filter(withdrawn_at__isnull=True).values_list("customer_id", flat=True))
    said_no = set(care.filter(withdrawn_at__isnull=False).values_list("customer_id", flat=True))
    everybody = Customer.with_merged.filter(pk__in=customers).values_list("pk", flat=True)
    return set(everybody) - (said_no - said_yes)


def _suppressed(addresses: set[str], channel: str, is_service: bool) -> set[str]:
    rows = Suppression.objects.filter(channel=channel)
    if is_service:
        rows = rows.exclude(reason=ONLY_MARKETING)
    if len(addresses) <= FEW_ADDRESSES:
        rows = rows.filter(address__in=addresses)
    return set(rows.values_list("address", flat=True))


def _held_out(customers: Collection[int]) -> set[int]:
    """Whom no recall reaches now, though the audience may be older than that."""
    holdout = current_clinic_holdout()
    if holdout is None:
        return set()
    ids = np.fromiter(customers, np.int64, len(customers))
    return set(ids[is_in_clinic_holdout(ids, holdout)].tolist())


def _complaining(customers: Ids, at: datetime) -> set[int]:
    """Whose latest complaint nobody answered: no call or talk from us came after it."""
    since = at - timedelta(days=COMPLAINT_DAYS)
    rows = Interaction.objects.filter(customer__in=customers, occurred_at__gt=since)
    told = rows.filter(kind=Interaction.Kind.COMPLAINT).values_list("customer_id", "occurred_at")
    complained: dict[int, datetime] = {}
    for customer_id, when in told.order_by("occurred_at"):
        complained[customer_id] = when
    if not complained:
        return set()
    answers = rows.filter(
        customer__in=list(complained),
        direction=Interaction.Direction.OUTBOUND,
        kind__in=[Interaction.Kind.CALL, Interaction.Kind.CONVERSATION],
    )
    for customer_id, when in answers.values_list("customer_id", "occurred_at"):
        if customer_id in complained and when > complained[customer_id]:
            del complained[customer_id]
    return set(complained)


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


def _recent(customers: Ids, at: datetime) -> dict[int, Recent]:
    """Of every campaign and channel; what is unknown counts as sent. Calls are no messages."""
    states = [Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN]
    rows = (
        Message.objects.filter(
            customer__in=customers,
            state__in=states,
            claimed_at__gte=at - timedelta(days=CAP_DAYS),
        )
        .exclude(channel="phone")
        .exclude(campaign__purpose=Campaign.Purpose.SERVICE)
        .order_by()
        .values("customer_id")
        .annotate(
            month=Count("pk"),
            week=Count("pk", filter=Q(claimed_at__gt=at - timedelta(days=7))),
            day=Count("pk", filter=Q(claimed_at__gt=at - timedelta(days=1))),
        )
    )
    return {r["customer_id"]: Recent(r["day"], r["week"], r["month"]) for r in rows}
