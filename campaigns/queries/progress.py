"""How far a campaign has come. Enrolled = treated + holdout; treated = the sum of all states."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

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
    """Two queries, whatever the size."""
    n_by_arm = dict(_counted(campaign.enrolments, "arm"))
    rows = list(_counted(campaign.messages, "state", "skip_reason"))
    n_by_state: dict[str, int] = {}
    for state, _reason, n in rows:
        n_by_state[state] = n_by_state.get(state, 0) + n
    reasons = [(reason, n) for state, reason, n in rows if state == Message.State.SKIPPED]
    return Progress(
        n_treated=n_by_arm.get(TREATED, 0),
        n_holdout=n_by_arm.get(HOLDOUT, 0),
        n_by_state=n_by_state,
        n_by_reason=tuple(sorted(reasons, key=lambda row: (-row[1], row[0]))),
    )


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
