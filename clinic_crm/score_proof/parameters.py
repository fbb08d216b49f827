"""Whether the lifetime model finds the parameters that customers were drawn with."""

from collections.abc import Iterator

import numpy as np

from clinic_crm.score_proof.figures import Figure
from segmentation.scoring.lifetime.family import Parameters, Shape
from segmentation.scoring.lifetime.fitting import fit
from segmentation.scoring.lifetime.repeats import Repeats

TRUTHS = (
    (Shape(1), Parameters(0.9, 45.0, 0.8, 2.5)),
    (Shape(3), Parameters(2.5, 60.0, 0.7, 3.0)),
)
N_CUSTOMERS = 5_000
MOST_ERRORS_OFF = 4.0  # standard errors; eight of them are looked at


def parameter_figures(seed: int) -> Iterator[Figure]:
    for shape, truth in TRUTHS:
        found = fit(draw(shape, truth, N_CUSTOMERS, seed), shape)
        off = np.log(found.parameters.as_array()) - np.log(truth.as_array())
        worst = float(np.abs(off / found.standard_errors).max())
        yield Figure(f"parameters of {shape}: standard errors off, worst", worst, MOST_ERRORS_OFF)
        yield Figure(f"parameters of {shape}: mean error of the log", float(np.abs(off).mean()))


def draw(shape: Shape, truth: Parameters, n_customers: int, seed: int) -> Repeats:
    """Customers who behave as the model says, known for 50 to 1,100 days."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(truth.r, 1 / truth.alpha, n_customers)
    fickle = chance.beta(truth.a, truth.b, n_customers)
    age = chance.uniform(50, 1_100, n_customers)
    n_repeats, last, log_gaps, clock = np.zeros((4, n_customers))
    going = (
        chance.random(n_customers) >= fickle if shape.lost_at_first else np.ones(n_customers) > 0
    )
    while going.any():
        rows = np.flatnonzero(going)
        gap = chance.gamma(shape.regularity, 1 / rate[rows])
        clock[rows] += gap
        seen = clock[rows] <= age[rows]
        n_repeats[rows[seen]] += 1
        last[rows[seen]] = clock[rows[seen]]
        log_gaps[rows[seen]] += np.log(gap[seen])
        going[rows] = seen & (chance.random(len(rows)) >= fickle[rows])
    return Repeats(n_repeats, last, age, log_gaps)
