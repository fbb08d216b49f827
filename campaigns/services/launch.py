"""From a draft to a running campaign: confirmed by a person, carried out by a worker."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused, WrongState
from campaigns.models import Campaign, Enrolment
from campaigns.services import templates
from campaigns.services.audience import Forecast, foresee, freeze
from tenancy.clock import local_day
from tenancy.models import AuditEntry, Clinic, Job, Membership
from tenancy.queue import enqueue

JOB_KIND = "campaign.launch"


@transaction.atomic
def confirm(
    *, campaign: Campaign, clinic: Clinic, by: Membership, at: datetime, actor_label: str = ""
) -> Campaign:
    """The person says «send»: the campaign is launching, a worker freezes the audience.

    Raises WrongState when somebody launched it before, CampaignRefused when nobody would be
    written to or the text cannot be used.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState(_("This campaign was launched already."))
    templates.check(subject=campaign.subject, body=campaign.body)
    refuse_pointless(foresee(campaign=campaign, clinic=clinic, at=at))
    campaign.job = Job.objects.create(kind=JOB_KIND, started_by=by)
    campaign.state = Campaign.State.LAUNCHING
    campaign.save(update_fields=["state", "job"])
    AuditEntry.objects.create(
        actor=by,
        actor_label=actor_label or str(by),
        action="campaign.launched",
        subject_kind="campaign",
        subject_id=campaign.pk,
    )
    enqueue("campaigns.launch", campaign_id=campaign.pk)
    return campaign


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


@transaction.atomic
def launch(*, campaign_id: int, clinic: Clinic, at: datetime) -> None:
    """Freeze the audience and start; a repeated call does nothing."""
    campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .filter(pk=campaign_id, state=Campaign.State.LAUNCHING)
        .first()
    )
    if campaign is None:
        return  # launched by another worker, or cancelled
    n_enrolled = freeze(campaign=campaign, clinic=clinic, at=at)
    n_treated = Enrolment.objects.filter(campaign=campaign, arm=Enrolment.Arm.TREATED).count()
    if n_treated == 0:  # the segment emptied since it was confirmed
        _back_to_draft(campaign, at)
        return
    campaign.state = Campaign.State.RUNNING
    campaign.launched_at, campaign.launched_on = at, local_day(clinic.zone, at)
    campaign.save(update_fields=["state", "launched_at", "launched_on"])
    _finish_job(campaign, Job.State.DONE, at, n_enrolled=n_enrolled)
    enqueue("campaigns.send_due", campaign_id=campaign.pk)


def _back_to_draft(campaign: Campaign, at: datetime) -> None:
    campaign.enrolments.all().delete()
    campaign.state = Campaign.State.DRAFT
    campaign.save(update_fields=["state"])
    _finish_job(campaign, Job.State.FAILED, at, error="nobody_to_treat")


def _finish_job(
    campaign: Campaign, state: str, at: datetime, *, n_enrolled: int = 0, error: str = ""
) -> None:
    Job.objects.filter(pk=campaign.job_id).update(
        state=state, n_done=n_enrolled, n_total=n_enrolled, error=error, finished_at=at
    )
