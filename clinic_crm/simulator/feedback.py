"""What customers say: answers to the survey after a visit, and complaints."""

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.history import Visits
from clinic_crm.simulator.randomness import pick, stream
from clinic_crm.simulator.seasons import Clock
from clinic_crm.simulator.tables import Complaints, Surveys

CSAT_AFTER_BAD = np.array([0.25, 0.35, 0.30, 0.08, 0.02])
CSAT_AFTER_GOOD = np.array([0.005, 0.015, 0.09, 0.36, 0.53])


def collect_surveys(
    config: ClinicConfig, clock: Clock, visits: Visits, customer: np.ndarray, seed: int
) -> Surveys:
    """customer: record row, one a visit."""
    draws = stream(seed, "surveys").random((3, len(visits)))
    day = visits.day + (4 * draws[1]).astype(np.int64)
    rows = np.flatnonzero((draws[0] < config.survey_rate) & (day <= clock.until_day))
    bad, good = pick(draws[2], CSAT_AFTER_BAD), pick(draws[2], CSAT_AFTER_GOOD)
    rows = rows[np.argsort(day[rows], kind="stable")]
    return Surveys(
        customer=customer[rows],
        answered_on=clock.date_of(day[rows]),
        csat=1 + np.where(visits.is_bad, bad, good)[rows],
    )


def collect_complaints(
    config: ClinicConfig, clock: Clock, visits: Visits, customer: np.ndarray, seed: int
) -> Complaints:
    """Only bad visits are complained of; after a long wait mostly the wait."""
    draws = stream(seed, "complaints").random((4, len(visits)))
    day = visits.day + (10 * draws[1]).astype(np.int64)
    complains = visits.is_bad & (draws[0] < config.complaint_rate) & (day <= clock.until_day)
    rows = np.flatnonzero(complains)
    rows = rows[np.argsort(day[rows], kind="stable")]
    labels = np.array([reason for reason, _ in config.complaint_reasons])
    weights = np.array([weight for _, weight in config.complaint_reasons])
    other = 1 + pick(draws[2], weights[1:]) if len(labels) > 1 else np.zeros(len(visits), int)
    waited = (visits.waiting_minutes > 40) & (draws[3] < 0.75)
    return Complaints(
        customer=customer[rows],
        reported_on=clock.date_of(day[rows]),
        reason=labels[np.where(waited, 0, other)[rows]],
    )
