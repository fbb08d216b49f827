"""Where the churn model starts before a clinic has taught it anything, and how that was made.

No clinic's data went into it. `learn_prior()` simulates N_CLINICS clinics of 400 customers each and
fits one logistic regression over all of them; the rounded answer is RHYTHM_MEAN (a test repeats
it).
The simulated customer follows the model behind clinic data in Platzer & Reutterer (2016, *Marketing
Science* 35, 779–799): arrives on a random day of four years, returns after gamma distributed gaps
around a personal interval, and after each purchase day may leave for good. Clinics differ in usual
interval (40–250 days), regularity (1, at random, to 6, by the calendar), loyalty (5–45 % leave
after a purchase day, more of them after the first) and age on the day of the look (½–4 years).
"""

import numpy as np

from segmentation.scoring.churn_features import BEHAVIOUR, RHYTHM, churn_features, stayed_away
from segmentation.scoring.logistic import fit_logistic
from segmentation.scoring.purchases import PurchaseDays, order_history

RHYTHM_MEAN = np.array(
    [0.08, -1.34, 2.91, -0.22, -0.49, 0.28, 0.39, 0.97]
)  # in the order of RHYTHM
RHYTHM_SD = np.array([1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
# Simulated customers only wait and leave, so what behaviour means is assumed, carefully: whoever
# complained, answered badly or missed an appointment is a little likelier to stay away.
BEHAVIOUR_PRIOR = {
    "gap_trend": (0.0, 0.5),
    "spend_trend": (0.0, 0.5),
    "discount": (0.0, 1.0),
    "missed": (0.2, 0.5),
    "survey": (0.15, 0.3),
    "complaint": (0.8, 1.0),
    "new_consultant": (0.0, 0.5),
    "nothing_wears_off": (0.0, 2.0),
    "treatment_interval": (0.0, 2.0),
    "treatment_waited": (0.0, 2.0),
}  # mean, standard deviation
_BEHAVIOUR = np.array([BEHAVIOUR_PRIOR[name] for name in BEHAVIOUR])
PRIOR_MEAN = np.concatenate([RHYTHM_MEAN, _BEHAVIOUR[:, 0]])  # in the order of FEATURES
PRIOR_SD = np.concatenate([RHYTHM_SD, _BEHAVIOUR[:, 1]])

N_CLINICS = 1000
N_CUSTOMERS = 400
CLINIC_LIFE_DAYS = 4 * 365
HORIZONS_DAYS = (60, 90, 180, 365)
MOST_PURCHASE_DAYS = 60
SEED = 20160915


def learn_prior(n_clinics: int = N_CLINICS) -> np.ndarray:
    """Coefficients, one a feature of RHYTHM, fitted on simulated clinics; the same every time."""
    chance = np.random.default_rng(SEED)
    features, away = zip(*(_clinic_rows(chance) for _ in range(n_clinics)), strict=True)
    return fit_logistic(
        np.vstack(features),
        np.concatenate(away),
        prior_mean=np.zeros(len(RHYTHM)),
        prior_sd=np.full(len(RHYTHM), 10.0),
    )


def _clinic_rows(chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of one simulated clinic on one random day of its life."""
    purchases = simulate_purchases(chance, N_CUSTOMERS)
    horizon = int(chance.choice(HORIZONS_DAYS))
    day = int(chance.integers(CLINIC_LIFE_DAYS // 8, CLINIC_LIFE_DAYS))
    history = order_history(purchases, n_customers=N_CUSTOMERS, as_of=day + horizon)
    rows, features = churn_features(history, day, horizon)
    return features[:, : len(RHYTHM)], stayed_away(history, rows, day, horizon)


def simulate_purchases(chance: np.random.Generator, n_customers: int) -> PurchaseDays:
    """Purchase days of one clinic with habits drawn at random; day 0 is its first."""
    usual_days = np.exp(chance.uniform(np.log(40), np.log(250)))
    regularity = np.exp(chance.uniform(0, np.log(6)))
    leave_rate = chance.uniform(0.05, 0.45)
    first_leave_rate = min(leave_rate + chance.uniform(0, 0.3), 0.9)
    shape = (n_customers, MOST_PURCHASE_DAYS)

    personal_days = usual_days * np.exp(chance.normal(0, 0.4, n_customers))
    gaps = chance.gamma(regularity, 1 / regularity, shape) * personal_days[:, None]
    gaps[:, 0] = chance.uniform(0, CLINIC_LIFE_DAYS, n_customers)
    leaves = chance.random(shape) < leave_rate
    leaves[:, 0] = chance.random(n_customers) < first_leave_rate
    stays = np.ones(shape, bool)
    stays[:, 1:] = np.cumsum(leaves, axis=1)[:, :-1] == 0
    customer, visit = np.nonzero(stays)
    day = np.floor(np.cumsum(gaps, axis=1)[customer, visit]).astype(np.int64)
    return PurchaseDays(customer, day, np.ones(len(day), np.int64))
