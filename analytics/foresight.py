"""What lift a planned campaign could tell, from what past holdouts did by themselves."""

from analytics.measure.rates import minimum_detectable_difference, needed_sample
from campaigns.foresight import Lift
from campaigns.models import Campaign, Enrolment
from campaigns.queries.outcome import n_returned

LAST_CAMPAIGNS = 20
ENOUGH = 100  # held out customers, before their rate is believed
ASSUMED_RATE = 0.1
WANTED_RISE = 0.03


def detectable(n_treated: int, n_holdout: int) -> Lift:
    """Both groups hold somebody."""
    base_rate, is_assumed = _base_rate()
    wanted = min(WANTED_RISE, 1 - base_rate)
    return Lift(
        base_rate=base_rate,
        is_assumed=is_assumed,
        rise=minimum_detectable_difference(n_treated, n_holdout, base_rate),
        wanted_rise=wanted,
        n_needed=needed_sample(base_rate, wanted, holdout_rate=n_holdout / (n_treated + n_holdout)),
    )


def _base_rate() -> tuple[float, bool]:
    """(return rate of the held out of the latest finished campaigns, whether it is assumed)."""
    finished = Campaign.objects.filter(
        state=Campaign.State.FINISHED, launched_on__isnull=False
    ).order_by("-launched_on", "-pk")
    ids = list(finished.values_list("pk", flat=True)[:LAST_CAMPAIGNS])
    n_held = Enrolment.objects.filter(campaign__in=ids, arm=Enrolment.Arm.HOLDOUT).count()
    if n_held < ENOUGH:
        return ASSUMED_RATE, True
    returned = n_returned(ids)
    n_came = sum(n for (_pk, arm), n in returned.items() if arm == Enrolment.Arm.HOLDOUT)
    rate = n_came / n_held
    return (rate, False) if 0 < rate < 1 else (ASSUMED_RATE, True)
