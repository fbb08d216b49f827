"""Who is in a campaign, and what would become of them: foreseen on the review page."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from campaigns.exceptions import EmptyField, TemplateRefused
from campaigns.gates import Reason, skip_reason
from campaigns.journeys import Stop, Wording
from campaigns.models import AudiencePart, Campaign
from campaigns.queries.addresses import chosen_addresses
from campaigns.queries.clinic_holdouts import outside_clinic_holdout
from campaigns.queries.facts import CHANNEL, facts_of
from campaigns.queries.journeys import journey_of
from campaigns.queries.merge_values import merge_values
from campaigns.services import templates
from campaigns.services.enrolling import campaign_key
from campaigns.services.variants import PLACE
from customers.models import Customer
from segmentation.queries import segment_customers
from tenancy.clock import local_day
from tenancy.models import Clinic

FULL_LOOK = 20_000  # treated customers; of more, so many
GLANCE = 1_000  # enough to see that somebody gets the message
_PLACE = PLACE.format(key="%s", customer="audience.id")


@dataclass(frozen=True)
class Forecast:
    """What would happen if it were sent now: treated = n_to_send + all of `left_out`."""

    n_audience: int
    n_treated: int
    n_holdout: int
    n_to_send: int
    left_out: tuple[tuple[Reason, int], ...]  # most frequent first
    n_looked_at: int = 0  # treated customers looked at one by one; the others are reckoned

    @property
    def is_reckoned(self) -> bool:
        return self.n_looked_at < self.n_treated

    @property
    def n_left_out(self) -> int:
        return self.n_treated - self.n_to_send


def audience_of(campaign: Campaign) -> QuerySet[Customer]:
    """Who is meant now: of the segments or the list, of the branch; nobody in particular: all."""
    customers = _named(campaign).order_by()
    for part in _parts(campaign, is_excluded=True):
        customers = customers.exclude(
            pk__in=segment_customers(part.segment).order_by().values("pk")
        )
    if campaign.purpose == Campaign.Purpose.MARKETING:
        customers = outside_clinic_holdout(customers)
    return customers.filter(home_branch=campaign.branch_id) if campaign.branch_id else customers


def _named(campaign: Campaign) -> QuerySet[Customer]:
    """In the segment or in any of those that are «also in», or on the list."""
    also = _parts(campaign, is_excluded=False)
    if campaign.customer_list is not None:
        listed = campaign.customer_list.entries.order_by().values("customer")
        return Customer.objects.filter(pk__in=listed)
    if campaign.segment is None:
        return Customer.objects.all()
    if not also:
        return segment_customers(campaign.segment)
    anywhere = Q(pk__in=segment_customers(campaign.segment).order_by().values("pk"))
    for part in also:
        anywhere |= Q(pk__in=segment_customers(part.segment).order_by().values("pk"))
    return Customer.objects.filter(anywhere)


def _parts(campaign: Campaign, *, is_excluded: bool) -> list[AudiencePart]:
    """None of a campaign that is not saved yet."""
    if campaign.pk is None:
        return []
    return list(campaign.audience_parts.select_related("segment").filter(is_excluded=is_excluded))


def foresee(*, campaign: Campaign, clinic: Clinic, at: datetime, look: int = 0) -> Forecast:
    """Count, for a saved draft, who is in, held out, and left out of its first message and why.

    Of a large audience all are counted, but only every so many is looked at, picked by a stable
    hash: nobody waits minutes for a page, and the same people are looked at each time. look: how
    many treated customers are looked at, about; 0: as many as the review shows.
    """
    stop, words = first_said(campaign)
    n_audience, n_holdout = count_arms(campaign)
    n_treated = n_audience - n_holdout
    looked_at = _treated(campaign, share=min((look or FULL_LOOK) / max(n_treated, 1), 1.0))
    n_by_reason = _left_out(looked_at, campaign, stop, words, clinic, at)
    scale = n_treated / max(len(looked_at), 1)
    left_out = tuple((reason, round(n * scale)) for reason, n in n_by_reason.most_common())
    n_to_send = round((len(looked_at) - n_by_reason.total()) * scale)
    return Forecast(
        n_audience=n_audience,
        n_treated=n_treated,
        n_holdout=n_holdout,
        n_to_send=n_to_send,
        left_out=left_out,
        n_looked_at=len(looked_at),
    )


def count_arms(campaign: Campaign) -> tuple[int, int]:
    """(audience, those of it who would be held out), counted where they stand."""
    people, params = audience_of(campaign).values("pk").query.sql_with_params()
    sql = f"""
        SELECT count(*), count(*) FILTER (WHERE {_PLACE} < %s::float8 * 4294967296)
        FROM ({people}) AS audience (id)
    """  # noqa: S608 -- the audience's own statement, its values as parameters
    with connection.cursor() as cursor:
        cursor.execute(sql, [campaign_key(campaign), campaign.holdout_rate, *params])
        return cursor.fetchone()


def _treated(campaign: Campaign, *, share: float) -> list[int]:
    """Ids of the treated, or of such a share of them."""
    people, params = audience_of(campaign).values("pk").query.sql_with_params()
    sql = f"""
        SELECT audience.id FROM ({people}) AS audience (id)
        WHERE {_PLACE} >= %s::float8 * 4294967296 AND {_PLACE} < %s::float8 * 4294967296
    """  # noqa: S608 -- as above
    key = campaign_key(campaign)
    with connection.cursor() as cursor:
        asked = [*params, key, campaign.holdout_rate, f"{key}:look", share]
        cursor.execute(sql, asked)
        return [pk for (pk,) in cursor.fetchall()]


def _left_out(
    ids: list[int], campaign: Campaign, stop: Stop, words: Wording, clinic: Clinic, at: datetime
) -> Counter[Reason]:
    """Of these treated customers, how many would get no message now, by reason."""
    chosen = chosen_addresses(ids, stop.channel)
    addresses = {pk: chosen[pk].address if pk in chosen else "" for pk in ids}
    running = Campaign(
        pk=campaign.pk,
        state=Campaign.State.RUNNING,
        purpose=campaign.purpose,
        subject=words.subject,
        body=words.body,
    )
    facts = facts_of(ids, addresses, campaign=running, clinic=clinic, at=at, channel=stop.channel)
    empty = without_a_needed_value(ids, running, clinic=clinic, at=at)
    n_by_reason: Counter[Reason] = Counter()
    for pk in ids:
        if pk in chosen and not chosen[pk].is_first:
            n_by_reason[Reason.SHARED_ADDRESS] += 1
        elif reason := skip_reason(replace(facts[pk], has_empty_field=pk in empty)):
            n_by_reason[reason] += 1
    return n_by_reason


def first_said(campaign: Campaign) -> tuple[Stop, Wording]:
    """The first message or call, and its words; the campaign's own where nothing is written yet."""
    stops = [stop for stop in journey_of(campaign).stops if stop.is_action]
    stop = stops[0] if stops else Stop(1, "message", channel=CHANNEL)
    if stop.kind == "phone":
        return stop, Wording(None, "", stop.script)
    if not stop.variants:
        return stop, Wording(None, campaign.subject, campaign.body)
    return stop, stop.variants[0].by_language[""]


def without_a_needed_value(
    customers: Collection[int] | QuerySet, campaign: Campaign, *, clinic: Clinic, at: datetime
) -> set[int]:
    """Customers for whom a merge field would be printed that has neither value nor fallback."""
    fields = templates.used_fields(subject=campaign.subject, body=campaign.body)
    day = local_day(clinic.zone, at)
    values = merge_values(customers, fields=fields, clinic=clinic, on=day)
    lacking = (pk for pk, of_one in values.items() if not fields <= of_one.keys())
    return {pk for pk in lacking if not _can_render(campaign, values[pk])}


def _can_render(campaign: Campaign, values: dict[str, str | int]) -> bool:
    try:
        # A call and a short message have no subject.
        templates.render(subject=campaign.subject or "-", body=campaign.body, values=values)
    except EmptyField:
        return False
    except TemplateRefused:
        return True  # refused for everybody alike: dispatch says so
    return True
