"""Read-outs of campaigns: the stored one where it is final, else counted now."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, timedelta

from analytics.measure.money import difference_of_means
from analytics.measure.rates import verdict
from analytics.models import ReadOut
from analytics.queries.outcomes import HOLDOUT, TREATED, Arm, Outcome, outcomes_of
from campaigns.models import Campaign

SETTLING_DAYS = 14  # after the window: files of its last days still come in


def last_day(campaign: Campaign) -> date | None:
    """The day the last customer's outcome window closes; None: open end, or not launched."""
    return None if campaign.launched_on is None else campaign.ends_for_all_on


def is_settled(campaign: Campaign, on: date) -> bool:
    """Whether nothing more is expected to change the result."""
    closes_on = last_day(campaign)
    return closes_on is not None and on > closes_on + timedelta(days=SETTLING_DAYS)


def read_outs_of(campaigns: Sequence[Campaign], *, on: date) -> dict[int, ReadOut]:
    """{campaign id: read-out at the end of that day}; who was never launched is left out.

    Final ones are read, the others counted and not saved. At most two queries, whatever the
    number of campaigns.
    """
    launched = [campaign for campaign in campaigns if campaign.launched_on is not None]
    settled = [campaign.pk for campaign in launched if is_settled(campaign, on)]
    found = {}
    if settled:
        found = {
            read_out.campaign_id: read_out
            for read_out in ReadOut.objects.filter(campaign__in=settled, is_final=True)
        }
    missing = [campaign for campaign in launched if campaign.pk not in found]
    return found | (count_read_outs(missing, on=on) if missing else {})


def count_read_outs(campaigns: Iterable[Campaign], *, on: date) -> dict[int, ReadOut]:
    """{campaign id: unsaved read-out} of launched campaigns, in one query.

    A closed window is measured at its last day: what happens later changes nothing.
    """
    campaigns = list(campaigns)
    measured_on = {campaign.pk: min(on, last_day(campaign) or on) for campaign in campaigns}
    outcomes = outcomes_of(measured_on)
    return {
        campaign.pk: _read_out(
            campaign,
            measured_on[campaign.pk],
            outcomes[campaign.pk],
            is_final=is_settled(campaign, on),
        )
        for campaign in campaigns
    }


def _read_out(campaign: Campaign, day: date, outcome: Outcome, *, is_final: bool) -> ReadOut:
    treated, holdout = outcome.treated, outcome.holdout
    seen = verdict(
        n_treated_returns=treated.n_returned,
        n_treated=treated.n,
        n_holdout_returns=holdout.n_returned,
        n_holdout=holdout.n,
    )
    return ReadOut(
        campaign=campaign,
        measured_on=day,
        is_final=is_final,
        n_treated=treated.n,
        n_holdout=holdout.n,
        n_treated_returned=treated.n_returned,
        n_holdout_returned=holdout.n_returned,
        treated_net_minor=treated.net_minor,
        holdout_net_minor=holdout.net_minor,
        cost_minor=outcome.n_sent * campaign.message_cost_minor,
        detail={
            "n_sent": outcome.n_sent,
            "returned_after": {
                TREATED: _by_day(treated, campaign.outcome_window_days),
                HOLDOUT: _by_day(holdout, campaign.outcome_window_days),
            },
            "verdict": asdict(seen),
            "money": asdict(difference_of_means(treated.money, holdout.money)),
        },
    )


def _by_day(arm: Arm, window_days: int) -> list[int]:
    """Customers whose first purchase day came 1, 2, … days after enrolment."""
    return [arm.n_returned_after.get(day, 0) for day in range(1, window_days + 1)]
