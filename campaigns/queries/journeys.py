"""A campaign's steps as a journey."""

from collections import defaultdict

from campaigns.journeys import Journey, Stop, single_message, variants_from
from campaigns.models import Campaign, Variant
from campaigns.windows import SendWindow


def journey_of(campaign: Campaign) -> Journey:
    """Two queries. A campaign without steps is one message: its own subject and body."""
    steps = list(campaign.steps.order_by("number"))
    if not steps:
        return single_message(campaign.subject, campaign.body)
    rows = defaultdict(list)
    of_steps = Variant.objects.filter(step__campaign=campaign).order_by("name", "language")
    for step_id, *row in of_steps.values_list(
        "step", "pk", "name", "language", "share", "subject", "body"
    ):
        rows[step_id].append(tuple(row))
    return Journey(
        tuple(
            Stop(
                number=step.number,
                kind=step.kind,
                channel="phone" if step.kind == "phone" else step.channel,
                wait_days=step.wait_days,
                condition=step.condition,
                script=step.script,
                next_if_yes=step.next_if_yes,
                next_if_no=step.next_if_no,
                variants=variants_from(rows[step.pk]),
            )
            for step in steps
        )
    )


def send_window_of(campaign: Campaign) -> SendWindow:
    return SendWindow(campaign.send_from_hour, campaign.send_until_hour, campaign.send_days)
