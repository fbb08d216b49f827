"""Pause, resume, cancel, finish. What is on the wire goes through; nothing new starts."""

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import WrongState
from campaigns.models import Campaign
from campaigns.services import expansion
from campaigns.services.winding_up import begin_to_wind_up
from tenancy.models import AuditEntry, Membership
from tenancy.queue import enqueue

State = Campaign.State


def pause(*, campaign: Campaign, by: Membership | None, actor_label: str = "") -> None:
    """Raises WrongState unless it is running, or being launched: then its audience is taken in all
    the same, and nothing is sent."""
    _move(
        campaign, {State.RUNNING, State.LAUNCHING}, State.PAUSED, by, "campaign.paused", actor_label
    )


@transaction.atomic
def resume(*, campaign: Campaign, by: Membership | None, actor_label: str = "") -> None:
    """Raises WrongState unless it is paused."""
    standing = Campaign.objects.select_related("job").get(pk=campaign.pk)
    target = State.LAUNCHING if expansion.is_unfinished(standing) else State.RUNNING
    _move(campaign, {State.PAUSED}, target, by, "campaign.resumed", actor_label)
    expansion.ask_to_expand(campaign.pk)
    enqueue("campaigns.send_due", campaign_id=campaign.pk)
    enqueue("campaigns.advance", campaign_id=campaign.pk)


@transaction.atomic
def cancel(*, campaign: Campaign, by: Membership | None, actor_label: str = "") -> None:
    """Stop for good: what still waits is left out. Raises WrongState when it is over already."""
    stoppable = {State.SCHEDULED, State.LAUNCHING, State.RUNNING, State.PAUSED}
    _move(campaign, stoppable, State.CANCELLED, by, "campaign.cancelled", actor_label)
    expansion.stop(campaign)
    begin_to_wind_up(campaign.pk)


@transaction.atomic
def finish(*, campaign_id: int) -> None:
    """The outcome window is over: what still waits would come too late. Safe to repeat."""
    standing = Campaign.objects.filter(pk=campaign_id, state__in=[State.RUNNING, State.PAUSED])
    if standing.update(state=State.FINISHED):
        begin_to_wind_up(campaign_id)


@transaction.atomic
def _move(
    campaign: Campaign,
    origins: set[Campaign.State],
    target: str,
    by: Membership | None,
    action: str,
    actor_label: str,
) -> None:
    moved = Campaign.objects.filter(pk=campaign.pk, state__in=origins).update(state=target)
    if not moved:
        raise WrongState(_("Somebody was faster: the campaign is in another state now."))
    AuditEntry.objects.create(
        actor=by,
        actor_label=actor_label or str(by),
        action=action,
        subject_kind="campaign",
        subject_id=campaign.pk,
    )
