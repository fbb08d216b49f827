"""All that one page says before a launch: who, what it costs, what it can tell, what it says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from campaigns.content import Hint, Parts, framed_sms, hints, parts
from campaigns.exceptions import CampaignRefused, EmptyField
from campaigns.foresight import Lift, detectable_lift
from campaigns.journeys import MESSAGE, Journey, Stop, VariantPlan, Wording
from campaigns.merge_fields import example_values
from campaigns.models import Campaign, Enrolment
from campaigns.queries.journeys import journey_of
from campaigns.queries.merge_values import merge_values
from campaigns.services import templates
from campaigns.services.approvals import needs_approval
from campaigns.services.audience import Forecast, audience_of, foresee
from campaigns.services.launch import check_ready, refuse_pointless
from campaigns.services.providers import carriers
from campaigns.services.triggers import n_fulfilling
from customers.models import Customer
from tenancy.clock import local_day
from tenancy.models import Clinic

LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Cost:
    """first_minor: of the first message to everybody; most_*: if everybody went the whole way."""

    first_minor: int
    most_minor: int
    most_minutes: int
    offer_minor: int  # a head who takes it


@dataclass(frozen=True)
class Shown:
    """A message as one real customer would read it; refusal: why they would not."""

    step: int
    channel: str
    variant: str
    share: int
    language: str
    customer: Customer | None
    subject: str = ""
    body: str = ""
    refusal: str = ""
    words: Wording | None = None  # as written
    values: Mapping[str, str | int] = field(default_factory=dict)
    parts: Parts | None = None
    hints: tuple[Hint, ...] = ()

    @property
    def hint_words(self) -> list[str]:
        return [_(hint.words) % {"n": hint.n} for hint in self.hints]


@dataclass(frozen=True)
class Review:
    """problems: what has to change before it can be launched; then nothing else may be known."""

    problems: tuple[str, ...]
    journey: Journey
    forecast: Forecast | None = None
    cost: Cost | None = None
    lift: Lift | None = None
    overlaps: tuple[tuple[Campaign, int], ...] = ()
    messages: tuple[Shown, ...] = ()
    is_waiting_for_approval: bool = False
    unsent: tuple[Stop, ...] = ()  # messages of a channel without an account: they would wait
    n_fulfil_today: int | None = None  # of a trigger: how many it would enrol now


def review(*, campaign: Campaign, clinic: Clinic, at: datetime) -> Review:
    """A saved draft, looked at now. Raises RuleRefused where a segment's rule cannot be used."""
    journey = journey_of(campaign)
    problems = []
    try:
        check_ready(campaign, clinic, at=at)
    except CampaignRefused as refused:
        problems.append(refused.message)
    forecast = foresee(campaign=campaign, clinic=clinic, at=at)
    if not campaign.is_always_on:
        try:
            refuse_pointless(forecast)
        except CampaignRefused as refused:
            problems.append(refused.message)
    carried = carriers()
    return Review(
        problems=tuple(problems),
        journey=journey,
        forecast=forecast,
        cost=cost_of(campaign, journey, forecast),
        lift=detectable_lift(forecast.n_treated, forecast.n_holdout),
        overlaps=overlaps_of(campaign),
        messages=tuple(rendered(campaign, journey, clinic, at)),
        is_waiting_for_approval=needs_approval(campaign, clinic, forecast.n_treated),
        unsent=tuple(stop for stop in journey.messages if stop.channel not in carried),
        n_fulfil_today=n_fulfilling(campaign, clinic, on=local_day(clinic.zone, at)),
    )


def cost_of(campaign: Campaign, journey: Journey, forecast: Forecast) -> Cost:
    n, a_message = forecast.n_to_send, campaign.message_cost_minor
    first_is_message = journey.stops[0].kind == MESSAGE
    return Cost(
        first_minor=n * a_message if first_is_message else 0,
        most_minor=n * a_message * len(journey.messages),
        most_minutes=n * campaign.minutes_a_call * len(journey.calls),
        offer_minor=campaign.offer_cost_minor,
    )


def overlaps_of(campaign: Campaign) -> tuple[tuple[Campaign, int], ...]:
    """Other open campaigns that write to the same customers, and to how many. Two queries."""
    states = [Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.LAUNCHING]
    others = (
        Enrolment.objects.filter(
            campaign__state__in=states,
            arm=Enrolment.Arm.TREATED,
            customer__in=audience_of(campaign).values("pk"),
        )
        .exclude(campaign=campaign.pk)
        .order_by()
        .values_list("campaign")
        .annotate(n=Count("customer", distinct=True))
    )
    n_by_id = dict(others)
    found = Campaign.objects.filter(pk__in=n_by_id)
    return tuple(
        sorted(((one, n_by_id[one.pk]) for one in found), key=lambda row: (-row[1], row[0].pk))
    )


def rendered(campaign: Campaign, journey: Journey, clinic: Clinic, at: datetime) -> Iterator[Shown]:
    """Every message and script, for a real customer of each language of the audience."""
    people = {language: _somebody(campaign, language, clinic) for language in LANGUAGES}
    if not any(people.values()):
        people[clinic.language] = audience_of(campaign).order_by("pk").first()
    values = _values_of(journey, people, clinic, at)
    for stop in journey.stops:
        if stop.kind == MESSAGE:
            for variant in stop.variants:
                for language, customer in people.items():
                    if customer is not None or language in variant.by_language:
                        yield _shown(stop, variant, language, customer, values, clinic)


def _somebody(campaign: Campaign, language: str, clinic: Clinic) -> Customer | None:
    """One of the audience who reads this language and has something to be said to."""
    spoken = [language, ""] if language == clinic.language else [language]
    readers = audience_of(campaign).filter(language__in=spoken)
    return readers.order_by("last_visit_on", "pk").first()


def _values_of(
    journey: Journey, people: dict[str, Customer | None], clinic: Clinic, at: datetime
) -> dict[int, dict]:
    fields: set[str] = set()
    for stop in journey.messages:
        for variant in stop.variants:
            for words in variant.by_language.values():
                fields |= templates.used_fields(subject=words.subject, body=words.body)
    ids = [customer.pk for customer in people.values() if customer is not None]
    day = local_day(clinic.zone, at)
    return merge_values(ids, fields=fields, clinic=clinic, on=day) if ids else {}


def _shown(
    stop: Stop,
    variant: VariantPlan,
    language: str,
    customer: Customer | None,
    values: dict[int, dict],
    clinic: Clinic,
) -> Shown:
    words = variant.words_for(language)
    about: dict[str, Any] = {
        "step": stop.number, "channel": stop.channel, "variant": variant.name,
        "share": variant.share, "language": language, "customer": customer, "words": words,
    }  # fmt: skip
    known = values.get(customer.pk, {}) if customer is not None else example_values()
    try:
        # Only mails have a subject, and a mail without one is refused by the plan's own check.
        text = templates.render(subject=words.subject or " ", body=words.body, values=known)
    except EmptyField:
        return Shown(**about, refusal="empty")
    except CampaignRefused as refused:
        return Shown(**about, refusal=refused.message)
    body = text.body
    if stop.channel == "sms":
        signature = clinic.sender_name or clinic.name
        written_in = language if language in variant.by_language else clinic.language
        body = framed_sms(body, signature=signature, language=written_in)
    return Shown(
        **about,
        values=known,
        subject=text.subject,
        body=body,
        parts=parts(body) if stop.channel == "sms" else None,
        hints=tuple(
            hints(subject=text.subject, body=body, channel=stop.channel, language=language)
        ),
    )
