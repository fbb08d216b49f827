"""From a draft to a launched campaign: confirmed by a person; `expansion` carries it out."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.exceptions import CampaignRefused, WrongState
from campaigns.journeys import Journey, check_journey
from campaigns.models import Campaign
from campaigns.queries.journeys import journey_of
from campaigns.services import templates
from campaigns.services.approvals import refuse_unapproved
from campaigns.services.audience import GLANCE, Forecast, foresee
from campaigns.services.content_check import unanswered
from campaigns.services.expansion import ask_to_expand
from campaigns.services.schedules import check_hours, check_start
from tenancy.clock import local_day
from tenancy.models import AuditEntry, Clinic, Job, Membership
from tenancy.queue import enqueue

JOB_KIND = "campaign.launch"
State = Campaign.State


@transaction.atomic
def confirm(
    *,
    campaign: Campaign,
    clinic: Clinic,
    by: Membership | None,
    at: datetime,
    actor_label: str = "",
) -> Campaign:
    """The person says «send»: now a worker freezes the audience, later the clock says when.

    Raises WrongState when somebody launched it before, CampaignRefused (and its subclasses) when
    nobody would be written to, the plan cannot be carried out or a second person has to agree.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if campaign.state != State.DRAFT:
        raise WrongState(_("This campaign was launched already."))
    check_ready(campaign, clinic, at=at)
    forecast = foresee(campaign=campaign, clinic=clinic, at=at, look=GLANCE)
    if not campaign.is_always_on:
        if forecast.n_to_send == 0:  # of those; let there be one among the others
            forecast = foresee(campaign=campaign, clinic=clinic, at=at)
        refuse_pointless(forecast)
    refuse_unapproved(campaign, clinic, forecast.n_treated)
    AuditEntry.objects.create(
        actor=by,
        actor_label=actor_label or str(by),
        action="campaign.launched",
        subject_kind="campaign",
        subject_id=campaign.pk,
    )
    if campaign.starts_at is not None and campaign.starts_at > at:
        campaign.state = State.SCHEDULED
        campaign.save(update_fields=["state"])
    else:
        start(campaign, clinic, at=at, by=by)
    return campaign


def check_ready(campaign: Campaign, clinic: Clinic, *, at: datetime) -> None:
    """Raises CampaignRefused where the plan could not be carried out from now on."""
    check_start(campaign, at=at)
    check_hours(campaign, clinic)
    journey = journey_of(campaign)
    check_journey(journey, outcome_window_days=campaign.outcome_window_days)
    for stop in journey.messages:
        for variant in stop.variants:
            for words in variant.by_language.values():
                # Only mails have a subject; the check wants one.
                templates.check(subject=words.subject or campaign.name, body=words.body)
    refuse_unanswered(campaign, journey, clinic)


def texts_of(journey: Journey, clinic: Clinic) -> list[tuple[str, str, str, str]]:
    """(subject, body, channel, language) of all that a journey says, as written."""
    said = [
        (words.subject, words.body, stop.channel, language or clinic.language)
        for stop in journey.messages
        for variant in stop.variants
        for language, words in variant.by_language.items()
    ]
    return [*said, *(("", stop.script, "phone", clinic.language) for stop in journey.calls)]


def refuse_unanswered(campaign: Campaign, journey: Journey, clinic: Clinic) -> None:
    """Raises CampaignRefused for words that a rule forbids and nobody answered for."""
    waiting = unanswered(campaign=campaign, clinic=clinic, texts=texts_of(journey, clinic))
    if waiting:
        words = pgettext("values", ", ").join(
            f"“{one.finding.words or _(one.finding.name)}”" for one in waiting[:5]
        )
        raise CampaignRefused(
            _("A rule forbids %(words)s. Change the text, or answer for it by name.")
            % {"words": words},
            field="body",
        )


def start(campaign: Campaign, clinic: Clinic, *, at: datetime, by: Membership | None) -> None:
    """Its hour has come. Once: a worker freezes the audience. Always on: it runs from now."""
    if campaign.is_always_on:
        campaign.state = State.RUNNING
        campaign.launched_at, campaign.launched_on = at, local_day(clinic.zone, at)
        if campaign.schedule == Campaign.Schedule.RECURRING:
            campaign.next_wave_at = campaign.starts_at or at
        campaign.save(update_fields=["state", "launched_at", "launched_on", "next_wave_at"])
        enqueue("campaigns.tick_clinic")
        enqueue("campaigns.follow_triggers_clinic")
        return
    campaign.job = Job.objects.create(kind=JOB_KIND, started_by=by)
    campaign.state = State.LAUNCHING
    campaign.save(update_fields=["state", "job"])
    ask_to_expand(campaign.pk)


def refuse_pointless(forecast: Forecast) -> None:
    """Raises CampaignRefused when nobody would get the message, saying why."""
    if forecast.n_audience == 0:
        raise CampaignRefused(
            _("Nobody is in this segment now. Choose another or widen its rule."), field="segment"
        )
    if forecast.n_treated == 0:
        raise CampaignRefused(
            _("Everybody would be held out. Hold back less or choose a larger segment."),
            field="holdout_percent",
        )
    if forecast.n_to_send == 0:
        raise CampaignRefused(
            _("Everybody would be left out, for the reasons shown. Nothing would be sent.")
        )
