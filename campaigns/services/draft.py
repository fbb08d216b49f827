"""Planning a campaign: everything may change until it is launched."""

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import WrongState
from campaigns.models import AudiencePart, Campaign, Variant
from campaigns.services.plan_rules import MAX_HOLDOUT_PERCENT, MAX_WINDOW_DAYS, Plan, check
from tenancy.models import Branch, Membership

__all__ = ["MAX_HOLDOUT_PERCENT", "MAX_WINDOW_DAYS", "Plan", "check", "lock_draft", "save_draft"]

COPIED = (  # from the plan as they are
    "segment", "customer_list", "goal", "purpose", "outcome_window_days", "message_cost_minor",
    "respects_quiet_hours", "offer_cost_minor", "budget_minor", "budget_minutes", "minutes_a_call",
    "leaves_on_return", "send_from_hour", "send_until_hour", "send_days", "schedule", "starts_at",
    "repeats_every_days", "ends_on", "trigger", "trigger_days", "trigger_detail",
)  # fmt: skip


@transaction.atomic
def save_draft(
    *,
    plan: Plan,
    by: Membership | None,
    campaign: Campaign | None = None,
    branch: Branch | None = None,
) -> Campaign:
    """Create or change a draft; a change takes an approval back.

    branch: of a new campaign, only this branch's customers; a draft keeps the one it has.
    Raises CampaignRefused with the field at fault, WrongState once it was launched.
    """
    check(plan)
    campaign = Campaign(owner=by, branch=branch) if campaign is None else lock_draft(campaign)
    campaign.name, campaign.offer = plan.name.strip(), plan.offer.strip()
    campaign.subject, campaign.body = plan.subject.strip(), plan.body.strip()
    campaign.holdout_rate = plan.holdout_percent / 100
    campaign.no_holdout_reason = "" if plan.holdout_percent else plan.no_holdout_reason.strip()
    for name in COPIED:
        setattr(campaign, name, getattr(plan, name))
    campaign.approved_by = campaign.approved_at = None
    campaign.save()
    _write_parts(campaign, plan)
    write_first_words(campaign)
    return campaign


def lock_draft(campaign: Campaign) -> Campaign:
    """The draft as it stands now, in our hands. Raises WrongState once it was launched."""
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState(_("This campaign was launched and can no longer be changed."))
    return campaign


def _write_parts(campaign: Campaign, plan: Plan) -> None:
    campaign.audience_parts.all().delete()
    for segments, is_excluded in ((plan.also_in, False), (plan.kept_out, True)):
        AudiencePart.objects.bulk_create(
            AudiencePart(campaign=campaign, segment=segment, is_excluded=is_excluded)
            for segment in segments
        )


def write_first_words(campaign: Campaign) -> None:
    """Of a campaign with steps, the first message's first variant says what the plan says."""
    first = Variant.objects.filter(step__campaign=campaign, step__kind="message", language="")
    variant = first.order_by("step__number", "name").first()
    if variant is not None:
        variant.subject, variant.body = campaign.subject, campaign.body
        variant.save(update_fields=["subject", "body"])
