"""Taking a ready flow: a draft of the clinic's own with its texts in both languages."""

from django.db import transaction
from django.utils import translation

from campaigns.flows import Flow, Said
from campaigns.models import Campaign, Step, Variant
from tenancy.models import Branch, Clinic, Membership

OPEN = [state for state in Campaign.State if state not in ("finished", "cancelled")]


@transaction.atomic
def take_flow(
    *, flow: Flow, clinic: Clinic, by: Membership | None, branch: Branch | None = None
) -> tuple[Campaign, bool]:
    """(the clinic's campaign of this flow, whether it was made now). A flow is there once."""
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)  # two clicks, one flow
    standing = Campaign.objects.filter(flow_key=flow.key, state__in=OPEN).first()
    if standing is not None:
        return standing, False
    home = clinic.language if clinic.language in flow.steps[0].said else "en"
    first = flow.steps[0].said[home]
    with translation.override(clinic.language):
        name, reason = str(flow.name), str(flow.no_holdout_reason)
    campaign = Campaign.objects.create(
        name=name,
        goal=flow.goal,
        purpose=flow.purpose,
        branch=branch,
        subject=first.subject,
        body=first.body,
        holdout_rate=0 if reason else clinic.holdout_percent / 100,
        no_holdout_reason=reason,
        outcome_window_days=max(clinic.outcome_window_days, flow.least_window_days),
        leaves_on_return=flow.leaves_on_return,
        schedule=Campaign.Schedule.TRIGGER,
        trigger=flow.trigger,
        trigger_days=flow.days,
        trigger_detail=flow.detail,
        flow_key=flow.key,
        owner=by,
    )
    number = 0
    for said in flow.steps:
        if said.after_days:
            number += 1
            Step.objects.create(
                campaign=campaign, number=number, kind="wait", wait_days=said.after_days
            )
        number += 1
        _write_step(campaign, number, said, home)
    return campaign, True


def _write_step(campaign: Campaign, number: int, said: Said, home: str) -> None:
    """The clinic's own language is what everybody else reads; the others stand beside it."""
    step = Step.objects.create(campaign=campaign, number=number, kind="message", channel="email")
    for language, words in said.said.items():
        Variant.objects.create(
            step=step,
            name="A",
            language="" if language == home else language,
            share=100,
            subject=words.subject,
            body=words.body,
        )
