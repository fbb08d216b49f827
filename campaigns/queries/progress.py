"""How far a campaign has come. Enrolled = treated + holdout; treated = the sum of all states."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Min, QuerySet

from campaigns.models import Campaign, Enrolment, Message
from campaigns.queries.outcome import n_returned
from tenancy.models import Branch

TREATED, HOLDOUT = Enrolment.Arm.TREATED.value, Enrolment.Arm.HOLDOUT.value


@dataclass(frozen=True)
class Progress:
    """n_by_state: {message state: customers}. n_by_reason: of the skipped, most frequent first."""

    n_treated: int
    n_holdout: int
    n_by_state: dict[str, int]
    n_by_reason: tuple[tuple[str, int], ...]
    is_journey: bool = False  # of several steps: what each customer got at best
    next_due_at: datetime | None = None  # of the messages that wait

    @property
    def n_enrolled(self) -> int:
        return self.n_treated + self.n_holdout

    def n(self, state: str) -> int:
        return self.n_by_state.get(state, 0)

    @property
    def n_open(self) -> int:
        """Messages that are still to be sent or on the wire."""
        return self.n(Message.State.QUEUED) + self.n(Message.State.SENDING)


def progress_of(campaign: Campaign) -> Progress:
    """Three queries, whatever the size. Every customer is counted once, so it always adds up."""
    if campaign.steps.exists():
        return _progress_of_journey(campaign)
    n_by_arm = dict(_counted(campaign.enrolments, "arm"))
    n_by_state: Counter[str] = Counter()
    reasons, next_due_at = [], None
    counted = _counted(campaign.messages, "state", "skip_reason")
    for state, reason, n, due_at in counted.annotate(due=Min("due_at")):
        n_by_state[state] += n
        if state == Message.State.SKIPPED:
            reasons.append((reason, n))
        elif state == Message.State.QUEUED:
            next_due_at = due_at
    return Progress(
        n_treated=n_by_arm.get(TREATED, 0),
        n_holdout=n_by_arm.get(HOLDOUT, 0),
        n_by_state=dict(n_by_state),
        n_by_reason=tuple(sorted(reasons, key=lambda row: (-row[1], row[0]))),
        next_due_at=next_due_at,
    )


# One state a treated customer: the best that happened to any of their messages, else that one is
# still to come, else why there will be none.
_BY_CUSTOMER = """
SELECT arm, state, reason, count(*), min(due_at) FROM (
    SELECT enrolment.arm, CASE
        WHEN enrolment.arm = 'holdout' THEN ''
        WHEN bool_or(message.state = 'sent') THEN 'sent'
        WHEN bool_or(message.state = 'unknown') THEN 'unknown'
        WHEN bool_or(message.state = 'sending') THEN 'sending'
        WHEN bool_or(message.state = 'queued') OR enrolment.due_at IS NOT NULL THEN 'queued'
        WHEN bool_or(message.state = 'failed') THEN 'failed'
        ELSE 'skipped' END AS state,
        coalesce(nullif(enrolment.left_reason, ''), min(nullif(message.skip_reason, '')),
            %(no_message)s) AS reason,
        min(message.due_at) FILTER (WHERE message.state = 'queued') AS due_at
    FROM campaigns_enrolment enrolment
    LEFT JOIN campaigns_message message ON message.clinic_id = enrolment.clinic_id
        AND message.enrolment_id = enrolment.id
    WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.campaign_id = %(campaign_id)s
    GROUP BY enrolment.id
) AS customer
GROUP BY arm, state, reason
"""
NO_MESSAGE = "no_message"  # the journey ended before anything was said


def _progress_of_journey(campaign: Campaign) -> Progress:
    asked = {
        "clinic_id": campaign.clinic_id, "campaign_id": campaign.pk, "no_message": NO_MESSAGE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_BY_CUSTOMER, asked)
        rows = cursor.fetchall()
    n_by_state: Counter[str] = Counter()
    n_by_reason: Counter[str] = Counter()
    n_holdout = 0
    dues = [due_at for *_rest, due_at in rows if due_at is not None]
    for arm, state, reason, n, _due_at in rows:
        if arm == HOLDOUT:
            n_holdout += n
            continue
        n_by_state[state] += n
        if state == Message.State.SKIPPED:
            n_by_reason[reason] += n
    return Progress(
        n_treated=n_by_state.total(),
        n_holdout=n_holdout,
        n_by_state=dict(n_by_state),
        n_by_reason=tuple(sorted(n_by_reason.items(), key=lambda row: (-row[1], row[0]))),
        is_journey=True,
        next_due_at=min(dues, default=None),
    )


@dataclass(frozen=True)
class StepProgress:
    """Messages of one step by state; n_waiting: customers whose next step it is."""

    number: int
    n_by_state: dict[str, int]
    n_waiting: int
    n_opened: int
    n_replied: int

    @property
    def n_all(self) -> int:
        return sum(self.n_by_state.values())

    def n(self, state: str) -> int:
        return self.n_by_state.get(state, 0)

    @property
    def n_ahead(self) -> int:
        """Customers whose next step it is, and messages of it that wait for their hour."""
        return self.n_waiting + self.n(Message.State.QUEUED) + self.n(Message.State.SENDING)

    @property
    def n_sent(self) -> int:
        return self.n(Message.State.SENT)

    @property
    def n_skipped(self) -> int:
        return self.n(Message.State.SKIPPED)


def steps_progress(campaign: Campaign) -> dict[int, StepProgress]:
    """{number of the step: how far}; two queries."""
    messages = (
        campaign.messages.order_by().values_list("step", "state")
        .annotate(n=Count("pk"), opened=Count("opened_at"), replied=Count("replied_at"))
    )  # fmt: skip
    waiting = dict(_counted(campaign.enrolments.filter(due_at__isnull=False), "step"))
    n_by_step: dict[int, dict[str, int]] = {number: {} for number in waiting}
    opened: Counter[int] = Counter()
    replied: Counter[int] = Counter()
    for step, state, n, n_opened, n_replied in messages:
        n_by_step.setdefault(step, {})[state] = n
        opened[step] += n_opened
        replied[step] += n_replied
    return {
        step: StepProgress(step, n_by_state, waiting.get(step, 0), opened[step], replied[step])
        for step, n_by_state in n_by_step.items()
    }


def _counted(rows: QuerySet, *columns: str) -> QuerySet:
    return rows.order_by().values_list(*columns).annotate(n=Count("pk"))


@dataclass(frozen=True)
class CampaignRow:
    """One line of the list of campaigns."""

    campaign: Campaign
    n_treated: int
    n_holdout: int
    n_sent: int
    n_treated_returned: int
    n_holdout_returned: int

    @property
    def treated_rate(self) -> float | None:
        return self.n_treated_returned / self.n_treated if self.n_treated else None

    @property
    def holdout_rate(self) -> float | None:
        return self.n_holdout_returned / self.n_holdout if self.n_holdout else None


def campaign_rows(campaigns: Sequence[Campaign]) -> list[CampaignRow]:
    """Three queries for the whole page."""
    ids = [campaign.pk for campaign in campaigns]
    enrolments = Enrolment.objects.filter(campaign__in=ids)
    n_by_arm = {(pk, arm): n for pk, arm, n in _counted(enrolments, "campaign", "arm")}
    sent = Message.objects.filter(campaign__in=ids, state=Message.State.SENT)
    n_sent = dict(_counted(sent, "campaign"))
    returned = n_returned(ids)
    return [
        CampaignRow(
            campaign=campaign,
            n_treated=n_by_arm.get((campaign.pk, TREATED), 0),
            n_holdout=n_by_arm.get((campaign.pk, HOLDOUT), 0),
            n_sent=n_sent.get(campaign.pk, 0),
            n_treated_returned=returned.get((campaign.pk, TREATED), 0),
            n_holdout_returned=returned.get((campaign.pk, HOLDOUT), 0),
        )
        for campaign in campaigns
    ]


def enrolment_rows(
    campaign: Campaign, *, branch: Branch | None, which: str = ""
) -> QuerySet[Enrolment]:
    """Enrolments with customer; which: "holdout", a message state, a skip reason, or "" for all."""
    rows = campaign.enrolments.select_related("customer").prefetch_related("messages")
    if branch is not None:
        rows = rows.filter(customer__home_branch=branch)
    if which == HOLDOUT:
        rows = rows.filter(arm=HOLDOUT)
    elif which in Message.State.values:
        rows = rows.filter(messages__state=which)
    elif which:
        rows = rows.filter(messages__skip_reason=which)
    return rows.order_by("pk")
